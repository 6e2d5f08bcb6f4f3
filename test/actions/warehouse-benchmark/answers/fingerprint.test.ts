import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { difference } from '../../../../actions/warehouse-benchmark/answers/difference.ts';
import { Fingerprinter } from '../../../../actions/warehouse-benchmark/answers/fingerprint.ts';
import type { Fingerprint } from '../../../../actions/warehouse-benchmark/answers/fingerprint-types.ts';
import type { Row } from '../../../../actions/warehouse-benchmark/engine/engine.ts';

function fingerprint(rows: readonly Row[]): Fingerprint {
  const fingerprinter = new Fingerprinter();
  fingerprinter.add(rows);
  return fingerprinter.result();
}

const column = (...values: (string | null)[]) => fingerprint(values.map((value) => [value])).columns[0];
/** The parts that are the same to the last bit in every order. */
const exact = ({ rows, columns, rowTexts }: Fingerprint) => ({
  rows,
  rowTexts,
  columns: columns.map((each) => (each.kind === 'numbers' ? { ...each, sum: 0, squares: 0, weighted: 0 } : each)),
});

function decimalText(units: number, scale: number): string {
  const digits = String(Math.abs(units)).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const money = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((cents) => (cents / 100).toFixed(2));
const ratio = fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map(String);
const word = fc.stringMatching(/^[a-z]{2,12}$/).map((text) => `w${text}`);
const orNull = (value: fc.Arbitrary<string>) => fc.option(value, { freq: 8 });
const rowsOf = (limits: fc.ArrayConstraints) =>
  fc.array(fc.tuple(orNull(word), orNull(money), orNull(ratio), orNull(word)), limits);

describe('fingerprint', () => {
  test('counts, adds and finds the ends of numbers', () => {
    expect(column('1', '-2.50', null, '4')).toEqual({
      kind: 'numbers',
      nulls: 1,
      sum: 2.5,
      squares: 23.25,
      min: -2.5,
      max: 4,
      weighted: 0,
      decimals: 1,
    });
  });

  test('a column with one text is a column of texts, wherever it comes', () => {
    const first = column('n/a', '1', '2');
    expect(first?.kind).toBe('texts');
    expect(column('1', 'n/a', '2')).toEqual(first);
    expect(column('1', '2', 'n/a')).toEqual(first);
  });

  test('a column of NULLs is empty, and a result without rows has no columns', () => {
    expect(column(null, null)).toEqual({ kind: 'empty', nulls: 2 });
    expect(fingerprint([])).toEqual({ rows: 0, columns: [], rowTexts: '0000000000000000' });
  });

  test('a row of another length is refused', () => {
    expect(() => fingerprint([['1', '2'], ['1']])).toThrow(
      new RangeError('A row has 1 values where the first one has 2.'),
    );
  });

  test.each([
    ['1.50', '1.5'],
    ['94.0000000000000000', '94'],
    ['1.5e3', '1500.00'],
    ['-0', '0'],
    ['able      ', 'able'],
    ['12  ', '12'],
    ['2002-05-14 00:00:00', '2002-05-14'],
    ['2002-05-14T00:00:00.000Z', '2002-05-14'],
    ['2002-05-14 00:00:00+00', '2002-05-14'],
    ['t', 'true'],
    ['f', 'false'],
    ['', null],
    ['    ', null],
  ])("'%s' is the same as '%s'", (value, same) => {
    expect(column(value)).toEqual(column(same));
  });

  test.each([
    ['2002-05-14 00:00:01', '2002-05-14'],
    ['2002-05-14 10:00:00', '2002-05-14'],
    ['2002-05-14 00:00:00+02', '2002-05-14'],
    ['  able', 'able'],
    ['Able', 'able'],
    ['T', 'true'],
    ['true', 'false'],
    ['1', 'true'],
    ['able', null],
  ])("'%s' is another value than '%s'", (value, other) => {
    expect(column(value)).not.toEqual(column(other));
  });

  test('rows may come in any order and any number at a time', () => {
    const shuffled = rowsOf({ maxLength: 60 }).chain((rows) =>
      fc.tuple(
        fc.constant(rows),
        fc.shuffledSubarray(rows, { minLength: rows.length }),
        fc.integer({ min: 1, max: 10 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([rows, others, size]) => {
        const expected = fingerprint(rows);
        const fingerprinter = new Fingerprinter();
        for (let at = 0; at < others.length; at += size) fingerprinter.add(others.slice(at, at + size));
        const actual = fingerprinter.result();
        expect(difference(expected, actual)).toBeUndefined();
        expect(exact(actual)).toEqual(exact(expected));
      }),
    );
  });

  test('numbers that are given as such are those that their texts say', () => {
    const column = fc.nat({ max: 22 }).chain((scale) => fc.tuple(fc.constant(scale), fc.array(fc.maxSafeInteger())));
    fc.assert(
      fc.property(column, ([scale, units]) => {
        const texts = units.map((each) => [decimalText(each, scale)]);
        const fingerprinter = new Fingerprinter();
        fingerprinter.addBlock({
          rows: units.length,
          columns: 1,
          giveColumn: (_, sink) => {
            for (const each of units) sink.number(each, scale);
          },
        });
        expect(fingerprinter.result()).toEqual(fingerprint(texts));
      }),
    );
  });

  test('sums keep their last digits when great values cancel out', () => {
    const values = ['1e16', ...Array<string>(1000).fill('0.1'), '-1e16'];
    const numbers = column(...values);
    expect(numbers?.kind === 'numbers' && numbers.sum).toBeCloseTo(100, 9);
  });

  test('sees one changed value, a number when it changes by more than rounding may do in 30 rows', () => {
    const changed = rowsOf({ minLength: 1, maxLength: 30 }).chain((rows) =>
      fc.tuple(fc.constant(rows), fc.nat({ max: rows.length - 1 }), fc.nat({ max: 3 }), fc.tuple(word, money, ratio)),
    );
    fc.assert(
      fc.property(changed, ([rows, at, index, [text, amount, share]]) => {
        const before = rows[at]![index]!;
        const after = [text, amount, share, text][index]!;
        const isSmall = before !== null && Math.abs(Number(before) - Number(after)) < 100;
        fc.pre(before !== after && !isSmall);
        const others = rows.map((row, each) =>
          each === at ? row.map((value, c) => (c === index ? after : value)) : row,
        );
        expect(difference(fingerprint(rows), fingerprint(others))).toMatch(new RegExp(`^column ${index + 1}: `));
      }),
    );
  });

  test('sees values that were swapped between two columns of a row', () => {
    fc.assert(
      fc.property(rowsOf({ minLength: 1, maxLength: 30 }), fc.nat(), (rows, seed) => {
        const at = seed % rows.length;
        const [first, amount, share, last] = rows[at]!;
        fc.pre(first !== last);
        const others = rows.with(at, [last, amount, share, first]);
        expect(difference(fingerprint(rows), fingerprint(others))).toMatch(/^column 1: /);
      }),
    );
  });

  test('sees texts and numbers that were swapped between two rows, which leaves each column as it was', () => {
    const rows: Row[] = [
      ['able', 'Home', '10.50'],
      ['ought', 'Books', '99.25'],
    ];
    const texts: Row[] = [
      ['able', 'Books', '10.50'],
      ['ought', 'Home', '99.25'],
    ];
    const numbers: Row[] = [
      ['able', 'Home', '99.25'],
      ['ought', 'Books', '10.50'],
    ];
    expect(difference(fingerprint(rows), fingerprint(texts))).toBe(
      'the right texts in each column, but not in the right rows',
    );
    expect(difference(fingerprint(rows), fingerprint(numbers))).toBe(
      'column 3: the right numbers, but not in the right rows',
    );
  });
});
