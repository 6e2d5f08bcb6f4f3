import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NumberReader } from '../../../../actions/warehouse-benchmark/answers/number-text.ts';

const reader = new NumberReader();
const read = (text: string) => (reader.read(text) ? { value: reader.value, decimals: reader.decimals } : undefined);

describe('numbers in a result', () => {
  test.each([
    ['12', 12, 0],
    ['-7', -7, 0],
    ['1.50', 1.5, 1],
    ['94.0000000000000000', 94, 0],
    ['0.56218905472636815920', 0.5621890547263682, 19],
    ['.5', 0.5, 1],
    ['5.', 5, 0],
    ['00601', 601, 0],
    ['1.5E+03', 1500, 0],
    ['1.25e-3', 0.00125, 5],
    ['170141183460469231731687303715884105727', 1.7014118346046923e38, 0],
  ])('%s is %d with %d decimals', (text, value, decimals) => {
    expect(read(text)).toEqual({ value, decimals });
  });

  test('minus zero is zero', () => {
    expect(Object.is(read('-0.00')?.value, 0)).toBe(true);
    expect(Object.is(read('-0e5')?.value, 0)).toBe(true);
    expect(Object.is(read('-0.0000000000000000')?.value, 0)).toBe(true);
  });

  test.each([
    '',
    '-',
    '.',
    '-.',
    '+1',
    'e5',
    '1e',
    '1e+',
    '1e1.5',
    '1.2.3',
    '1-2',
    '2002-05-14',
    '1,5',
    ' 1',
    '1 ',
    '0x10',
    'NaN',
    'Infinity',
    'inf',
    '1e151',
    '-1e400',
  ])("'%s' is no number", (text) => {
    expect(read(text)).toBeUndefined();
  });

  test('reads every double in the range as JavaScript does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e150, max: 1e150 }), (value) => {
        expect(read(String(value))?.value).toBe(value + 0);
      }),
    );
  });

  test('reads every decimal as JavaScript does, and counts its decimals', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.integer({ min: 1, max: 20 }),
        (digits, scale) => {
          const padded = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
          const text = `${digits < 0n ? '-' : ''}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
          const decimals = padded.slice(-scale).replace(/0+$/, '').length;
          expect(read(text)).toEqual({ value: Number(text) + 0, decimals });
        },
      ),
    );
  });

  test('takes no text for a number that JavaScript takes for none', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.-+eE ') }), (text) => {
        const found = read(text);
        if (found !== undefined) expect(Number(text) + 0).toBe(found.value);
      }),
    );
  });
});
