import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { difference } from '../../../../actions/warehouse-benchmark/answers/difference.ts';
import { Fingerprinter } from '../../../../actions/warehouse-benchmark/answers/fingerprint.ts';
import type { Row } from '../../../../actions/warehouse-benchmark/engine/engine.ts';

function fingerprint(rows: readonly Row[]) {
  const fingerprinter = new Fingerprinter();
  fingerprinter.add(rows);
  return fingerprinter.result();
}

const rows = (...columns: readonly (readonly (string | null)[])[]): Row[] =>
  (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] ?? null));
const between = (expected: readonly Row[], actual: readonly Row[]) =>
  difference(fingerprint(expected), fingerprint(actual));
/** Between two columns. */
const values = (expected: readonly (string | null)[], actual: readonly (string | null)[]) =>
  between(rows(expected), rows(actual));

describe('what differs between two answers', () => {
  test.each([
    ['rows', rows(['1', '2']), rows(['1']), '1 row, expected 2'],
    ['no row', rows(['1']), [], '0 rows, expected 1'],
    ['columns', rows(['1'], ['2']), rows(['1']), '1 column, expected 2'],
    ['NULLs', rows(['a', 'a'], ['1', null]), rows(['a', 'a'], ['1', '0']), 'column 2: 0 NULLs, expected 1'],
    ['kinds', rows(['1', '2']), rows(['1', 'two']), 'column 1: texts, expected numbers'],
    ['texts', rows(['able']), rows(['ought']), 'column 1: other texts than expected'],
    [
      'a sum',
      rows(['a'], ['b'], ['1204.5']),
      rows(['a'], ['b'], ['1200.5']),
      'column 3: the sum is 1200.5, expected 1204.5',
    ],
    ['the least', rows(['1', '9', '5']), rows(['2', '8', '5']), 'column 1: the least value is 2, expected 1'],
    ['the greatest', rows(['1', '9', '5']), rows(['1', '10', '4']), 'column 1: the greatest value is 10, expected 9'],
    [
      'squares',
      rows(['1', '9', '5', '5']),
      rows(['1', '9', '4', '6']),
      'column 1: the sum of squares is 134, expected 132',
    ],
  ])('%s', (_, expected, actual, sentence) => {
    expect(between(expected, actual)).toBe(sentence);
  });

  test('results without rows agree, whatever their columns', () => {
    expect(between([], [])).toBeUndefined();
  });

  test('reports of earlier releases, without the newer parts, are compared by what they have', () => {
    const { columns, rowTexts: _, ...rest } = fingerprint(rows(['a', 'b'], ['1', '2']));
    const older = {
      ...rest,
      columns: columns.map((column) => {
        if (column.kind !== 'numbers') return column;
        const { weighted: _weighted, decimals: _decimals, ...kept } = column;
        return kept;
      }),
    };
    expect(difference(older, fingerprint(rows(['a', 'b'], ['2', '1'])))).toBeUndefined();
    expect(difference(older, fingerprint(rows(['a', 'b'], ['2', '2'])))).toBe('column 2: the sum is 4, expected 3');
  });
});

describe('rounding', () => {
  test('an average as a decimal and as a double are the same', () => {
    expect(
      values(['50.7373018005912389', '0.3333333333333333'], ['50.737301800591236', '0.33333333333333331']),
    ).toBeUndefined();
  });

  test('an average that keeps the decimals of its argument is the same, rounded or cut', () => {
    const exactly = ['116.1149761105516393', '39.5866623545353694', '192.4391800000000000'];
    expect(values(exactly, ['116.11', '39.59', '192.44'])).toBeUndefined();
    expect(values(exactly, ['116.11', '39.58', '192.43'])).toBeUndefined();
    expect(values(exactly, ['116.21', '39.58', '192.43'])).toMatch(/^column 1: the sum is 348.22, expected 348.14/);
  });

  test('an average of integers may be an integer, unless nothing is left of it', () => {
    expect(values(['57.0625', '38.75'], ['57', '38'])).toBeUndefined();
    expect(values(['57.0625', '38.75'], ['57', '36'])).toMatch(/^column 1: the sum is 93, expected 95.8125/);
    expect(values(['0.5621890547', '0.25'], ['0', '0'])).toMatch(/^column 1: the sum is 0, expected 0.8121890547/);
  });

  test('a tie that is rounded up and down is the same, a cent more in every row is not', () => {
    const cents = Array.from({ length: 40 }, (_, row) => `${row}.25`);
    expect(values(cents, cents.with(7, '7.26'))).toBeUndefined();
    expect(
      values(
        cents,
        cents.map((value) => value.replace('.25', '.26')),
      ),
    ).toMatch(/^column 1: the sum is/);
  });

  test('what doubles leave of a zero is one', () => {
    expect(values(['0.00', '0'], ['5.551115123125783e-17', '0'])).toBeUndefined();
    expect(values(['0.00', '0'], ['0.01', '0'])).toBe('column 1: the sum is 0.01, expected 0');
  });

  test('a whole number may not differ at all', () => {
    expect(values(['2450815', '7', '19'], ['2450815', '7', '20'])).toMatch(
      /^column 1: the sum is 2450842, expected 2450841/,
    );
    expect(values(['2', '3'], ['2.5', '3'])).toMatch(/^column 1: the sum is 5.5, expected 5/);
  });

  test('great values that cancel out do not hide one another', () => {
    const great = ['31584085.44', '-31584085.43', '5.15'];
    expect(values(great, ['31584085.440000001', '-31584085.43', '5.15'])).toBeUndefined();
    expect(values(great, ['31584086.44', '-31584085.43', '5.15'])).toMatch(
      /^column 1: the sum is 6.16\d*, expected 5.16\d*$/,
    );
  });

  test('values rounded to any number of decimals agree with the exact ones', () => {
    const sums = fc.array(fc.double({ noNaN: true, min: 1, max: 1e7 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(sums, fc.integer({ min: 0, max: 12 }), (numbers, decimals) => {
        expect(
          values(
            numbers.map(String),
            numbers.map((number) => number.toFixed(decimals)),
          ),
        ).toBeUndefined();
      }),
    );
  });

  test('an answer agrees with itself, and with one in which doubles lost their last digits', () => {
    const doubles = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(doubles, (numbers) => {
        const texts = numbers.map(String);
        expect(values(texts, texts)).toBeUndefined();
        expect(
          values(
            texts,
            numbers.map((number) => String(number * (1 + 2e-13))),
          ),
        ).toBeUndefined();
      }),
    );
  });
});
