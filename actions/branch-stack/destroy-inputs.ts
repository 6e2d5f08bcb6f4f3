import { input } from '../../lib/operation/inputs.ts';
import { IDENTITY_INPUTS, SELECTION_INPUTS } from './identity-inputs.ts';

/** The inputs of `destroy`; `sweep` has some of them. */
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
  'empty-repositories': input.boolean({
    description:
      'Delete all images of the ECR repositories that go with the stack. Without it a repository with images holds the deletion, unless the template has `EmptyOnDelete`.',
    default: 'true',
  }),
  retain: input.list({
    description:
      'Logical ids of resources, one a line, that are left behind when they cannot be deleted. What is in their buckets and repositories stays.',
  }),
  force: input.boolean({
    description:
      'When the deletion failed, delete the stack all the same and leave behind what could not be deleted. The report lists it; it goes on costing.',
    default: 'false',
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
