import { DEPLOYMENT_INPUTS } from '../../lib/aws/cloudformation/deployment-inputs.ts';
import {
  PASS_ROLE_PERMISSION,
  STACK_CHANGE_PERMISSIONS,
  STACK_READ_PERMISSIONS,
} from '../../lib/aws/cloudformation/permissions.ts';
import { ASSET_PERMISSIONS } from '../../lib/aws/s3/asset-store.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';
import { IDENTITY_INPUTS, SELECTION_INPUTS } from './identity-inputs.ts';

export const DEPLOY_INPUTS = {
  template: input.path({
    description: 'The CloudFormation template, relative to the checkout.',
    default: 'template.yaml',
  }),
  parameters: DEPLOYMENT_INPUTS.parameters,
  'branch-parameter': input.string({
    description:
      'Parameter of the template that gets the name of the branch. As text in `parameters` a branch name could be more than a name.',
  }),
  'commit-parameter': input.string({ description: 'Parameter of the template that gets the commit.' }),
  tags: DEPLOYMENT_INPUTS.tags,
  capabilities: DEPLOYMENT_INPUTS.capabilities,
  ttl: input.duration({
    description:
      "Time to live, from the last new commit, for example '7d'. After it a sweep may destroy the stack. Without it: no end.",
  }),
  renew: input.boolean({
    description: 'Start the time to live again although the commit is the same.',
    default: 'false',
  }),
  'max-stacks': input.integer({
    description: 'Refuse to make one more stack when the repository already has so many in this Region.',
    min: 1,
    max: 10_000,
  }),
  'stack-role-arn': DEPLOYMENT_INPUTS['stack-role-arn'],
  'assets-bucket': DEPLOYMENT_INPUTS['assets-bucket'],
  bootstrap: DEPLOYMENT_INPUTS.bootstrap,
  'url-output': input.string({
    description: 'Which output of the stack is the address of the application.',
    default: 'Url',
  }),
  timeout: DEPLOYMENT_INPUTS.timeout,
  ...IDENTITY_INPUTS,
  ...SELECTION_INPUTS,
} as const;

export const DEPLOY_OUTPUTS = {
  'stack-name': 'Name of the stack.',
  'stack-id': 'ARN of the stack.',
  status: "'created', 'updated', 'unchanged', 'planned' or 'skipped'.",
  url: 'Address of the application, when the stack has the output that `url-output` names.',
  'stack-outputs': 'All outputs of the stack, as one line of JSON.',
} as const;

export type DeployContext = Context<typeof DEPLOY_INPUTS>;

/** `branch-stack deploy`: brings the stack of a branch to what the branch's template says. */
export default defineOperation({
  name: 'branch-stack deploy',
  kind: 'change',
  summary: 'Create or update the CloudFormation stack of a branch.',
  inputs: DEPLOY_INPUTS,
  outputs: DEPLOY_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: [
    ...STACK_READ_PERMISSIONS,
    ...STACK_CHANGE_PERMISSIONS,
    {
      action: 'cloudformation:DescribeStacks',
      resource: '*',
      why: 'counts the stacks of the repository',
      onlyWith: "'max-stacks'",
    },
    ...ASSET_PERMISSIONS,
    PASS_ROLE_PERMISSION,
  ],
  plan: async (context: DeployContext, request) => (await import('./deploy/plan.ts')).planDeployment(context, request),
  describe: async (plan) => (await import('./deploy/report.ts')).plannedOutcome(plan),
  apply: async (context, plan) => (await import('./deploy/apply.ts')).applyDeployment(context, plan),
  confirm: async (context, plan, deployed) =>
    (await import('./deploy/report.ts')).deployedOutcome(context, plan, deployed),
});
