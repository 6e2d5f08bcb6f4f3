import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BarChart, barChart } from '../../../lib/report/chart/bar-chart.ts';
import { codePoint } from '../../support/code-point.ts';
import { drawing } from './chart-drawing.ts';
import { elements, type XmlElement } from './xml-tree.ts';

const CAPTION = { title: 'Time a query', description: 'A bar a query.', axis: 'seconds' };
const bars = (root: XmlElement) => elements(root, 'rect').filter(({ children }) => children.length > 0);
const widths = (root: XmlElement) => bars(root).map(({ attributes }) => Number(attributes.width));
const texts = (root: XmlElement, name: string) =>
  elements(root, 'text').flatMap(({ attributes, text }) => (attributes.class === name ? [text] : []));

function single(values: readonly number[], more: Partial<BarChart> = {}): BarChart {
  const groups = values.map((value, index) => ({ label: `query ${index + 1}`, bars: [{ value }] }));
  return { ...CAPTION, series: ['time'], groups, ...more };
}

test('a bar is as long as its value, from the same beginning', () => {
  const root = drawing(barChart(single([10, 20, 40, 0])));
  const [a, b, c, d] = widths(root);
  expect(b! / a!).toBeCloseTo(2, 3);
  expect(c! / a!).toBeCloseTo(4, 3);
  expect(d).toBe(0);
  expect(new Set(bars(root).map(({ attributes }) => attributes.x)).size).toBe(1);
  expect(texts(root, 'label')).toEqual(['query 1', 'query 2', 'query 3', 'query 4']);
});

test('99 bars do not touch one another, have a label each, and the axis is named at both ends', () => {
  const root = drawing(barChart(single(Array.from({ length: 99 }, (_, index) => 1 + ((index * 37) % 100)))));
  const tops = bars(root).map(({ attributes }) => [Number(attributes.y), Number(attributes.height)] as const);
  expect(tops).toHaveLength(99);
  tops.slice(1).forEach(([y], index) => {
    const [before, height] = tops[index]!;
    expect(y).toBeGreaterThanOrEqual(before + height + 4);
  });
  expect(texts(root, 'label')).toHaveLength(99);
  expect(texts(root, 'muted').filter((text) => text === 'seconds')).toHaveLength(2);
});

test('a fault is named and has its own colour, with a value or without', () => {
  const groups = [
    { label: 'query 1', bars: [{ value: 3, fault: 'timed out' }] },
    { label: 'query 2', bars: [{ fault: 'did not run' }] },
    { label: 'query 3', bars: [{ value: 5 }] },
  ];
  const root = drawing(barChart(single([], { groups })));
  expect(texts(root, 'fault')).toEqual(['3.00 timed out', 'did not run']);
  expect(bars(root).map(({ attributes }) => attributes.class)).toEqual(['fault', 'series0']);
});

test('groups of several bars have a legend and leave a place empty where a bar is missing', () => {
  const groups = [
    { label: 'query 1', bars: [{ value: 3 }, { value: 4 }] },
    { label: 'query 2', bars: [{ value: 5 }, undefined] },
  ];
  const root = drawing(barChart({ ...CAPTION, series: ['this run', 'baseline'], groups }));
  expect(bars(root).map(({ attributes }) => attributes.class)).toEqual(['series0', 'series1', 'series0']);
  expect(texts(root, 'label')).toEqual(['this run', 'baseline', 'query 1', 'query 2']);
  expect(bars(root).map(({ children }) => children[0]!.text)).toEqual([
    'query 1, this run: 3.00',
    'query 1, baseline: 4.00',
    'query 2, this run: 5.00',
  ]);
});

test('a logarithmic axis says so', () => {
  const root = drawing(barChart(single([0.01, 100], { scale: 'auto' })));
  expect(texts(root, 'muted')).toContain('seconds (logarithmic)');
});

test('no group at all is an empty chart', () => {
  expect(bars(drawing(barChart(single([]))))).toEqual([]);
});

test('the same chart gives the same text', () => {
  expect(barChart(single([1, 2, 3]))).toBe(barChart(single([1, 2, 3])));
});

describe('refuses', () => {
  test.each([0, 7])('%p series', (count) => {
    const series = Array.from({ length: count }, () => 's');
    expect(() => barChart({ ...CAPTION, series, groups: [] })).toThrow(`a bar chart has 1 to 6 series, not ${count}`);
  });

  test('a group with another number of bars', () => {
    expect(() => barChart(single([], { groups: [{ label: 'q', bars: [] }] }))).toThrow(
      "the group 'q' has not one bar a series",
    );
  });

  test('a negative value', () => {
    expect(() => barChart(single([-1]))).toThrow('a chart cannot show the value -1');
  });
});

test('whatever the values and texts are, the picture is well-formed, keeps inside, and longer means more', () => {
  const text = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 60 }),
    fc.constantFrom('<script>', '</svg>', 'W'.repeat(90)),
  );
  const bar = fc.oneof(
    fc.record({ value: fc.double({ min: 0, max: 1e15, noNaN: true }) }),
    fc.record({ value: fc.double({ min: 0, max: 1e4, noNaN: true }), fault: text }),
    fc.constant(undefined),
  );
  const chart = fc.integer({ min: 1, max: 6 }).chain((count) =>
    fc.record({
      title: text,
      subtitle: text,
      description: text,
      axis: text,
      series: fc.array(text, { minLength: count, maxLength: count }),
      groups: fc.array(fc.record({ label: text, bars: fc.array(bar, { minLength: count, maxLength: count }) }), {
        maxLength: 12,
      }),
      scale: fc.constantFrom('linear' as const, 'log' as const, 'auto' as const),
    }),
  );
  fc.assert(
    fc.property(chart, (given) => {
      const root = drawing(barChart(given));
      const values = given.groups.flatMap(({ bars }) =>
        bars.flatMap((each) => (each === undefined ? [] : [each.value])),
      );
      const order = values
        .map((value, index) => ({ value, width: widths(root)[index]! }))
        .toSorted((a, b) => a.value - b.value);
      expect(order.map(({ width }) => width)).toEqual(order.map(({ width }) => width).toSorted((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});
