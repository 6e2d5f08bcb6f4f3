import { TARGET_INPUTS } from '../../lib/aws/targets.ts';
import { reasonFrom } from '../../lib/naming/error.ts';
import { repositoryIdOf } from '../../lib/naming/repository.ts';
import { type InputSpecs, input } from '../../lib/operation/inputs.ts';

/** Which stack is meant, where, and for whom. They must be the same for every operation on one stack. */
export const STACK_INPUTS = {
  'stack-name': input.string({
    description: 'Name of the stack.',
    required: true,
    // Source: CreateStack, parameter StackName, AWS CloudFormation API Reference.
    check: (text) => {
      if (text === 'headgate-bootstrap') return "is the stack of 'stack bootstrap'; choose another name";
      if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(text)) return undefined;
      return 'is not a stack name; write at most 128 letters, digits and hyphens, with a letter first';
    },
  }),
  ...TARGET_INPUTS,
  repository: input.string({
    description:
      "The repository that the stack belongs to, for example 'github.com/octo-org/shop'. Without it, the repository of the run.",
    check: reasonFrom(repositoryIdOf),
  }),
} as const satisfies InputSpecs;
