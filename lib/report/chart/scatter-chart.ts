import { type Caption, EDGE, header, headerHeight } from './caption.ts';
import { fitted, textWidth } from './label.ts';
import { shortNumber } from './number.ts';
import { type Scale, type ScaleKind, scaleOf } from './scale.ts';
import { element, LABEL_SIZE, svgDocument, textElement, tooltip } from './svg.ts';

/** Points in a plane, some of them joined by a line. */
export interface ScatterChart extends Caption {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly points: readonly ChartPoint[];
}

export interface ChartAxis {
  /** With its unit: `seconds`. */
  readonly title: string;
  readonly scale?: ScaleKind | 'auto';
}

export interface ChartPoint {
  /** Not negative. */
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** Joined to the others that are so, in the order of x; the rest is drawn in grey. */
  readonly joined: boolean;
}

const WIDTH = 800;
const HEIGHT = 460;
const RADIUS = 5;
const WIDEST_LABEL = 160;

/**
 * Draws points and the line through the joined ones. The same chart gives the same text.
 *
 * @throws RangeError for a value that no chart shows
 */
export function scatterChart(chart: ScatterChart): string {
  const xScale = scaleOf(
    chart.points.map(({ x }) => x),
    chart.x.scale,
  );
  const yScale = scaleOf(
    chart.points.map(({ y }) => y),
    chart.y.scale,
  );
  const frame = frameOf(chart, xScale, yScale);
  const places = chart.points.map(
    (point): Place => ({
      point,
      x: frame.left + xScale.position(point.x) * (frame.right - frame.left),
      y: frame.bottom - yScale.position(point.y) * (frame.bottom - frame.top),
    }),
  );
  return svgDocument(chart, { width: WIDTH, height: HEIGHT }, [
    ...header(chart, WIDTH),
    ...axes(chart, xScale, yScale, frame),
    ...joint(inOrder(places)),
    ...places.map(pointElement),
    ...labels(places, frame),
  ]);
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Place {
  readonly point: ChartPoint;
  readonly x: number;
  readonly y: number;
}

function frameOf(chart: ScatterChart, xScale: Scale, yScale: Scale): Frame {
  const ticks = yScale.ticks.reduce((width, { label }) => Math.max(width, textWidth(label, LABEL_SIZE)), 0);
  // Half of the last label of the x-axis stands to the right of it.
  const last = textWidth(xScale.ticks.at(-1)?.label ?? '', LABEL_SIZE) / 2;
  return {
    left: EDGE + ticks + 8,
    right: WIDTH - EDGE - Math.max(last, 24),
    top: headerHeight(chart) + 26,
    bottom: HEIGHT - EDGE - 36,
  };
}

function axes(chart: ScatterChart, xScale: Scale, yScale: Scale, frame: Frame): string[] {
  const { left, right, top, bottom } = frame;
  const named = ({ title }: ChartAxis, { kind }: Scale) =>
    fitted(kind === 'log' ? `${title} (logarithmic)` : title, LABEL_SIZE, right - left);
  const x = (value: number) => left + xScale.position(value) * (right - left);
  const y = (value: number) => bottom - yScale.position(value) * (bottom - top);
  return [
    ...xScale.ticks.map(({ value }) =>
      element('line', { class: 'grid', x1: x(value), x2: x(value), y1: top, y2: bottom }),
    ),
    ...yScale.ticks.map(({ value }) =>
      element('line', { class: 'grid', x1: left, x2: right, y1: y(value), y2: y(value) }),
    ),
    element('line', { class: 'axis', x1: left, x2: left, y1: top, y2: bottom }),
    element('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }),
    ...xScale.ticks.map(({ value, label }) =>
      textElement(label, { x: x(value), y: bottom + 17, size: LABEL_SIZE, class: 'muted', anchor: 'middle' }),
    ),
    ...yScale.ticks.map(({ value, label }) =>
      textElement(label, { x: left - 8, y: y(value) + 4, size: LABEL_SIZE, class: 'muted', anchor: 'end' }),
    ),
    textElement(named(chart.y, yScale), { x: EDGE, y: top - 12, size: LABEL_SIZE, class: 'muted' }),
    textElement(named(chart.x, xScale), {
      x: (left + right) / 2,
      y: bottom + 34,
      size: LABEL_SIZE,
      class: 'muted',
      anchor: 'middle',
    }),
  ].filter((part) => part !== '');
}

function inOrder(places: readonly Place[]): Place[] {
  return places.filter(({ point }) => point.joined).toSorted((a, b) => a.point.x - b.point.x || b.point.y - a.point.y);
}

function joint(joined: readonly Place[]): string[] {
  if (joined.length < 2) return [];
  const points = joined.map(({ x, y }) => `${x.toFixed(2)},${y.toFixed(2)}`).join(' ');
  return [element('polyline', { class: 'joint', points })];
}

function pointElement({ point, x, y }: Place): string {
  return element(
    'circle',
    { class: point.joined ? 'series0' : 'other', cx: x, cy: y, r: RADIUS },
    tooltip(`${point.label}: ${shortNumber(point.x)}, ${shortNumber(point.y)}`),
  );
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Each label on the first side of its point where it covers nothing; on the first that fits where there is none. */
function labels(places: readonly Place[], frame: Frame): string[] {
  const taken: Box[] = [...places.map(({ x, y }) => around(x, y, RADIUS)), ...lineBoxes(inOrder(places))];
  return places
    .map(({ point, x, y }) => {
      const text = fitted(point.label, LABEL_SIZE, WIDEST_LABEL);
      const width = textWidth(text, LABEL_SIZE);
      const candidates = [
        boxAt(x + RADIUS + 4, y, width),
        boxAt(x + RADIUS, y - RADIUS - 7, width),
        boxAt(x - width / 2, y - RADIUS - 10, width),
        boxAt(x - RADIUS - 4 - width, y, width),
        boxAt(x - width / 2, y + RADIUS + 10, width),
      ].filter((box) => inside(box, frame));
      const box = candidates.find((candidate) => !taken.some((other) => overlap(candidate, other))) ?? candidates[0];
      if (box === undefined) return '';
      taken.push(box);
      return textElement(text, {
        x: box.left,
        y: box.bottom - 3,
        size: LABEL_SIZE,
        class: point.joined ? 'label' : 'muted',
      });
    })
    .filter((part) => part !== '');
}

function around(x: number, y: number, distance: number): Box {
  return { left: x - distance, right: x + distance, top: y - distance, bottom: y + distance };
}

/** Small boxes along the line, so that no label stands on it. */
function lineBoxes(joined: readonly Place[]): Box[] {
  return joined.slice(1).flatMap((end, index) => {
    const start = joined[index] ?? end;
    const steps = Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / 4);
    return Array.from({ length: steps }, (_, step) =>
      around(start.x + ((end.x - start.x) * step) / steps, start.y + ((end.y - start.y) * step) / steps, 2),
    );
  });
}

function boxAt(left: number, middle: number, width: number): Box {
  return { left, right: left + width, top: middle - 7, bottom: middle + 7 };
}

/** A label may stand on the edge of the plot, but not on the numbers of an axis. */
function inside(box: Box, frame: Frame): boolean {
  return box.left >= frame.left && box.right <= WIDTH - 4 && box.top >= frame.top - 10 && box.bottom <= frame.bottom;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
