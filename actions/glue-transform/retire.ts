import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { RETIRE_PERMISSIONS } from './permissions.ts';
import { RETIRE_INPUTS, RETIRE_OUTPUTS } from './retire/inputs.ts';

export type RetireContext = Context<typeof RETIRE_INPUTS>;

/** `glue-transform retire`: takes transforms away from Glue Studio, unless a job uses them. */
export default defineOperation({
  name: 'glue-transform retire',
  kind: 'change',
  summary: 'Take visual transforms away from Glue Studio in one or many accounts and Regions, unless a job uses them.',
  inputs: RETIRE_INPUTS,
  outputs: RETIRE_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: RETIRE_PERMISSIONS,
  plan: async (context: RetireContext) => (await import('./retire/plan.ts')).planRetiring(context),
  describe: async (plan) => (await import('./retire/outcome.ts')).describePlan(plan),
  apply: async (context, plan) => (await import('./retire/apply.ts')).applyRetiring(context, plan),
  confirm: async (context, plan, retired) => (await import('./retire/outcome.ts')).judge(plan, retired, context.signal),
});
