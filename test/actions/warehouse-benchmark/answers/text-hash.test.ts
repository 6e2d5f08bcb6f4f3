import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HashSum, TextHash } from '../../../../actions/warehouse-benchmark/answers/text-hash.ts';

function hashOf(...texts: string[]): string {
  const [hash, sum] = [new TextHash(), new HashSum()];
  for (const text of texts) {
    hash.of(text);
    sum.add(hash);
  }
  return sum.toString();
}

describe('hash of a text', () => {
  // Committed facts have such hashes in them.
  test.each([
    ['', 'da618af341de019a'],
    ['able', 'c217bf706c6c706f'],
    ['Côte d’Ivoire', '17d6710eb0f28325'],
    ['2002-05-14', '1de261927d4ed1e1'],
  ])("'%s' has the hash that it always had", (text, hash) => {
    expect(hashOf(text)).toBe(hash);
  });

  test('100,000 similar texts have as many hashes, in each of the two lanes nearly as many', () => {
    const hashes = Array.from({ length: 100_000 }, (_, index) => hashOf(`AAAAAAAA${index.toString(36)}`));
    expect(new Set(hashes).size).toBe(100_000);
    // A perfect lane of 32 bits has 1.2 pairs of equal ones among so many.
    for (const lane of [hashes.map((hash) => hash.slice(0, 8)), hashes.map((hash) => hash.slice(8))]) {
      expect(new Set(lane).size).toBeGreaterThan(99_980);
    }
  });

  test('the sum is one modulo 2^64', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const sum = texts.reduce((total, text) => total + BigInt(`0x${hashOf(text)}`), 0n);
        expect(hashOf(...texts)).toBe((sum % 2n ** 64n).toString(16).padStart(16, '0'));
      }),
    );
  });
});
