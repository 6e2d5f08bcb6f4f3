import type { Permission } from '../../operation/define.ts';
import { RECOVER_PERMISSION } from './recover.ts';

// Names of IAM actions: "Actions, resources, and condition keys for AWS CloudFormation", Service Authorization Reference.
const STACK = 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*';

/** What looking at a stack takes. */
export const STACK_READ_PERMISSIONS: readonly Permission[] = [
  { action: 'cloudformation:DescribeStacks', resource: STACK, why: 'reads status, tags and outputs' },
  { action: 'sts:GetCallerIdentity', resource: '*', why: 'finds the account (always allowed by AWS)' },
];

/** What `deployStack` calls. */
export const STACK_CHANGE_PERMISSIONS: readonly Permission[] = [
  { action: 'cloudformation:CreateChangeSet', resource: STACK, why: 'finds out what would change' },
  { action: 'cloudformation:DescribeChangeSet', resource: STACK, why: 'reads what would change' },
  { action: 'cloudformation:DeleteChangeSet', resource: STACK, why: 'removes a change set without changes' },
  { action: 'cloudformation:ExecuteChangeSet', resource: STACK, why: 'carries the change set out' },
  { action: 'cloudformation:DescribeStackEvents', resource: STACK, why: 'shows what happens, and why it failed' },
  {
    action: 'cloudformation:DeleteStack',
    resource: STACK,
    why: 'removes a stack that never stood, and the empty one that a preview or a refused change set leaves',
  },
  RECOVER_PERMISSION,
  {
    action: 'cloudformation:DescribeEvents',
    resource: STACK,
    why: 'finds why the service refused before it began',
  },
];

/** What `deleteStack` calls. */
export const STACK_DELETE_PERMISSIONS: readonly Permission[] = [
  { action: 'cloudformation:DeleteStack', resource: STACK, why: 'deletes the stack' },
  { action: 'cloudformation:DescribeStackEvents', resource: STACK, why: 'shows what happens, and why it failed' },
];

/** What `contentsDeletedWith` calls. */
export const FIND_CONTENTS_PERMISSIONS: readonly Permission[] = [
  {
    action: 'cloudformation:ListStackResources',
    resource: STACK,
    why: 'finds the buckets and repositories of the stack',
  },
  { action: 'cloudformation:GetTemplate', resource: STACK, why: 'finds which of them the template retains' },
];

/** What naming a service role takes. */
export const PASS_ROLE_PERMISSION: Permission = {
  action: 'iam:PassRole',
  resource: 'arn:${Partition}:iam::${Account}:role/*',
  why: 'hands the role to CloudFormation',
  onlyWith: "'stack-role-arn'",
};
