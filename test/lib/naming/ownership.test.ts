import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NamingError } from '../../../lib/naming/error.ts';
import { type Owner, ownershipTags, readOwnership } from '../../../lib/naming/ownership.ts';
import { repositoryId } from '../../../lib/naming/repository.ts';
import { anyBranch, branch } from './branches.ts';

const owner: Owner = {
  repository: repositoryId('github.com', 'acme/shop'),
  branch: branch('feature/login'),
  created: '2026-11-22T19:49:00Z',
  version: '0.1.0',
};

describe('the tags of a stack', () => {
  test('give back their owner, for any legal ref, among the tags of others', () => {
    fc.assert(
      fc.property(anyBranch, (any) => {
        const tags = { team: 'shop', ...ownershipTags({ ...owner, branch: any }) };
        expect(readOwnership(tags)).toEqual({ kind: 'ours', owner: { ...owner, branch: any } });
      }),
      { numRuns: 2000 },
    );
  });

  test('hold what AWS allows, at most 18 of them, also for a ref of 1,000 bytes', () => {
    const longest = fc.constantFrom('é'.repeat(500), '日'.repeat(333), '$'.repeat(1000), 'x'.repeat(1000)).map(branch);
    fc.assert(
      fc.property(fc.oneof(anyBranch, longest), (any) => {
        const full = { ...owner, branch: any, component: 'web', commit: 'a'.repeat(40), expires: owner.created };
        const tags = Object.entries(ownershipTags(full));
        expect(tags.length).toBeLessThanOrEqual(18);
        for (const [key, value] of tags) {
          expect(key).toMatch(/^[a-z:.0-9]{1,128}$/);
          expect(value).toMatch(/^[A-Za-z0-9 +\-=._:/@]{1,256}$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    { component: 'Web' },
    { commit: 'main' },
    { created: 'yesterday' },
    { created: '2026-02-30T00:00:00Z' },
    { expires: '2026-11-22' },
    { version: 'a b' },
  ])('are not made from %j', (wrong) => {
    expect(() => ownershipTags({ ...owner, ...wrong })).toThrow(NamingError);
  });
});

describe('reading tags', () => {
  const tags = ownershipTags(owner);
  const without = (key: string) => Object.fromEntries(Object.entries(tags).filter(([name]) => name !== key));

  test.each([{}, { team: 'shop' }, { 'Headgate:ref': 'x', 'headgate-ref': 'y' }])(
    '%j: not a stack of ours',
    (foreign) => {
      expect(readOwnership(foreign)).toEqual({ kind: 'none' });
    },
  );

  test('a key that a newer version may add does not hide the owner', () => {
    expect(readOwnership({ ...tags, 'headgate:future': 'x' })).toEqual({ kind: 'ours', owner });
  });

  test.each([
    ['headgate:repository is missing', without('headgate:repository')],
    ['headgate:ref is missing', without('headgate:ref')],
    ['headgate:created is missing', without('headgate:created')],
    ['headgate:version is missing', without('headgate:version')],
    ['an unknown key of ours alone', { 'headgate:future': 'x' }],
    ['a repository in upper case', { ...tags, 'headgate:repository': 'github.com/Acme/shop' }],
    ['a repository without a host', { ...tags, 'headgate:repository': 'shop' }],
    ['a ref that is no branch', { ...tags, 'headgate:ref': 'refs/tags/v1' }],
    ['a ref without its beginning', { ...tags, 'headgate:ref': 'feature/login' }],
    ['a ref that git refuses', { ...tags, 'headgate:ref': 'refs/heads/a..b' }],
    ['a part too many', { ...tags, 'headgate:ref.2': '' }],
    ['a part missing between', { ...tags, 'headgate:ref.3': 'x' }],
    ['a split where none is needed', { ...tags, 'headgate:ref': 'refs/heads/feature', 'headgate:ref.2': '/login' }],
    ['a letter encoded without need', { ...tags, 'headgate:ref': 'refs/heads/=61' }],
    ['digits in lower case', { ...tags, 'headgate:ref': 'refs/heads/=c3=a9' }],
    ['bytes that are not UTF-8', { ...tags, 'headgate:ref': 'refs/heads/=FF' }],
    ['a character left as it was', { ...tags, 'headgate:ref': 'refs/heads/é' }],
    ['a component of another form', { ...tags, 'headgate:component': 'A' }],
    ['a commit of another form', { ...tags, 'headgate:commit': 'main' }],
    ['an instant of another form', { ...tags, 'headgate:expires': 'never' }],
  ])('%s: broken, with the reason', (_, broken) => {
    expect(readOwnership(broken)).toEqual({
      kind: 'broken',
      reason: expect.stringMatching(/^(headgate:|repository|component)/),
    });
  });
});
