import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { imageTag } from '../../../lib/naming/image-tag.ts';
import { ownershipTags, readOwnership } from '../../../lib/naming/ownership.ts';
import { type RepositoryId, repositoryId, repositoryIdOf } from '../../../lib/naming/repository.ts';
import { stackName } from '../../../lib/naming/stack-name.ts';
import { branch } from './branches.ts';

// Never regenerate golden.json: an upgrade must find what an older version made. A test that fails here means that the
// code is wrong. A new format gets new vectors beside these, and code that still finds the old names.
// The vectors were made by a second implementation, in Python, and not by the code under test.
interface Golden {
  stacks: { repository: string; branch: string; component?: string; prefix?: string; name: string }[];
  images: { repository?: RepositoryId; branch: string; tag: string }[];
  refs: { branch: string; tags: Record<string, string> }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8'));

test('there are enough vectors, and none was lost', () => {
  expect([golden.stacks.length, golden.images.length, golden.refs.length]).toEqual([63, 10, 10]);
});

test.each(golden.stacks)('$repository $branch $component $prefix is the stack $name', ({ name, ...given }) => {
  const repository = repositoryIdOf(given.repository);
  expect(stackName({ ...given, repository, branch: branch(given.branch) })).toBe(name);
});

test.each(golden.images)('$repository $branch is the image tag $tag', ({ tag, repository, ...given }) => {
  expect(imageTag({ repository, branch: branch(given.branch) })).toBe(tag);
});

test.each(golden.refs)('the ref of $branch is tagged as it ever was', ({ tags, ...given }) => {
  const owner = {
    repository: repositoryId('github.com', 'acme/shop'),
    branch: branch(given.branch),
    component: 'web',
    commit: '0123456789abcdef0123456789abcdef01234567',
    created: '2026-11-22T19:49:00Z',
    expires: '2026-11-29T19:49:00.500Z',
    version: '0.1.0',
  };
  const all = {
    'headgate:repository': 'github.com/acme/shop',
    ...tags,
    'headgate:component': 'web',
    'headgate:commit': '0123456789abcdef0123456789abcdef01234567',
    'headgate:created': '2026-11-22T19:49:00Z',
    'headgate:expires': '2026-11-29T19:49:00.500Z',
    'headgate:version': '0.1.0',
  };
  expect(ownershipTags(owner)).toEqual(all);
  expect(readOwnership(all)).toEqual({ kind: 'ours', owner });
});
