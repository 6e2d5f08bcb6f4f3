import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { CLEAN_INPUTS, CLEAN_OUTPUTS } from './clean/inputs.ts';
import { ECR_CLEAN_PERMISSIONS } from './clean/permissions.ts';

export type CleanContext = Context<typeof CLEAN_INPUTS>;

/**
 * `multi-arch-image clean`: removes tags of branches that are gone and images that nothing needs. Hosts lose events, so
 * this belongs into a schedule besides the deletion of a branch.
 */
export default defineOperation({
  name: 'multi-arch-image clean',
  kind: 'change',
  summary: 'Remove the image tags of branches that are gone, and images that no tag and no index needs.',
  inputs: CLEAN_INPUTS,
  outputs: CLEAN_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  usesRegistry: true,
  permissions: ECR_CLEAN_PERMISSIONS,
  plan: async (context: CleanContext, request) => (await import('./clean/hooks.ts')).plan(context, request),
  describe: async (plan) => (await import('./clean/hooks.ts')).describe(plan),
  apply: async (context, plan) => (await import('./clean/hooks.ts')).apply(context, plan),
  confirm: async (context, plan, cleaned) => (await import('./clean/hooks.ts')).confirm(context, plan, cleaned),
});
