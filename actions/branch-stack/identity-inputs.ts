import { reasonFrom } from '../../lib/naming/error.ts';
import { checkComponent, checkPrefix } from '../../lib/naming/parts.ts';
import { checkBranchName } from '../../lib/naming/ref.ts';
import { repositoryIdOf } from '../../lib/naming/repository.ts';
import { type InputSpecs, input } from '../../lib/operation/inputs.ts';

/** The inputs that say which stack is meant. They must be the same for every operation on one stack. */
export const IDENTITY_INPUTS = {
  branch: input.string({
    description: 'The branch. Without it, the branch of the event that started the run.',
    check: (text) => {
      const checked = checkBranchName(text);
      return checked.ok ? undefined : `is not a branch name: ${checked.reason}`;
    },
  }),
  component: input.string({
    description: 'Which of several stacks of the same branch: lower-case letters, digits and hyphens, at most 20.',
    check: reasonFrom(checkComponent),
  }),
  prefix: input.string({
    description: 'First part of the stack name, at most 15 characters. Without it, the name of the repository.',
    check: reasonFrom(checkPrefix),
  }),
  repository: input.string({
    description:
      "The repository that owns the stack, for example 'github.com/octo-org/shop'. Without it, the repository of the run.",
    check: reasonFrom(repositoryIdOf),
  }),
} as const satisfies InputSpecs;

/** Which branches have stacks at all. */
export const SELECTION_INPUTS = {
  include: input.list({
    description:
      "Patterns of branches, one a line; '*' stops at a slash, '**' does not. Other branches are skipped. Empty: all.",
  }),
  exclude: input.list({ description: 'Patterns of branches that are skipped, although `include` names them.' }),
} as const satisfies InputSpecs;
