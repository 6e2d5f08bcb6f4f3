import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearest } from '../../../lib/operation/nearest.ts';

const KNOWN = ['branch-stack deploy', 'branch-stack destroy', 'branch-stack name', 'ttl', 'include', 'exclude'];

test.each([
  ['branch-stack deplay', 'branch-stack deploy'],
  ['Branch-Stack Deploy', 'branch-stack deploy'],
  ['branch-stack-name', 'branch-stack name'],
  ['tll', 'ttl'],
  ['inclued', 'include'],
])('%s most likely stands for %s', (wrong, meant) => {
  expect(nearest(wrong, KNOWN)).toBe(meant);
});

test.each(['', 'x', 'warehouse', 'template', 'y'.repeat(500)])('%j stands for none of them', (wrong) => {
  expect(nearest(wrong, KNOWN)).toBeUndefined();
});

test('nothing is known', () => expect(nearest('a', [])).toBeUndefined());

test('a known word is its own nearest', () => {
  fc.assert(fc.property(fc.constantFrom(...KNOWN), (word) => expect(nearest(word, KNOWN)).toBe(word)));
});
