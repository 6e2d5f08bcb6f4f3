import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { PUBLISH_PERMISSIONS } from './permissions.ts';
import { PUBLISH_INPUTS, PUBLISH_OUTPUTS } from './publish/inputs.ts';

export type PublishContext = Context<typeof PUBLISH_INPUTS>;

/** `packages publish`: the very same files into the repositories of all Regions. */
export default defineOperation({
  name: 'packages publish',
  kind: 'change',
  summary: 'Publish package files to CodeArtifact repositories in one or many Regions: the same bytes everywhere.',
  inputs: PUBLISH_INPUTS,
  outputs: PUBLISH_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: PUBLISH_PERMISSIONS,
  plan: async (context: PublishContext) => (await import('./publish/hooks.ts')).plan(context),
  describe: async (plan) => (await import('./publish/hooks.ts')).describe(plan),
  apply: async (context, plan) => (await import('./publish/hooks.ts')).apply(context, plan),
  confirm: async (_, plan, published) => (await import('./publish/hooks.ts')).confirm(plan, published),
});
