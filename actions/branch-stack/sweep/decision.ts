import type { Branches } from '../../../lib/branches/alive-branches.ts';
import type { OwnStack } from '../own-stacks.ts';

/** `gone`: the branch does not exist any more. `expired`: the time to live is over. */
export type Decision = { readonly destroy: 'gone' | 'expired' } | { readonly keep: 'alive' | 'protected' };

/** Decides about one stack. Pure; an expiry that cannot be read as a time never expires. */
export function decide({ owner }: OwnStack, { alive, defaultBranch, isProtected }: Branches, at: Date): Decision {
  if (owner.branch === defaultBranch || isProtected(owner.branch)) return { keep: 'protected' };
  if (!alive.has(owner.branch)) return { destroy: 'gone' };
  if (owner.expires !== undefined && Date.parse(owner.expires) <= at.getTime()) return { destroy: 'expired' };
  return { keep: 'alive' };
}
