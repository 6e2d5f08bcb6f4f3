import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { RECONCILE_PERMISSIONS } from './permissions.ts';
import { RECONCILE_INPUTS, RECONCILE_OUTPUTS } from './reconcile/inputs.ts';

export type ReconcileContext = Context<typeof RECONCILE_INPUTS>;

/** `packages reconcile`: brings the other Regions what one has. Nothing is overwritten, and no version is deleted. */
export default defineOperation({
  name: 'packages reconcile',
  kind: 'change',
  summary:
    'Bring the CodeArtifact repositories of the other Regions what they lack, from the Region that is whole: the same bytes.',
  inputs: RECONCILE_INPUTS,
  outputs: RECONCILE_OUTPUTS,
  usesAws: true,
  permissions: RECONCILE_PERMISSIONS,
  plan: async (context: ReconcileContext) => (await import('./reconcile/hooks.ts')).plan(context),
  describe: async (plan) => (await import('./reconcile/hooks.ts')).describe(plan),
  apply: async (context, plan) => (await import('./reconcile/hooks.ts')).apply(context, plan),
  confirm: async (context, plan, healed) => (await import('./reconcile/hooks.ts')).confirm(context, plan, healed),
});
