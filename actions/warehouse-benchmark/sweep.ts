import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { SWEEP_PERMISSIONS } from './permissions.ts';
import { SWEEP_INPUTS, SWEEP_OUTPUTS } from './sweep/inputs.ts';

export type SweepContext = Context<typeof SWEEP_INPUTS>;

/**
 * `warehouse-benchmark sweep`: the same run at several capacities of one workgroup, for choosing one by time and cost.
 * A sweep that was broken off goes on where it stopped; the workgroup gets its capacity back in any case.
 */
export default defineOperation({
  name: 'warehouse-benchmark sweep',
  kind: 'work',
  summary:
    'Run the benchmark at several capacities of a workgroup, and draw what each costs against how long it takes.',
  inputs: SWEEP_INPUTS,
  outputs: SWEEP_OUTPUTS,
  usesAws: true,
  permissions: SWEEP_PERMISSIONS,
  prepare: async (context: SweepContext) => (await import('./sweep/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./sweep/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, points) => (await import('./sweep/hooks.ts')).confirm(context, prepared, points),
  cleanup: async (state, context) => (await import('./sweep/hooks.ts')).cleanUp(state, context),
});
