import { DEPLOYMENT_INPUTS } from '../../lib/aws/cloudformation/deployment-inputs.ts';
import { emptyingInputs, LEAVING_INPUTS, LEFT_BEHIND_OUTPUT } from '../../lib/aws/cloudformation/destruction-inputs.ts';
import { IMPORTERS_PERMISSION } from '../../lib/aws/cloudformation/exports.ts';
import {
  FIND_CONTENTS_PERMISSIONS,
  PASS_ROLE_PERMISSION,
  STACK_DELETE_PERMISSIONS,
  STACK_READ_PERMISSIONS,
} from '../../lib/aws/cloudformation/permissions.ts';
import { EMPTY_REPOSITORY_PERMISSIONS } from '../../lib/aws/ecr/empty-repository.ts';
import { EMPTY_BUCKET_PERMISSIONS } from '../../lib/aws/s3/empty-bucket.ts';
import { TARGET_PERMISSIONS } from '../../lib/aws/targets.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';
import { STACK_INPUTS } from './stack-inputs.ts';

export const DESTROY_INPUTS = {
  ...STACK_INPUTS,
  ...emptyingInputs('false'),
  ...LEAVING_INPUTS,
  'destroy-foreign': input.boolean({
    description: 'Destroy a stack that was made by hand, by another tool or for another repository.',
    default: 'false',
  }),
  'stack-role-arn': DEPLOYMENT_INPUTS['stack-role-arn'],
  timeout: DEPLOYMENT_INPUTS.timeout,
} as const;

export const DESTROY_OUTPUTS = {
  'stack-name': 'Name of the stack.',
  status: "'destroyed', 'missing' (there was none anywhere) or 'planned'.",
  'left-behind': LEFT_BEHIND_OUTPUT,
} as const;

export type DestroyContext = Context<typeof DESTROY_INPUTS>;

/** `stack destroy`: deletes a stack in one or many accounts and Regions. A missing stack is a success. */
export default defineOperation({
  name: 'stack destroy',
  kind: 'change',
  summary: 'Delete a CloudFormation stack, in one or many accounts and Regions.',
  inputs: DESTROY_INPUTS,
  outputs: DESTROY_OUTPUTS,
  usesAws: true,
  permissions: [
    ...STACK_READ_PERMISSIONS,
    ...STACK_DELETE_PERMISSIONS,
    ...FIND_CONTENTS_PERMISSIONS,
    ...EMPTY_BUCKET_PERMISSIONS,
    ...EMPTY_REPOSITORY_PERMISSIONS,
    IMPORTERS_PERMISSION,
    PASS_ROLE_PERMISSION,
    ...TARGET_PERMISSIONS,
  ],
  plan: async (context: DestroyContext) => (await import('./destroy/hooks.ts')).plan(context),
  describe: async (plan) => (await import('./destroy/hooks.ts')).describe(plan),
  apply: async (context) => (await import('./destroy/hooks.ts')).apply(context),
  confirm: async (context, _plan, applied) => (await import('./destroy/hooks.ts')).confirm(context, applied),
});
