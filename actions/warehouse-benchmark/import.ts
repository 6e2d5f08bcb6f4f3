import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { IMPORT_INPUTS, IMPORT_OUTPUTS } from './import/inputs.ts';

export type ImportContext = Context<typeof IMPORT_INPUTS>;

/** `warehouse-benchmark import`: a report from results of the article's scripts, with their durations repaired. */
export default defineOperation({
  name: 'warehouse-benchmark import',
  kind: 'work',
  summary:
    'Make a report from results of the scripts in aws-samples/redshift-benchmarks, with their durations repaired.',
  inputs: IMPORT_INPUTS,
  outputs: IMPORT_OUTPUTS,
  usesAws: false,
  permissions: [],
  prepare: async (context: ImportContext) => (await import('./import/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./import/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, executed) =>
    (await import('./import/hooks.ts')).confirm(context, prepared, executed),
});
