import { type Branches, defaultBranchOf, readBranches } from '../../../lib/branches/alive-branches.ts';
import { matcher } from '../../../lib/branches/patterns.ts';
import { sourceRepository } from '../../../lib/branches/source-repository.ts';
import { badInput, Refused } from '../../../lib/errors.ts';
import type { RepositoryId } from '../../../lib/naming/repository.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import type { CleanContext } from '../clean.ts';

/** What a run is about. */
export type Scope =
  | { readonly kind: 'skip'; readonly why: string }
  /** No tag of a branch, only images that nothing needs. */
  | { readonly kind: 'leftovers' }
  | { readonly kind: 'all'; readonly repository: RepositoryId }
  | {
      readonly kind: 'branch';
      readonly repository: RepositoryId;
      readonly branch: string;
      /** A person named it; an event may be late, so what it says is looked up. */
      readonly isGiven: boolean;
    };

const NEVER = 'its tags must never be removed';

/**
 * Finds out what a run is about, and refuses what must never happen. Calls nothing.
 *
 * @throws BadInput when the default branch or the repository is not known
 * @throws Refused for the default branch and for protected branches
 */
export async function findScope({ inputs, host }: CleanContext): Promise<Scope> {
  const surroundings = await host.surroundings();
  const { event } = surroundings;
  // Anybody can call a branch of a fork like a branch of ours.
  if (event.kind === 'pull-request' && !event.sameRepository) {
    return { kind: 'skip', why: `Pull request ${event.number} comes from a fork; it removes nothing here` };
  }
  if (!inputs.branches) {
    if (inputs.branch === undefined) return { kind: 'leftovers' };
    throw badInput('branches', "is 'false', but 'branch' names a branch whose tag is to be removed; give one of them");
  }
  const repository = sourceRepository(inputs.repository, surroundings);
  const defaultBranch = await defaultBranchOf(host, inputs, NEVER);
  const ofEvent = event.kind === 'branch-deleted' || event.kind === 'stop' ? event.branch : undefined;
  const branch = inputs.branch ?? ofEvent;
  if (branch === undefined) return { kind: 'all', repository };

  const isDefault = branch === defaultBranch || branch === surroundings.defaultBranch;
  if (isDefault || (await matcher(inputs.protected))(branch)) {
    throw new Refused({
      what: `Branch ${quote(branch)} is ${isDefault ? 'the default branch' : "named by 'protected'"}; its tags are not removed`,
      cause: isDefault ? 'the event or the input names the default branch' : "a pattern of 'protected' matches",
      next: "Delete the tag by hand if that is really meant, or change 'protected'; nothing was changed",
    });
  }
  return { kind: 'branch', repository, branch, isGiven: inputs.branch !== undefined };
}

/**
 * The branches that there are, as far as the scope needs them. Read them after the tags: a branch that is made in
 * between is then seen alive.
 */
export async function branchesFor({ host, inputs }: CleanContext, scope: Scope): Promise<Branches | undefined> {
  if (scope.kind === 'leftovers' || scope.kind === 'skip') return undefined;
  if (scope.kind === 'all' || !scope.isGiven) return await readBranches(host, inputs, NEVER);
  return {
    alive: new Set(),
    defaultBranch: await defaultBranchOf(host, inputs, NEVER),
    isProtected: await matcher(inputs.protected),
  };
}
