import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { WAREHOUSE_INPUTS } from '../inputs.ts';
import { MEASURE_INPUTS, RUN_INPUTS } from '../run/inputs.ts';
import { checkRpus, RPUS_FORM } from '../warehouse/rpus.ts';

export const SWEEP_INPUTS = {
  ...WAREHOUSE_INPUTS,
  engine: input.choice({
    description: "Only 'redshift' has a capacity.",
    options: ['redshift'],
    default: 'redshift',
  }),
  ...MEASURE_INPUTS,
  capacities: input.list({
    description: `Base capacities to measure at, one a line, two at least: ${RPUS_FORM}.`,
    default: '8\n16\n32',
    check: checkRpus,
  }),
  'run-id': RUN_INPUTS['run-id'],
  'resize-timeout': RUN_INPUTS['resize-timeout'],
} as const satisfies InputSpecs;

export const SWEEP_OUTPUTS = {
  'run-id': 'Name of the sweep.',
  verdict: "'passed' when every query passed at every capacity.",
  'sweep-file': 'Path of the result, in JSON.',
  'summary-file': 'Path of the result, in Markdown.',
  chart: 'Path of the chart, in SVG.',
  efficient: 'Capacities that no other one beats in both time and cost, separated by commas.',
  fastest: 'The capacity with the shortest time.',
  cheapest: 'The capacity with the lowest cost, or, without a price, with the fewest RPU-hours.',
} as const;
