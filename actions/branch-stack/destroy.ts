import { LEFT_BEHIND_OUTPUT } from '../../lib/aws/cloudformation/destruction-inputs.ts';
import { IMPORTERS_PERMISSION } from '../../lib/aws/cloudformation/exports.ts';
import {
  FIND_CONTENTS_PERMISSIONS,
  PASS_ROLE_PERMISSION,
  STACK_DELETE_PERMISSIONS,
  STACK_READ_PERMISSIONS,
} from '../../lib/aws/cloudformation/permissions.ts';
import { EMPTY_REPOSITORY_PERMISSIONS } from '../../lib/aws/ecr/empty-repository.ts';
import { EMPTY_BUCKET_PERMISSIONS } from '../../lib/aws/s3/empty-bucket.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { DESTROY_INPUTS } from './destroy/inputs.ts';

export const DESTROY_OUTPUTS = {
  'stack-name': 'Name of the stack.',
  status: "'destroyed', 'missing' (there was none), 'planned' or 'skipped'.",
  'left-behind': LEFT_BEHIND_OUTPUT,
} as const;

export type DestroyContext = Context<typeof DESTROY_INPUTS>;

/** `branch-stack destroy`: deletes the stack of a branch with everything in it. A missing stack is a success. */
export default defineOperation({
  name: 'branch-stack destroy',
  kind: 'change',
  summary: 'Delete the CloudFormation stack of a branch, with what is in its buckets and repositories.',
  inputs: DESTROY_INPUTS,
  outputs: DESTROY_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: [
    ...STACK_READ_PERMISSIONS,
    ...STACK_DELETE_PERMISSIONS,
    ...FIND_CONTENTS_PERMISSIONS,
    ...EMPTY_BUCKET_PERMISSIONS,
    ...EMPTY_REPOSITORY_PERMISSIONS,
    IMPORTERS_PERMISSION,
    PASS_ROLE_PERMISSION,
  ],
  plan: async (context: DestroyContext) => (await import('./destroy/hooks.ts')).plan(context),
  describe: async (plan) => (await import('./destroy/hooks.ts')).describe(plan),
  apply: async (context) => (await import('./destroy/hooks.ts')).apply(context),
  confirm: async (context, _plan, applied) => (await import('./destroy/hooks.ts')).confirm(context, applied),
});
