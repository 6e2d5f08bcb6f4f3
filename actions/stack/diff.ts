import { DEPLOYMENT_INPUTS } from '../../lib/aws/cloudformation/deployment-inputs.ts';
import {
  PASS_ROLE_PERMISSION,
  STACK_CHANGE_PERMISSIONS,
  STACK_READ_PERMISSIONS,
} from '../../lib/aws/cloudformation/permissions.ts';
import { ASSET_PERMISSIONS } from '../../lib/aws/s3/asset-store.ts';
import { TARGET_PERMISSIONS } from '../../lib/aws/targets.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { DEPLOY_INPUTS } from './deploy.ts';
import { STACK_INPUTS } from './stack-inputs.ts';

export const DIFF_INPUTS = {
  template: DEPLOY_INPUTS.template,
  ...STACK_INPUTS,
  parameters: DEPLOYMENT_INPUTS.parameters,
  tags: DEPLOYMENT_INPUTS.tags,
  capabilities: DEPLOYMENT_INPUTS.capabilities,
  'stack-role-arn': DEPLOYMENT_INPUTS['stack-role-arn'],
  'assets-bucket': DEPLOYMENT_INPUTS['assets-bucket'],
  'revert-drift': DEPLOY_INPUTS['revert-drift'],
  timeout: DEPLOYMENT_INPUTS.timeout,
} as const;

export const DIFF_OUTPUTS = {
  'stack-name': 'Name of the stack.',
  status: "'changes' or 'no-changes'; the differences are in the report and the result file.",
} as const;

export type DiffContext = Context<typeof DIFF_INPUTS>;

const STACK = 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*';
const NOT_EXECUTED = [
  'cloudformation:CreateChangeSet',
  'cloudformation:DescribeChangeSet',
  'cloudformation:DeleteChangeSet',
];

/** `stack diff`: what a deployment would change, property by property. Changes nothing. */
export default defineOperation({
  name: 'stack diff',
  kind: 'query',
  summary: 'Show what a deployment of a stack would change, property by property.',
  inputs: DIFF_INPUTS,
  outputs: DIFF_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: [
    ...STACK_READ_PERMISSIONS,
    ...STACK_CHANGE_PERMISSIONS.filter(({ action }) => NOT_EXECUTED.includes(action)).map((permission) =>
      permission.action.endsWith('DeleteChangeSet')
        ? { ...permission, why: 'removes the change set again' }
        : permission,
    ),
    { action: 'cloudformation:DeleteStack', resource: STACK, why: 'removes the empty stack of a change set' },
    { action: 'cloudformation:GetTemplate', resource: STACK, why: 'compares the text of the templates' },
    { action: 'cloudformation:DescribeEvents', resource: STACK, why: 'shows what validation found' },
    ...ASSET_PERMISSIONS,
    PASS_ROLE_PERMISSION,
    ...TARGET_PERMISSIONS,
  ],
  read: async (context: DiffContext) => (await import('./diff/read.ts')).readDifferences(context),
});
