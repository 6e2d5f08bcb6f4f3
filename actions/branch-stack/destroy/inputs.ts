import { emptyingInputs, LEAVING_INPUTS } from '../../../lib/aws/cloudformation/destruction-inputs.ts';
import { input } from '../../../lib/operation/inputs.ts';
import { IDENTITY_INPUTS, SELECTION_INPUTS } from '../identity-inputs.ts';

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
  ...emptyingInputs('true'),
  ...LEAVING_INPUTS,
  'stack-role-arn': input.string({
    description: 'Role that CloudFormation uses to delete the resources. Without it, the one of the deployment.',
  }),
  timeout: input.duration({
    description: 'How long CloudFormation may take. After it the operation fails.',
    default: '60m',
  }),
  ...SELECTION_INPUTS,
} as const;
