import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { COMPARE_INPUTS } from '../compare/inputs.ts';
import { WAREHOUSE_INPUTS, WHEN_DONE } from '../inputs.ts';
import { checkFilterEntry } from '../queries/filter.ts';
import { checkRpus } from '../warehouse/rpus.ts';

/** What is run and how; shared by `run` and `sweep`. */
export const MEASURE_INPUTS = {
  queries: input.list({
    description: "Which queries, one entry a line: a number, a range such as '1-20', or with '!' what to leave out.",
    default: '1-99',
    check: checkFilterEntry,
  }),
  'query-folder': input.path({
    description:
      'Folder with query texts: a file a query, a sub-folder a stream, or the stream files of the standard kit. Without it, the texts of the TPC-DS extension of DuckDB.',
  }),
  sessions: input.integer({
    description: 'How many users run all queries at the same time after the single user has, from 0 (none) to 20.',
    default: '5',
    min: 0,
    max: 20,
  }),
  iterations: input.integer({
    description:
      'How often the single user runs all queries. From 3 on the noise of each query is known. 0 leaves the single user out.',
    default: '1',
    min: 0,
    max: 20,
  }),
  'warm-ups': input.integer({
    description: 'How often the single user runs all queries before, without counting.',
    default: '0',
    min: 0,
    max: 5,
  }),
  'query-timeout': input.duration({
    description: 'After which time a query is ended and counts as failed.',
    default: '1h',
  }),
  'check-answers': input.boolean({
    description:
      'Read the rows and compare them with the known answers, where the scale factor (0.01 and 1) and the queries have them. Fingerprints of the answers are in the report.',
    default: 'true',
  }),
  'price-per-rpu-hour': input.number({
    description: 'Price of an RPU-hour in US dollars in your Region, for the costs in the report.',
    above: 0,
    max: 100,
  }),
  output: input.path({
    description: 'Folder in which each run gets a folder of its own, with report, charts and journal.',
    default: '.headgate/warehouse-benchmark',
  }),
} as const satisfies InputSpecs;

export const RUN_INPUTS = {
  ...WAREHOUSE_INPUTS,
  ...MEASURE_INPUTS,
  explain: input.boolean({
    description: 'Store the plan of each query and run none.',
    default: 'false',
  }),
  'run-id': input.string({
    description:
      'Name of the run. A run of this name that was broken off goes on where it stopped; one that has ended is refused. Without it, a new name.',
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    form: 'up to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit',
  }),
  rpus: input.string({
    description:
      'Base capacity that the workgroup is to have. One of another capacity is resized first. Without it, the workgroup stays as it is.',
    check: checkRpus,
  }),
  'when-done': WHEN_DONE,
  'resize-timeout': input.duration({
    description: 'The longest that a resize of the workgroup may take.',
    default: '30m',
  }),
  baseline: input.path({
    description: "Report (JSON) of an earlier run to compare with. What is worse fails the step, by 'fail-on'.",
  }),
  threshold: COMPARE_INPUTS.threshold,
  minimum: COMPARE_INPUTS.minimum,
  'fail-on': COMPARE_INPUTS['fail-on'],
  'reports-schema': input.string({
    description:
      "Schema in the warehouse in which the results are kept as tables, for example 'tpcds_reports'. Without it, none.",
    pattern: /^[a-z_][a-z0-9_]{0,126}$/,
    form: "an identifier of lower-case letters, digits and underscores, for example 'tpcds_reports'",
  }),
  'replace-reports': input.boolean({
    description: "Rename tables of others in 'reports-schema' that are in the way. Nothing is dropped.",
    default: 'false',
  }),
} as const satisfies InputSpecs;

export const RUN_OUTPUTS = {
  'run-id': 'Name of the run.',
  verdict:
    "'passed' when every query ran to its end with the right answer, and none is slower than the baseline allows.",
  report: 'Path of the report, in JSON.',
  'summary-file': 'Path of the report, in Markdown.',
  'junit-file': 'Path of the report, in JUnit XML.',
  passed: 'Executions that passed.',
  executions: 'Executions in all, without warm-ups.',
  'single-user-ms': 'Sum over the queries of the single user, in milliseconds.',
  'geometric-mean-ms': 'Geometric mean of the queries of the single user, in milliseconds.',
  'concurrent-ms': 'Wall clock of the sessions that ran at the same time, in milliseconds.',
  'cost-usd': 'Costs by the given price, in US dollars.',
} as const;
