import { expect, test } from '@jest/globals';
import { checkBranchName } from '../../../lib/naming/ref.ts';
import { repositoryId } from '../../../lib/naming/repository.ts';
import { stackName } from '../../../lib/naming/stack-name.ts';

const repository = repositoryId('github.com', 'acme/shop');

/** Families of names that careless schemes take for one. Deterministic, so that a failure can be repeated. */
function* lookalikes(): Generator<string> {
  for (let n = 0; n < 9_000; n++) {
    const id = n.toString(36);
    yield* [`feature/${id}`, `feature-${id}`, `feature_${id}`, `feature.${id}`, `Feature/${id}`, `FEATURE/${id}`];
    yield* [`caf\u00e9/${id}`, `cafe\u0301/${id}`, `日本語${id}`, `$(x${id});"`, `${id}-`, `\u{1F680}${id}`];
    const tail = `-${id}`;
    yield `long/${'common-prefix-'.repeat(20)}`.slice(0, 255 - tail.length) + tail;
  }
}

test('100,000 look-alike branches of one repository have 100,000 valid names', () => {
  const branches = new Set(lookalikes());
  const names = new Set<string>();
  const invalid: string[] = [];
  for (const text of branches) {
    const checked = checkBranchName(text);
    if (!checked.ok) throw new Error(checked.reason);
    const name = stackName({ repository, branch: checked.branch });
    if (name.length > 52 || !/^[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$/.test(name)) invalid.push(name);
    names.add(name);
  }
  expect(branches.size).toBeGreaterThan(100_000);
  expect(invalid).toEqual([]);
  expect(names.size).toBe(branches.size);
});
