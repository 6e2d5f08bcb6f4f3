import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';

export const COMPARE_INPUTS = {
  report: input.path({ description: "The report to judge: 'report.json' of a run or an import.", required: true }),
  baseline: input.path({ description: "The report to compare with, also a 'report.json'.", required: true }),
  threshold: input.number({
    description: 'Percent by which a query, or a total, may take longer or shorter and still count as the same.',
    default: '10',
    max: 1000,
  }),
  minimum: input.integer({
    description: 'Milliseconds by which it must differ at least; less is noise.',
    default: '50',
    min: 0,
    max: 3_600_000,
  }),
  'fail-on': input.choice({
    description:
      "'regression' fails the step when a query or a total is slower; 'total' only for totals. Both fail for a query that newly fails, was not measured any more, or has another answer. 'never' only reports.",
    options: ['regression', 'total', 'never'],
    default: 'regression',
  }),
} as const satisfies InputSpecs;

export const COMPARE_OUTPUTS = {
  verdict: "'regression', 'improvement' or 'same'.",
  regressions: 'How many queries became slower, fail newly, were not measured any more or have another answer.',
  improvements: 'How many queries became faster or pass newly.',
  ratio:
    'Geometric mean of the ratios of all queries that both reports measured, for example 1.0340; empty when there is none.',
} as const;
