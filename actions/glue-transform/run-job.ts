import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { RUN_JOB_INPUTS, RUN_JOB_OUTPUTS } from './run-job/inputs.ts';
import { RUN_JOB_PERMISSIONS } from './run-job/permissions.ts';

export type RunJobContext = Context<typeof RUN_JOB_INPUTS>;

/** `glue-transform run-job`: starts a job, waits for its end, and fails when the job does. */
export default defineOperation({
  name: 'glue-transform run-job',
  kind: 'work',
  summary: 'Run a Glue job to its end and tell the verdict, for example after publishing the transforms that it uses.',
  inputs: RUN_JOB_INPUTS,
  outputs: RUN_JOB_OUTPUTS,
  usesAws: true,
  permissions: RUN_JOB_PERMISSIONS,
  prepare: async (context: RunJobContext) => (await import('./run-job/hooks.ts')).prepare(context),
  execute: async (context, prepared) => (await import('./run-job/hooks.ts')).execute(context, prepared),
  confirm: async (context, prepared, ended) => (await import('./run-job/hooks.ts')).confirm(context, prepared, ended),
  cleanup: async (state, context) => (await import('./run-job/clean-up.ts')).cleanUp(state, context),
});
