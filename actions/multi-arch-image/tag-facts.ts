import { knownSourceRepository } from '../../lib/branches/source-repository.ts';
import type { HostEvent, Surroundings } from '../../lib/hosts/host.ts';
import { imageTag } from '../../lib/naming/image-tag.ts';
import { type Branch, checkBranchName } from '../../lib/naming/ref.ts';
import { quote } from '../../lib/operation/inputs.ts';
import type { Absent, TagFacts } from './tags.ts';

/**
 * Why nothing is assembled for an event, or undefined. Anybody can call a branch of a fork like a branch of ours, so a
 * fork's event moves no tag, whatever the inputs say.
 */
export function whyNotFor(event: HostEvent): string | undefined {
  switch (event.kind) {
    case 'pull-request':
      if (!event.sameRepository) {
        return `Pull request ${event.number} comes from a fork; it moves no tag of this repository`;
      }
      return event.action === 'closed' ? `Pull request ${event.number} was closed; no tag is moved for it` : undefined;
    case 'branch-deleted':
    case 'stop':
      return `Branch ${quote(event.branch)} is gone; no tag is moved for it`;
    case 'tag':
      return event.deleted ? `The git tag ${quote(event.tag)} was deleted; no tag is moved for it` : undefined;
    default:
      return undefined;
  }
}

/** What the run knows that tags can be made of, and the branch whose own tag `{branch}` is. */
export function tagFacts(
  surroundings: Surroundings,
  given: { readonly repository: string | undefined; readonly commit: string | undefined },
): { readonly facts: TagFacts; readonly branch: Branch | undefined } {
  const { event, defaultBranch } = surroundings;
  const commit = given.commit ?? surroundings.commit;
  const found = branchOf(event);
  const repository = knownSourceRepository(given.repository, surroundings);
  const branch: { tag: string; name: Branch } | Absent =
    'why' in found
      ? found
      : repository === undefined
        ? { why: "the run is in no repository with a remote 'origin', and 'repository' is not given" }
        : { name: found.name, tag: imageTag({ repository, branch: found.name }) };
  return {
    facts: {
      branch,
      ...(commit === undefined ? {} : { commit }),
      ...(event.kind === 'tag' ? { gitTag: event.tag } : {}),
      onDefaultBranch: event.kind !== 'pull-request' && 'name' in found && found.name === defaultBranch,
    },
    branch: 'name' in branch ? branch.name : undefined,
  };
}

function branchOf(event: HostEvent): { name: Branch } | Absent {
  if (event.kind === 'tag') return { why: 'the run is about a git tag' };
  if (event.branch === undefined) return { why: 'the run is not on a branch' };
  const checked = checkBranchName(event.branch);
  return checked.ok
    ? { name: checked.branch }
    : { why: `${quote(event.branch)} is not a branch name: ${checked.reason}` };
}
