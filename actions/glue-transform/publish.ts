import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { PUBLISH_PERMISSIONS } from './permissions.ts';
import { PUBLISH_INPUTS, PUBLISH_OUTPUTS } from './publish/inputs.ts';

export type PublishContext = Context<typeof PUBLISH_INPUTS>;

/** `glue-transform publish`: definition and Python file of each transform, both or neither, into every Region. */
export default defineOperation({
  name: 'glue-transform publish',
  kind: 'change',
  summary:
    'Publish visual transforms to Glue Studio in one or many accounts and Regions, and find the jobs to save again.',
  inputs: PUBLISH_INPUTS,
  outputs: PUBLISH_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: PUBLISH_PERMISSIONS,
  plan: async (context: PublishContext) => (await import('./publish/plan.ts')).planPublishing(context),
  describe: async (plan) => (await import('./publish/outcome.ts')).describePlan(plan),
  apply: async (context, plan) => (await import('./publish/apply.ts')).applyPublishing(context, plan),
  confirm: async (context, plan, published) => (await import('./publish/confirm.ts')).confirm(context, plan, published),
});
