import {
  PASS_ROLE_PERMISSION,
  STACK_DELETE_PERMISSIONS,
  STACK_READ_PERMISSIONS,
} from '../../lib/aws/cloudformation/permissions.ts';
import { EMPTY_BUCKET_PERMISSIONS } from '../../lib/aws/s3/empty-bucket.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';
import { IDENTITY_INPUTS, SELECTION_INPUTS } from './identity-inputs.ts';

export const DESTROY_INPUTS = {
  ...IDENTITY_INPUTS,
  protected: input.list({
    description: 'Patterns of branches whose stack is never destroyed, one a line, besides the default branch.',
    default: 'main\nmaster',
  }),
  'default-branch': input.string({
    description: 'The default branch, where the host does not tell it. Its stack is never destroyed.',
  }),
  'empty-buckets': input.boolean({
    description:
      'Delete all objects and versions of the buckets that go with the stack. Without it a bucket with objects holds the deletion.',
    default: 'true',
  }),
  'stack-role-arn': input.string({
    description: 'Role that CloudFormation uses to delete the resources. Without it, the one of the deployment.',
  }),
  timeout: input.duration({
    description: 'How long CloudFormation may take. After it the operation fails.',
    default: '60m',
  }),
  ...SELECTION_INPUTS,
} as const;

export const DESTROY_OUTPUTS = {
  'stack-name': 'Name of the stack.',
  status: "'destroyed', 'missing' (there was none), 'planned' or 'skipped'.",
} as const;

export type DestroyContext = Context<typeof DESTROY_INPUTS>;

/** `branch-stack destroy`: deletes the stack of a branch with everything in it. A missing stack is a success. */
export default defineOperation({
  name: 'branch-stack destroy',
  kind: 'change',
  summary: 'Delete the CloudFormation stack of a branch, with what is in its buckets.',
  inputs: DESTROY_INPUTS,
  outputs: DESTROY_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: [
    ...STACK_READ_PERMISSIONS,
    ...STACK_DELETE_PERMISSIONS,
    {
      action: 'cloudformation:ListStackResources',
      resource: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*',
      why: 'finds the buckets of the stack',
    },
    {
      action: 'cloudformation:GetTemplate',
      resource: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*',
      why: 'finds which buckets the template retains',
    },
    ...EMPTY_BUCKET_PERMISSIONS,
    PASS_ROLE_PERMISSION,
  ],
  plan: async (context: DestroyContext) => (await import('./destroy-hooks.ts')).plan(context),
  describe: async (plan) => (await import('./destroy-hooks.ts')).describe(plan),
  apply: async (context) => (await import('./destroy-hooks.ts')).apply(context),
  confirm: async (context, _plan, applied) => (await import('./destroy-hooks.ts')).confirm(context, applied),
});
