import { expect, test } from '@jest/globals';
import { defaultBranchOf, readBranches } from '../../../lib/branches/alive-branches.ts';
import type { Surroundings } from '../../../lib/hosts/host.ts';

const NEVER = 'its stack must never be destroyed';

function host(branches: readonly string[], defaultBranch?: string) {
  const surroundings: Surroundings = {
    event: { kind: 'manual' },
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
  };
  return { surroundings: async () => surroundings, branches: async () => new Set(branches) };
}

const given = (defaultBranch?: string, protectedOnes: readonly string[] = []) => ({
  'default-branch': defaultBranch,
  protected: protectedOnes,
});

test('branches are read with what is protected', async () => {
  const branches = await readBranches(host(['main', 'a'], 'main'), given(undefined, ['release/*']), NEVER);
  expect([...branches.alive]).toEqual(['main', 'a']);
  expect(branches.defaultBranch).toBe('main');
  expect(['release/1', 'release/1/2', 'a'].map(branches.isProtected)).toEqual([true, false, false]);
});

test.each<[string, readonly string[], string | undefined, string]>([
  ['an empty list', [], undefined, 'Nothing is removed, because the list of branches is empty'],
  ['a list without the default branch', ['a'], undefined, "the list of branches lacks the default branch 'main'"],
  ['a list without the default branch that is given', ['main'], 'trunk', "lacks the default branch 'trunk'"],
])('%s is not believed', async (_, branches, defaultBranch, message) => {
  await expect(readBranches(host(branches, 'main'), given(defaultBranch), NEVER)).rejects.toThrow(message);
});

test('without a default branch nothing is read', async () => {
  await expect(defaultBranchOf(host(['main']), given(), NEVER)).rejects.toThrow(
    `input 'default-branch': is required: the default branch is not known here, and ${NEVER}`,
  );
});
