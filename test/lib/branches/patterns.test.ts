import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesAny } from '../../../lib/branches/patterns.ts';
import { codePoint } from '../../support/code-point.ts';

test.each<[branch: string, patterns: string[], boolean]>([
  ['main', [], false],
  ['main', ['main'], true],
  ['Main', ['main'], false],
  ['main', ['master', 'main'], true],
  ['main', [''], false],
  ['main', ['', 'main'], true],
  ['mainline', ['main'], false],
  ['feature/a', ['feature/*'], true],
  ['feature/a/b', ['feature/*'], false],
  ['feature/a/b', ['feature/**'], true],
  ['feature', ['feature/**'], true],
  ['a/b/c', ['**'], true],
  ['a/b', ['*'], false],
  ['.github', ['*'], true],
  ['feature/.a', ['feature/*'], true],
  ['release-7', ['release-[0-9]'], true],
  ['release-7', ['release-?'], true],
  ['fix', ['{fix,feature}'], true],
  ['feature/(a', ['feature/(a'], true],
  ['a{b', ['a{b'], true],
  // A pattern that begins with an exclamation mark would otherwise match every other branch.
  ['other', ['!main'], false],
  ['!main', ['!main'], true],
])('%s of %j: %j', async (branch, patterns, matches) => {
  expect(await matchesAny(branch, patterns)).toBe(matches);
});

test('a branch matches a pattern that is its own name, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: codePoint, minLength: 1 }), async (name) => {
      expect(await matchesAny(name, ['x', name])).toBe(true);
    }),
  );
});

test('any pattern is answered', async () => {
  const pattern = fc.array(
    fc.constantFrom('*', '**', '(', ')', '[', ']', '{', '}', '!', '+(', '@(', '|', '\\', '/', 'a', '?', ','),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(pattern, async (parts) => {
      expect(typeof (await matchesAny('feature/a', [parts.join('')]))).toBe('boolean');
    }),
  );
});
