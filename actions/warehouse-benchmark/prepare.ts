import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { PREPARE_PERMISSIONS } from './permissions.ts';
import { PREPARE_INPUTS, PREPARE_OUTPUTS } from './prepare/inputs.ts';

export type PrepareContext = Context<typeof PREPARE_INPUTS>;

/** `warehouse-benchmark prepare`: a warehouse of the chosen capacity with the data of the chosen scale factor. */
export default defineOperation({
  name: 'warehouse-benchmark prepare',
  kind: 'change',
  summary: 'Make the warehouse ready: the workgroup at the chosen capacity, the data there and counted.',
  inputs: PREPARE_INPUTS,
  outputs: PREPARE_OUTPUTS,
  usesAws: true,
  permissions: PREPARE_PERMISSIONS,
  plan: async (context: PrepareContext) => (await import('./prepare/hooks.ts')).plan(context),
  describe: async (plan) => (await import('./prepare/hooks.ts')).describe(plan),
  apply: async (context, plan) => (await import('./prepare/hooks.ts')).apply(context, plan),
  confirm: async (context, plan, prepared) => (await import('./prepare/hooks.ts')).confirm(context, plan, prepared),
});
