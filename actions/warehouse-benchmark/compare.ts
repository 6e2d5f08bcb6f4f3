import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { COMPARE_INPUTS, COMPARE_OUTPUTS } from './compare/inputs.ts';

export type CompareContext = Context<typeof COMPARE_INPUTS>;

/** `warehouse-benchmark compare`: whether a run is slower than its baseline, query by query and in total. */
export default defineOperation({
  name: 'warehouse-benchmark compare',
  kind: 'query',
  summary: 'Compare a benchmark report with its baseline, and fail when it is worse.',
  inputs: COMPARE_INPUTS,
  outputs: COMPARE_OUTPUTS,
  usesAws: false,
  permissions: [],
  read: async (context: CompareContext) => (await import('./compare/hooks.ts')).read(context),
});
