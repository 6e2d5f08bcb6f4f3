import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkRpus, nearestCapacities, rpusOf } from '../../../../actions/warehouse-benchmark/warehouse/rpus.ts';

/** The rule of Redshift Serverless, written in another way than the code does. */
function isCapacity(rpus: number): boolean {
  if (rpus === 4) return true;
  return rpus >= 8 && rpus <= 1024 && rpus % (rpus <= 512 ? 8 : 32) === 0;
}

test('takes base capacities and nothing else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2000 }), (rpus) => {
      expect(checkRpus(String(rpus)) === undefined).toBe(isCapacity(rpus));
    }),
  );
});

test('names the two nearest capacities, of which one is the nearest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), (rpus) => {
      const [first, second] = nearestCapacities(rpus);
      expect([first, second].every(isCapacity)).toBe(true);
      expect(first).toBeLessThan(second);
      if (isCapacity(rpus)) return;
      const nearest = Math.min(Math.abs(first - rpus), Math.abs(second - rpus));
      for (let other = 0; other <= 1024; other++) {
        if (isCapacity(other)) expect(Math.abs(other - rpus)).toBeGreaterThanOrEqual(nearest);
      }
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['9', 8, 16],
  ['0', 4, 8],
  ['6', 4, 8],
  ['520', 512, 544],
  ['528', 512, 544],
  ['5000', 992, 1024],
])('%s is refused with %i and %i', (text, first, second) => {
  expect(checkRpus(text)).toBe(
    `is not a base capacity of Redshift Serverless (4, 8 to 512 in steps of 8, or to 1024 in steps of 32); the nearest are ${first} and ${second}`,
  );
});

test.each(['', 'eight', '8.0', '-8', ' 8', '1e2', '8 RPU', '٨'])('%j is no number of RPUs', (text) => {
  expect(checkRpus(text)).toMatch(/^is not a number of RPUs; write 4, 8 to 512/);
  expect(() => rpusOf(text)).toThrow('is not a number of RPUs');
});

test('a capacity is its number', () => {
  expect(['4', '8', '512', '544', '1024'].map(rpusOf)).toEqual([4, 8, 512, 544, 1024]);
});
