import type { StackState } from '../../lib/aws/cloudformation/stack.ts';
import { knownSourceRepository } from '../../lib/branches/source-repository.ts';
import { Refused } from '../../lib/errors.ts';
import type { Surroundings } from '../../lib/hosts/host.ts';
import { quote } from '../../lib/operation/inputs.ts';

/** The one tag of a stack that this scenario made: the repository, or `by-hand` where a run is in none. */
export const OWNER_TAG = 'headgate:stack';
const BY_HAND = 'by-hand';
const PREFIX = 'headgate:';

/** Whose stacks this run deploys: the value of the tag. */
export function ownerOf(given: string | undefined, surroundings: Surroundings): string {
  return knownSourceRepository(given, surroundings) ?? BY_HAND;
}

/** What keeps a run from touching a stack; undefined when it is its own, or an empty one without an owner. */
export type Objection = {
  readonly whose: string;
  /** True when another scenario made the stack: then no input makes it this one's. */
  readonly isOtherScenario: boolean;
};

/**
 * Who a stack belongs to, if not to this run.
 *
 * A stack in REVIEW_IN_PROGRESS without tags of ours is the empty shell of a change set: it holds no resource, and its
 * tags come with the change set that is executed.
 */
export function objectionTo(stack: StackState, owner: string): Objection | undefined {
  const { [OWNER_TAG]: found, ...others } = stack.tags;
  if (found === owner) return undefined;
  const ofOtherScenario = Object.keys(others).find((key) => key.startsWith(PREFIX));
  if (ofOtherScenario !== undefined) {
    return { whose: `has the tag ${ofOtherScenario}, so another scenario of Headgate made it`, isOtherScenario: true };
  }
  if (found !== undefined) {
    const whose = found === BY_HAND ? 'was deployed by hand, outside of any repository' : `belongs to ${quote(found)}`;
    return { whose, isOtherScenario: false };
  }
  if (stack.status === 'REVIEW_IN_PROGRESS') return undefined;
  return { whose: `has no tag ${OWNER_TAG}, so it was made by hand or by another tool`, isOtherScenario: false };
}

/**
 * Makes sure that a run may touch a stack.
 *
 * @param allow the input that allows a stack of somebody else, and whether it was given
 * @throws Refused naming whose it is and what to give
 */
export function checkOwner(
  stack: StackState,
  owner: string,
  allow: { readonly input: string; readonly given: boolean },
): void {
  const objection = objectionTo(stack, owner);
  if (objection === undefined || (allow.given && !objection.isOtherScenario)) return;
  throw new Refused({
    what: `The stack ${stack.name} ${objection.whose}; it is not touched`,
    cause: objection.isOtherScenario
      ? 'the name is that of a stack which another scenario looks after'
      : 'a stack of the same name was there before, or the repository was renamed',
    next: objection.isOtherScenario
      ? 'Use that scenario for it, or choose another name'
      : `Choose another name; or, if it is this stack that is meant, give '${allow.input}: true'`,
    data: { stack: stack.name },
  });
}
