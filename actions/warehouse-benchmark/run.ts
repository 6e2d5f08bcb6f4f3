import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { RUN_PERMISSIONS } from './permissions.ts';
import { RUN_INPUTS, RUN_OUTPUTS } from './run/inputs.ts';

export type RunContext = Context<typeof RUN_INPUTS>;

/**
 * `warehouse-benchmark run`: runs the queries that are derived from TPC-DS, first as one user and then as several at a
 * time, and tells what came out. A run that was broken off goes on where it stopped.
 */
export default defineOperation({
  name: 'warehouse-benchmark run',
  kind: 'work',
  summary: 'Run the 99 queries derived from TPC-DS, as one user and as several at a time, with a verdict.',
  inputs: RUN_INPUTS,
  outputs: RUN_OUTPUTS,
  usesAws: true,
  permissions: RUN_PERMISSIONS,
  prepare: async (context: RunContext) => (await import('./run/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./run/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, executed) => (await import('./run/hooks.ts')).confirm(context, prepared, executed),
  cleanup: async (state, context) => (await import('./run/hooks.ts')).cleanUp(state, context),
});
