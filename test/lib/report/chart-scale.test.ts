import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitted, textWidth } from '../../../lib/report/chart/label.ts';
import { fixedNumber, shortNumber } from '../../../lib/report/chart/number.ts';
import { scaleOf } from '../../../lib/report/chart/scale.ts';
import { visibleText } from '../../../lib/report/xml.ts';
import { codePoint } from '../../support/code-point.ts';

const value = fc.double({ min: 0, max: 1e15, noNaN: true });
const values = fc.array(value, { maxLength: 30 });
const kind = fc.constantFrom('linear' as const, 'log' as const, 'auto' as const);

describe('ticks', () => {
  test.each([
    [[101], ['0', '20', '40', '60', '80', '100', '120']],
    [[1715], ['0', '500', '1,000', '1,500', '2,000']],
    [[0.3], ['0.00', '0.05', '0.10', '0.15', '0.20', '0.25', '0.30']],
    [[6], ['0', '1', '2', '3', '4', '5', '6']],
    [[22.87], ['0', '5', '10', '15', '20', '25']],
    [[], ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
    [
      [0, 0],
      ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0'],
    ],
  ])('of %p are round', (given, labels) => {
    expect(scaleOf(given).ticks.map(({ label }) => label)).toEqual(labels);
  });

  test('of a logarithmic axis are the powers of ten around the values', () => {
    expect(scaleOf([0.02, 30, 1200], 'log').ticks.map(({ label }) => label)).toEqual([
      '0.01',
      '0.1',
      '1',
      '10',
      '100',
      '1,000',
      '10,000',
    ]);
  });

  test('ascend, differ in their labels, and lie at the same distance', () => {
    fc.assert(
      fc.property(values, kind, (given, kind) => {
        const { ticks, position } = scaleOf(given, kind);
        const places = ticks.map(({ value }) => position(value));
        expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(10);
        expect([places[0], places.at(-1)]).toEqual([0, 1]);
        const even = (place: number, index: number) => Math.abs(place - index / (ticks.length - 1)) < 1e-6;
        expect(places.every(even)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('positions', () => {
  test('lie on the axis and keep the order of the values', () => {
    fc.assert(
      fc.property(values, kind, (given, kind) => {
        const { position } = scaleOf(given, kind);
        const places = given.toSorted((a, b) => a - b).map(position);
        expect(places.filter((place) => !(place >= 0 && place <= 1))).toEqual([]);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  test('of a linear axis are proportional to the value', () => {
    const { position } = scaleOf([10, 40]);
    expect(position(20)).toBeCloseTo(position(10) * 2, 12);
    expect(position(0)).toBe(0);
  });

  test('a logarithmic axis has the same distance for the same ratio, and puts zero at its beginning', () => {
    const { position, kind } = scaleOf([0, 1, 10, 1000], 'log');
    expect(kind).toBe('log');
    expect(position(100) - position(10)).toBeCloseTo(position(10) - position(1), 12);
    expect(position(0)).toBe(0);
  });
});

test.each([
  [[1, 999], 'linear'],
  [[1, 1000], 'log'],
  [[0, 1], 'linear'],
  [[], 'linear'],
])('left to itself, the axis of %p is %s', (given, expected) => {
  expect(scaleOf(given, 'auto').kind).toBe(expected);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1.1e15])('no chart shows %p', (wrong) => {
  expect(() => scaleOf([1, wrong])).toThrow(`a chart cannot show the value ${wrong}`);
});

describe('numbers', () => {
  test.each([
    [1234567.891, 2, '1,234,567.89'],
    [999.5, 0, '1,000'],
    [0, 3, '0.000'],
    [-1234, 0, '-1,234'],
  ])('%p with %p decimals is %s', (number, decimals, expected) => {
    expect(fixedNumber(number, decimals)).toBe(expected);
  });

  test.each([
    [0, '0'],
    [0.0123456, '0.0123'],
    [7.249, '7.25'],
    [56.78, '56.8'],
    [1715.4, '1,715'],
  ])('%p in short is %s', (number, expected) => {
    expect(shortNumber(number)).toBe(expected);
  });
});

describe('labels', () => {
  test('never become wider than their place, and say when they were cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), fc.double({ min: 0, max: 300, noNaN: true }), (text, width) => {
        const label = fitted(text, 11, width);
        expect(textWidth(label, 11)).toBeLessThanOrEqual(width);
        expect(label.isWellFormed()).toBe(true);
        const whole = text.replace(/\s+/g, ' ').trim();
        expect(label === visibleText(whole) || label === '' || label.endsWith('…')).toBe(true);
      }),
    );
  });

  test('keep what fits', () => {
    expect(fitted('query 14', 11, 200)).toBe('query 14');
    expect(fitted('a name that is much too long', 11, 60)).toBe('a name…');
  });
});
