import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { efficientPoints } from '../../../lib/report/chart/efficient.ts';
import { type ChartPoint, scatterChart } from '../../../lib/report/chart/scatter-chart.ts';
import { codePoint } from '../../support/code-point.ts';
import { drawing } from './chart-drawing.ts';
import { elements, type XmlElement } from './xml-tree.ts';

const CAPTION = { title: 'Cost against time', description: 'A point a capacity.' };
const AXES = { x: { title: 'seconds' }, y: { title: 'US dollars' } };
const chart = (points: readonly ChartPoint[]) => scatterChart({ ...CAPTION, ...AXES, points });
const circles = (root: XmlElement) =>
  elements(root, 'circle').map(({ attributes }) => ({
    x: Number(attributes.cx),
    y: Number(attributes.cy),
    class: attributes.class,
  }));

const SWEEP: readonly ChartPoint[] = [
  { x: 4400, y: 7.04, label: '16 RPUs', joined: true },
  { x: 911, y: 11.66, label: '128 RPUs', joined: true },
  { x: 2300, y: 7.4, label: '32 RPUs', joined: true },
  { x: 9000, y: 7.2, label: '8 RPUs', joined: false },
];

test('more to the right is more of x, further up is more of y, in proportion', () => {
  const [a, b, c] = circles(
    drawing(
      chart([
        { x: 0, y: 0, label: 'a', joined: false },
        { x: 10, y: 5, label: 'b', joined: false },
        { x: 20, y: 10, label: 'c', joined: true },
      ]),
    ),
  );
  expect(c!.x - a!.x).toBeCloseTo(2 * (b!.x - a!.x), 1);
  expect(a!.y - c!.y).toBeCloseTo(2 * (a!.y - b!.y), 1);
  expect([a!.class, c!.class]).toEqual(['other', 'series0']);
});

test('the line joins the joined points from left to right, and no other', () => {
  const root = drawing(chart(SWEEP));
  const [line] = elements(root, 'polyline');
  const expected = circles(root)
    .filter((circle) => circle.class === 'series0')
    .toSorted((a, b) => a.x - b.x);
  const corners = line!.attributes.points!.split(' ').map((corner) => corner.split(',').map(Number));
  expect(corners).toEqual(expected.map(({ x, y }) => [x, y]));
});

test('every point has its label and its tooltip', () => {
  const root = drawing(chart(SWEEP));
  const texts = elements(root, 'text').map(({ text }) => text);
  expect(texts).toEqual(expect.arrayContaining(SWEEP.map(({ label }) => label)));
  expect(elements(root, 'circle').map(({ children }) => children[0]!.text)).toEqual([
    '16 RPUs: 4,400, 7.04',
    '128 RPUs: 911, 11.7',
    '32 RPUs: 2,300, 7.40',
    '8 RPUs: 9,000, 7.20',
  ]);
});

test('one joined point has no line, and no point at all is an empty chart', () => {
  expect(elements(drawing(chart(SWEEP.slice(0, 1))), 'polyline')).toEqual([]);
  expect(circles(drawing(chart([])))).toEqual([]);
});

test('a logarithmic axis says so', () => {
  const root = drawing(scatterChart({ ...CAPTION, x: { title: 'seconds', scale: 'log' }, y: AXES.y, points: SWEEP }));
  expect(elements(root, 'text').map(({ text }) => text)).toContain('seconds (logarithmic)');
});

test('whatever the points are, the picture is well-formed and keeps inside', () => {
  const value = fc.oneof(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.integer({ min: 0, max: 20 }));
  const label = fc.oneof(fc.string({ unit: codePoint, maxLength: 60 }), fc.constantFrom('</text>', 'W'.repeat(90)));
  const points = fc.array(fc.record({ x: value, y: value, label, joined: fc.boolean() }), { maxLength: 15 });
  fc.assert(
    fc.property(points, label, (given, title) => {
      const axis = { title, scale: 'auto' } as const;
      const root = drawing(scatterChart({ title, description: title, x: axis, y: axis, points: given }));
      expect(circles(root)).toHaveLength(given.length);
    }),
    { numRuns: 100 },
  );
});

test('the efficient points are those that no other beats', () => {
  expect(efficientPoints(SWEEP).map(({ label }) => label)).toEqual(['128 RPUs', '32 RPUs', '16 RPUs']);
  const point = fc.record({ x: fc.integer({ min: 0, max: 8 }), y: fc.integer({ min: 0, max: 8 }) });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), (points) => {
      const efficient = efficientPoints(points);
      expect(efficient.length).toBeGreaterThan(0);
      for (const candidate of points) {
        const beaten = points.some(
          ({ x, y }) => x <= candidate.x && y <= candidate.y && (x < candidate.x || y < candidate.y),
        );
        expect(efficient.includes(candidate)).toBe(!beaten);
      }
      // To the right it only gets cheaper.
      expect(efficient.map(({ y }) => y)).toEqual(efficient.map(({ y }) => y).toSorted((a, b) => b - a));
    }),
  );
});
