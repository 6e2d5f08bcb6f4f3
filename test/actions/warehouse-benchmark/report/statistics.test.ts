import { describe, expect, test } from '@jest/globals';
import {
  dollarsText,
  durationText,
  formulaTime,
  priceText,
} from '../../../../actions/warehouse-benchmark/report/figure-text.ts';
import { geometricMean, median, quantile } from '../../../../actions/warehouse-benchmark/report/statistics.ts';

describe('quantiles are those of type 7', () => {
  // What R's `quantile(x, type = 7)` and NumPy's default give.
  test.each([
    [[15, 20, 35, 40, 50], 0.4, 29],
    [[1, 2, 3, 4], 0.9, 3.7],
    [[7], 0.95, 7],
    [[3, 1, 2], 0, 1],
    [[3, 1, 2], 1, 3],
  ])('%p at %p is %p', (values, share, expected) => {
    expect(quantile(values, share)).toBeCloseTo(expected, 12);
  });

  test('the median of none is none, and the order of the values is left alone', () => {
    const values = [3, 1, 2, 4];
    expect(median([])).toBeUndefined();
    expect(median(values)).toBe(2.5);
    expect(values).toEqual([3, 1, 2, 4]);
  });
});

describe('a geometric mean', () => {
  test('of many large values does not overflow', () => {
    expect(geometricMean(Array(99).fill(1e300))).toBeCloseTo(1e300, -290);
    expect(geometricMean([])).toBeUndefined();
  });

  test.each([0, -1, Number.NaN])('refuses %p', (value) => {
    expect(() => geometricMean([1, value])).toThrow('a geometric mean takes values above zero');
  });
});

test.each([
  [0, '0.000 ms'],
  [5.3264, '5.326 ms'],
  [43.216, '43.22 ms'],
  [999.94, '999.9 ms'],
  [999.96, '1.000 s'],
  [9202.02, '9.202 s'],
  [59_999.6, '1m0.000s'],
  [326_085, '5m26.085s'],
  [739_139, '12m19.139s'],
  [3_723_000, '1h02m03.000s'],
  [100 * 3_600_000, '100h00m00.000s'],
])('%p milliseconds are %s', (ms, expected) => {
  expect(durationText(ms)).toBe(expected);
});

test('formulas have seconds, money has cents or more digits where it is little, prices the digits they need', () => {
  expect([formulaTime(1_715_000), formulaTime(5.5)]).toEqual(['1,715.000 s', '5.500 ms']);
  expect([dollarsText(1234.5), dollarsText(0.0012), dollarsText(0)]).toEqual(['$1,234.50', '$0.001200', '$0.00']);
  expect([priceText(0.375), priceText(0.5), priceText(12)]).toEqual(['$0.375', '$0.50', '$12.00']);
});
