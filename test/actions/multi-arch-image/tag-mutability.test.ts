import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { problemsOf, type Target } from '../../../actions/multi-arch-image/assemble/targets.ts';
import { isImmutableIn } from '../../../actions/multi-arch-image/tag-mutability.ts';
import { digestOf } from '../../../lib/registry/digest.ts';
import type { Tag } from '../../../lib/registry/reference.ts';

const filters = (...texts: readonly string[]) => texts.map((filter) => ({ filterType: 'WILDCARD' as const, filter }));

test.each([
  ['MUTABLE', [], '1.0', false],
  ['IMMUTABLE', [], '1.0', true],
  ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], '1.0', true],
  ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], 'latest', false],
  ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], 'dev-x', false],
  ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'dev-*'], 'my-dev-x', true],
  ['IMMUTABLE_WITH_EXCLUSION', ['1.*'], '1x0', true],
  ['MUTABLE_WITH_EXCLUSION', ['release-*'], 'release-1', true],
  ['MUTABLE_WITH_EXCLUSION', ['release-*'], 'main', false],
] as const)('%s with the filters %j: the tag %s may not move is %s', (mutability, texts, tag, expected) => {
  const repository = { imageTagMutability: mutability, imageTagMutabilityExclusionFilters: filters(...texts) };
  expect(isImmutableIn(repository, tag)).toBe(expected);
});

test('a repository that says nothing lets its tags move', () => {
  expect(isImmutableIn({}, 'x')).toBe(false);
});

test('a filter without a star names one tag only, whatever characters it is made of', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9._+()[\]-]{1,12}$/);
  fc.assert(
    fc.property(word, word, (filter, tag) => {
      const repository = {
        imageTagMutability: 'MUTABLE_WITH_EXCLUSION' as const,
        imageTagMutabilityExclusionFilters: filters(filter),
      };
      expect(isImmutableIn(repository, tag)).toBe(filter === tag);
    }),
  );
});

const INDEX = digestOf('index');
const target = (before: string | undefined): Target => ({
  repository: { registry: '111122223333.dkr.ecr.eu-central-1.amazonaws.com', path: 'shop' },
  hasIndex: false,
  missing: [],
  tags: [{ tag: '1.0' as Tag, before: before === undefined ? undefined : digestOf(before) }],
});
const IMMUTABLE = { kind: 'known', isImmutable: () => true } as const;

test('an immutable tag is refused when it would move, and only then', () => {
  expect(problemsOf(target('other'), INDEX, IMMUTABLE)).toEqual([
    `the tag 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop:1.0 is immutable and points at another image, ${digestOf('other')}`,
  ]);
  expect(problemsOf(target('index'), INDEX, IMMUTABLE)).toEqual([]);
  expect(problemsOf(target(undefined), INDEX, IMMUTABLE)).toEqual([]);
  expect(problemsOf(target('other'), INDEX, { kind: 'known', isImmutable: () => false })).toEqual([]);
  expect(problemsOf(target('other'), INDEX, { kind: 'unknown' })).toEqual([]);
});

test('a repository of ECR that does not exist is refused before anything is written', () => {
  expect(problemsOf(target(undefined), INDEX, { kind: 'missing' })).toEqual([
    'the repository 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop does not exist',
  ]);
});
