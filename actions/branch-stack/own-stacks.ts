import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import { type StackState, toStackState } from '../../lib/aws/cloudformation/stack.ts';
import { identityHash } from '../../lib/naming/identity.ts';
import { type Owner, readOwnership } from '../../lib/naming/ownership.ts';
import type { RepositoryId } from '../../lib/naming/repository.ts';

/** A stack of one of this repository's branches. */
export interface OwnStack {
  readonly stack: StackState;
  readonly owner: Owner;
}

/**
 * Finds all stacks of a repository's branches, page by page; of other stacks nothing is kept.
 *
 * Tags of a stack go down to its nested stacks, so tags alone do not make a stack a branch's: its name must end with the
 * hash of what the tags say.
 */
export async function* ownStacks(cloudFormation: CloudFormation, repository: RepositoryId): AsyncGenerator<OwnStack> {
  let token: string | undefined;
  do {
    const page = await cloudFormation.describeStacks({ NextToken: token });
    for (const described of page.Stacks ?? []) {
      const stack = toStackState(described);
      const ownership = readOwnership(stack.tags);
      if (ownership.kind !== 'ours' || ownership.owner.repository !== repository) continue;
      if (!stack.name.endsWith(`-${identityHash(ownership.owner)}`) || stack.status === 'DELETE_COMPLETE') continue;
      yield { stack, owner: ownership.owner };
    }
    token = page.NextToken;
  } while (token !== undefined);
}
