import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tagFacts, whyNotFor } from '../../../actions/multi-arch-image/tag-facts.ts';
import type { HostEvent, Surroundings } from '../../../lib/hosts/host.ts';
import { imageTag } from '../../../lib/naming/image-tag.ts';
import { checkBranchName } from '../../../lib/naming/ref.ts';
import { repositoryId } from '../../../lib/naming/repository.ts';
import { isTag } from '../../../lib/registry/reference.ts';
import { anyBranch, branch } from '../../lib/naming/branches.ts';

const REPOSITORY = repositoryId('github.com', 'acme/shop');
const AT: Omit<Surroundings, 'event'> = {
  serverHost: 'github.com',
  repositoryPath: 'acme/shop',
  defaultBranch: 'main',
  commit: 'f'.repeat(40),
};
const NOTHING_GIVEN: Parameters<typeof tagFacts>[1] = { repository: undefined, commit: undefined };
const facts = (event: HostEvent, given = NOTHING_GIVEN) => tagFacts({ ...AT, event }, given);

test('the tag of a branch is the one that its stack has in its name', () => {
  fc.assert(
    fc.property(anyBranch, (name) => {
      const found = facts({ kind: 'branch-pushed', branch: name });
      const expected = imageTag({ repository: REPOSITORY, branch: name });
      expect(found).toMatchObject({ branch: name, facts: { branch: { tag: expected } } });
      expect(isTag(expected)).toBe(true);
    }),
  );
});

test('the given repository counts, so that a clean-up elsewhere finds the same tag', () => {
  const given = { repository: 'gitlab.com/acme/other', commit: undefined };
  const expected = imageTag({ repository: repositoryId('gitlab.com', 'acme/other'), branch: branch('x') });
  expect(facts({ kind: 'branch-pushed', branch: 'x' }, given).facts.branch).toMatchObject({ tag: expected });
});

test('the commit of the images goes before that of the run', () => {
  expect(facts({ kind: 'manual' }, { repository: undefined, commit: 'abc' }).facts.commit).toBe('abc');
  expect(facts({ kind: 'manual' }).facts.commit).toBe('f'.repeat(40));
});

test.each<[string, boolean, HostEvent]>([
  ['a push to the default branch', true, { kind: 'branch-pushed', branch: 'main' }],
  ['a schedule on the default branch', true, { kind: 'schedule', branch: 'main' }],
  ['a push to another branch', false, { kind: 'branch-pushed', branch: 'other' }],
  ['a git tag', false, { kind: 'tag', tag: 'v1.0.0', deleted: false }],
  [
    'a pull request whose branch has the name of the default branch',
    false,
    { kind: 'pull-request', action: 'opened', number: 1, branch: 'main', sameRepository: true },
  ],
  ['a run on no branch', false, { kind: 'manual' }],
])('%s: on the default branch is %s', (_, expected, event) => {
  expect(facts(event).facts.onDefaultBranch).toBe(expected);
});

test.each<[string, HostEvent, Partial<Surroundings>, RegExp]>([
  ['a git tag', { kind: 'tag', tag: 'v1.0.0', deleted: false }, {}, /about a git tag/],
  ['a run on no branch', { kind: 'manual' }, {}, /not on a branch/],
  ['an unknown repository', { kind: 'manual', branch: 'x' }, { serverHost: undefined as never }, /'repository'/],
  ['what git does not allow', { kind: 'manual', branch: 'a..b' }, {}, /not a branch name/],
])('%s has no tag of a branch, and says why', (_, event, changed, why) => {
  const { facts: known, branch: of } = tagFacts({ ...AT, ...changed, event }, NOTHING_GIVEN);
  expect(known.branch).toEqual({ why: expect.stringMatching(why) });
  expect(of).toBeUndefined();
  expect(checkBranchName('a..b').ok).toBe(false);
});

describe('events that move no tag', () => {
  const pull = { kind: 'pull-request', number: 7, branch: 'main' } as const;

  test.each<[HostEvent, RegExp]>([
    [{ ...pull, action: 'updated', sameRepository: false }, /comes from a fork/],
    [{ ...pull, action: 'closed', sameRepository: true }, /was closed/],
    [{ kind: 'branch-deleted', branch: 'x' }, /is gone/],
    [{ kind: 'stop', branch: 'x' }, /is gone/],
    [{ kind: 'tag', tag: 'v1.0.0', deleted: true }, /was deleted/],
  ])('%j', (event, why) => {
    expect(whyNotFor(event)).toMatch(why);
  });

  test('the others do', () => {
    expect(whyNotFor({ ...pull, action: 'updated', sameRepository: true })).toBeUndefined();
    expect(whyNotFor({ kind: 'branch-pushed', branch: 'x' })).toBeUndefined();
    expect(whyNotFor({ kind: 'tag', tag: 'v1.0.0', deleted: false })).toBeUndefined();
  });
});
