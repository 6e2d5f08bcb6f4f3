import { badInput, OperationFailed } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import { quote } from '../operation/inputs.ts';
import { matcher } from './patterns.ts';

/** What is known about the branches of a repository. */
export interface Branches {
  readonly alive: ReadonlySet<string>;
  readonly defaultBranch: string;
  /** Whether a pattern of `protected` names the branch. */
  readonly isProtected: (branch: string) => boolean;
}

/** The inputs that say which branches lose nothing. */
export interface BranchesGiven {
  readonly 'default-branch': string | undefined;
  readonly protected: readonly string[];
}

/**
 * Reads which branches there are now, for an operation that removes what belongs to branches that are gone.
 *
 * @param never what must never happen to what belongs to the default branch: `its stack must never be destroyed`
 * @throws BadInput when the default branch is not known
 * @throws OperationFailed when the branches cannot be listed, or the list is not to be believed
 */
export async function readBranches(
  host: Pick<Host, 'surroundings' | 'branches'>,
  given: BranchesGiven,
  never: string,
): Promise<Branches> {
  const defaultBranch = await defaultBranchOf(host, given, never);
  const alive = await host.branches();
  const doubt = distrust({ alive, defaultBranch });
  if (doubt !== undefined) {
    throw new OperationFailed({
      what: `Nothing is removed, because ${doubt}`,
      cause: 'the host answered with less than there is, or the default branch was renamed',
      next: "Run again later; give 'default-branch' when it has a new name. Nothing was changed",
    });
  }
  return { alive, defaultBranch, isProtected: await matcher(given.protected) };
}

/** @throws BadInput when the default branch is not known */
export async function defaultBranchOf(
  host: Pick<Host, 'surroundings'>,
  given: Pick<BranchesGiven, 'default-branch'>,
  never: string,
): Promise<string> {
  const defaultBranch = given['default-branch'] ?? (await host.surroundings()).defaultBranch;
  if (defaultBranch !== undefined) return defaultBranch;
  throw badInput('default-branch', `is required: the default branch is not known here, and ${never}`);
}

/**
 * Why a list of branches is not to be believed: a repository has branches, and its default branch is one of them. A
 * host that answers with less would make everything look forgotten.
 */
export function distrust({ alive, defaultBranch }: Pick<Branches, 'alive' | 'defaultBranch'>): string | undefined {
  if (alive.size === 0) return 'the list of branches is empty';
  if (!alive.has(defaultBranch)) return `the list of branches lacks the default branch ${quote(defaultBranch)}`;
  return undefined;
}
