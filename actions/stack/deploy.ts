import { templateInput } from '../../lib/aws/cloudformation/builtin.ts';
import { DEPLOYMENT_INPUTS } from '../../lib/aws/cloudformation/deployment-inputs.ts';
import { IMPORTERS_PERMISSION } from '../../lib/aws/cloudformation/exports.ts';
import {
  PASS_ROLE_PERMISSION,
  STACK_CHANGE_PERMISSIONS,
  STACK_READ_PERMISSIONS,
} from '../../lib/aws/cloudformation/permissions.ts';
import { ASSET_PERMISSIONS } from '../../lib/aws/s3/asset-store.ts';
import { TARGET_PERMISSIONS } from '../../lib/aws/targets.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';
import { STACK_INPUTS } from './stack-inputs.ts';

export const DEPLOY_INPUTS = {
  template: templateInput(
    'The CloudFormation template, relative to the checkout; or `builtin:` and the name of a stack of this project.',
  ),
  ...STACK_INPUTS,
  ...DEPLOYMENT_INPUTS,
  mode: input.choice({
    description:
      "'express' ends when CloudFormation has applied the configuration, before the resources are ready for traffic; for development.",
    options: ['standard', 'express'],
    default: 'standard',
  }),
  'revert-drift': input.boolean({
    description: 'Also bring back what was changed by hand in the resources of a stack (a drift-aware change set).',
    default: 'false',
  }),
  adopt: input.boolean({
    description:
      'Update a stack that was made by hand, by another tool or for another repository, and keep it from now on.',
    default: 'false',
  }),
} as const;

export const DEPLOY_OUTPUTS = {
  'stack-name': 'Name of the stack.',
  status:
    "'unchanged' when nothing changed anywhere, 'created' when every change made a new stack, otherwise 'updated'; 'planned' for a dry run.",
  'stack-id': 'ARN of the stack, of the first account and Region.',
  'stack-outputs':
    'All outputs of the stack, as one line of JSON, of the first account and Region. The result file has all.',
} as const;

export type DeployContext = Context<typeof DEPLOY_INPUTS>;

/** `stack deploy`: brings a stack to what its template says, in one or many accounts and Regions. */
export default defineOperation({
  name: 'stack deploy',
  kind: 'change',
  summary: 'Create or update a CloudFormation stack, in one or many accounts and Regions.',
  inputs: DEPLOY_INPUTS,
  outputs: DEPLOY_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: [
    ...STACK_READ_PERMISSIONS,
    ...STACK_CHANGE_PERMISSIONS,
    IMPORTERS_PERMISSION,
    ...ASSET_PERMISSIONS,
    PASS_ROLE_PERMISSION,
    ...TARGET_PERMISSIONS,
  ],
  plan: async (context: DeployContext, request) => (await import('./deploy/plan.ts')).planDeployment(context, request),
  describe: async (plan) => (await import('./deploy/report.ts')).plannedOutcome(plan),
  apply: async (context, plan) => (await import('./deploy/apply.ts')).applyDeployment(context, plan),
  confirm: async (context, _plan, deployed) => (await import('./deploy/report.ts')).deployedOutcome(context, deployed),
});
