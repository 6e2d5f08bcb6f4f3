import type { StackState } from '../../lib/aws/cloudformation/stack.ts';
import { Refused } from '../../lib/errors.ts';
import { type Owner, ownershipTags, readOwnership } from '../../lib/naming/ownership.ts';
import { quote } from '../../lib/operation/inputs.ts';
import type { Subject } from './subject.ts';

/**
 * Makes sure that a stack was made by this scenario for this branch of this repository.
 *
 * A stack in REVIEW_IN_PROGRESS that has no tags yet is the empty shell of a change set. It holds no resource, so that
 * going on with it harms nobody; its tags come with the change set that is executed.
 *
 * @throws Refused naming whose it is
 */
export function checkOwnership(stack: StackState, subject: Subject): void {
  const ownership = readOwnership(stack.tags);
  if (ownership.kind === 'none' && stack.status === 'REVIEW_IN_PROGRESS') return;
  if (ownership.kind === 'ours' && isOwner(ownership.owner, subject)) return;
  const whose =
    ownership.kind === 'ours'
      ? `belongs to branch ${quote(ownership.owner.branch)} of ${ownership.owner.repository}`
      : ownership.kind === 'none'
        ? 'has no tags of Headgate, so somebody else made it'
        : `has tags of Headgate that are not whole: ${ownership.reason}`;
  throw new Refused({
    what: `The stack ${stack.name} ${whose}; it is not touched`,
    cause: 'a stack of the same name was made by hand or by another tool, or the repository was renamed',
    next: "Choose another 'prefix' or 'component', or give 'repository' as it was when the stack was made",
    data: { stack: stack.name },
  });
}

function isOwner(owner: Owner, subject: Subject): boolean {
  return (
    owner.repository === subject.repository && owner.branch === subject.branch && owner.component === subject.component
  );
}

/**
 * The tags to deploy with. While the commit stays the same the tags stay the same, so that a second run changes nothing;
 * a new commit starts the time to live again.
 *
 * @param ttl seconds, or undefined for no end
 */
export function tagsFor(
  subject: Subject,
  existing: StackState | undefined,
  now: {
    readonly at: Date;
    readonly commit: string | undefined;
    readonly ttl: number | undefined;
    /** Starts the time to live again although the commit is the same. */
    readonly renew?: boolean;
    readonly version: string;
  },
): Readonly<Record<string, string>> {
  const previous = existing === undefined ? undefined : readOwnership(existing.tags);
  const before = previous?.kind === 'ours' ? previous.owner : undefined;
  const unchanged =
    now.renew !== true &&
    before !== undefined &&
    before.commit === now.commit &&
    (before.expires === undefined) === (now.ttl === undefined);
  return ownershipTags({
    repository: subject.repository,
    branch: subject.branch,
    component: subject.component,
    commit: now.commit,
    created: before?.created ?? instant(now.at),
    expires: unchanged
      ? before.expires
      : now.ttl === undefined
        ? undefined
        : instant(new Date(now.at.getTime() + now.ttl * 1000)),
    version: unchanged ? before.version : now.version,
  });
}

/** ISO 8601 in UTC, to the second. */
function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
