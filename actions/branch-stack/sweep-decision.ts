import { quote } from '../../lib/operation/inputs.ts';
import type { OwnStack } from './own-stacks.ts';

/** What a sweep knows about the repository. */
export interface Branches {
  readonly alive: ReadonlySet<string>;
  readonly defaultBranch: string;
  /** Whether a pattern of `protected` names the branch. */
  readonly isProtected: (branch: string) => boolean;
}

/** `gone`: the branch does not exist any more. `expired`: the time to live is over. */
export type Decision = { readonly destroy: 'gone' | 'expired' } | { readonly keep: 'alive' | 'protected' };

/** Decides about one stack. Pure; an expiry that cannot be read as a time never expires. */
export function decide({ owner }: OwnStack, { alive, defaultBranch, isProtected }: Branches, at: Date): Decision {
  if (owner.branch === defaultBranch || isProtected(owner.branch)) return { keep: 'protected' };
  if (!alive.has(owner.branch)) return { destroy: 'gone' };
  if (owner.expires !== undefined && Date.parse(owner.expires) <= at.getTime()) return { destroy: 'expired' };
  return { keep: 'alive' };
}

/**
 * Why a list of branches is not to be believed: a repository has branches, and its default branch is one of them. A
 * host that answers with less would make every stack look forgotten.
 */
export function distrust({ alive, defaultBranch }: Pick<Branches, 'alive' | 'defaultBranch'>): string | undefined {
  if (alive.size === 0) return 'the list of branches is empty';
  if (!alive.has(defaultBranch)) return `the list of branches lacks the default branch ${quote(defaultBranch)}`;
  return undefined;
}
