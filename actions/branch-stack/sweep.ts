import {
  FIND_CONTENTS_PERMISSIONS,
  PASS_ROLE_PERMISSION,
  STACK_DELETE_PERMISSIONS,
  STACK_READ_PERMISSIONS,
} from '../../lib/aws/cloudformation/permissions.ts';
import { EMPTY_REPOSITORY_PERMISSIONS } from '../../lib/aws/ecr/empty-repository.ts';
import { EMPTY_BUCKET_PERMISSIONS } from '../../lib/aws/s3/empty-bucket.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';
import { DESTROY_INPUTS } from './destroy/inputs.ts';
import { IDENTITY_INPUTS } from './identity-inputs.ts';

export const SWEEP_INPUTS = {
  repository: IDENTITY_INPUTS.repository,
  protected: DESTROY_INPUTS.protected,
  'default-branch': DESTROY_INPUTS['default-branch'],
  'empty-buckets': DESTROY_INPUTS['empty-buckets'],
  'empty-repositories': DESTROY_INPUTS['empty-repositories'],
  'stack-role-arn': DESTROY_INPUTS['stack-role-arn'],
  timeout: DESTROY_INPUTS.timeout,
  'max-destroyed': input.integer({
    description: 'At most so many stacks are destroyed in one run, the oldest first; the rest waits for the next run.',
    default: '20',
    min: 1,
    max: 1000,
  }),
  parallel: input.integer({ description: 'How many stacks are destroyed at once.', default: '4', min: 1, max: 20 }),
} as const;

export const SWEEP_OUTPUTS = {
  destroyed: 'How many stacks were destroyed, or would be in a dry run.',
  kept: 'How many stacks were kept.',
  failed: 'How many stacks could not be destroyed.',
} as const;

export type SweepContext = Context<typeof SWEEP_INPUTS>;

/** `branch-stack sweep`: destroys what lost events left behind. Hosts lose events, so this belongs into a schedule. */
export default defineOperation({
  name: 'branch-stack sweep',
  kind: 'change',
  summary: 'Destroy the stacks whose branch is gone or whose time to live is over.',
  inputs: SWEEP_INPUTS,
  outputs: SWEEP_OUTPUTS,
  usesAws: true,
  usesHostApi: true,
  permissions: [
    ...STACK_READ_PERMISSIONS.map((permission) =>
      permission.action === 'cloudformation:DescribeStacks' ? { ...permission, resource: '*' } : permission,
    ),
    ...STACK_DELETE_PERMISSIONS,
    ...FIND_CONTENTS_PERMISSIONS,
    ...EMPTY_BUCKET_PERMISSIONS,
    ...EMPTY_REPOSITORY_PERMISSIONS,
    PASS_ROLE_PERMISSION,
  ],
  plan: async (context: SweepContext, request) => (await import('./sweep/hooks.ts')).plan(context, request),
  describe: async (plan) => (await import('./sweep/hooks.ts')).describe(plan),
  apply: async (context, plan) => (await import('./sweep/hooks.ts')).apply(context, plan),
  confirm: async (context, plan, swept) => (await import('./sweep/hooks.ts')).confirm(context, plan, swept),
});
