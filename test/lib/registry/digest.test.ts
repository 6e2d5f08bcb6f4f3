import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestFrom, digestOf, isDigest } from '../../../lib/registry/digest.ts';

test('the digest of nothing is the one that everybody knows', () => {
  expect(digestOf('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('a digest does not depend on how the content came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }), (parts) => {
      const hash = createHash('sha256');
      for (const part of parts) hash.update(part);
      const digest = digestFrom(hash);
      expect(digest).toBe(digestOf(Buffer.concat(parts)));
      expect(isDigest(digest)).toBe(true);
    }),
  );
});

test.each([
  '',
  'sha256:',
  `sha256:${'a'.repeat(63)}`,
  `sha256:${'a'.repeat(65)}`,
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'g'.repeat(64)}`,
  `sha512:${'a'.repeat(128)}`,
  `sha256:${'a'.repeat(64)}\n`,
  ` sha256:${'a'.repeat(64)}`,
  `sha256:${'a'.repeat(60)}/../`,
])('%j is no digest', (text) => expect(isDigest(text)).toBe(false));
