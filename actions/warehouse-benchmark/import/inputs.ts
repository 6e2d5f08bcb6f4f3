import { InputError, type InputSpec, type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { checkRpus } from '../warehouse/rpus.ts';

export const IMPORT_INPUTS = {
  logs: atLeastOne(
    input.paths({
      description:
        "Results of the scripts in aws-samples/redshift-benchmarks: the folder 'log' with its 'rollout_sql.log' and 'rollout_testing_<session>.log', such files, or the tables 'tpcds_reports.sql' and 'tpcds_reports.multisql' as psql or a CSV export writes them.",
    }),
  ),
  'scale-factor': input.choice({
    description: 'Gigabytes of raw data that the queries ran on, which the files do not tell.',
    options: ['1', '10', '100', '1000', '3000', '10000'],
    required: true,
  }),
  rpus: input.string({
    description:
      'Base capacity of the workgroup that the queries ran on, in RPUs. Without it, the report can only be compared with others that do not know theirs.',
    check: checkRpus,
  }),
  'price-per-rpu-hour': input.number({
    description: 'Price of an RPU-hour in US dollars in your Region, for the costs in the report.',
    above: 0,
    max: 100,
  }),
  longest: input.duration({
    description:
      "A time that no query took, for example '12h'. It decides where a table's digits may stand for a second or for more than a day, which only the logs tell.",
  }),
  output: input.path({
    description: 'Folder in which each import gets a folder of its own, with the report.',
    default: '.headgate/warehouse-benchmark',
  }),
} as const satisfies InputSpecs;

export const IMPORT_OUTPUTS = {
  'run-id': "Name that the report gets: 'imported-' and a digest of what was read.",
  report: 'Path of the report, in JSON.',
  executions: 'How many queries of all sessions were read.',
  'single-user-ms': 'Sum over the queries of the single user, in milliseconds.',
  'longest-session-ms': "The largest of the sessions' sums, in milliseconds.",
} as const;

/** A list that must name something. */
function atLeastOne(spec: InputSpec<readonly string[]>): InputSpec<readonly string[]> {
  return {
    ...spec,
    required: true,
    parse: async (text, context) => {
      const entries = await spec.parse(text, context);
      if (entries.length === 0) throw new InputError('names no file or folder');
      return entries;
    },
  };
}
