import { type Caption, EDGE, header, headerHeight } from './caption.ts';
import { fitted, textWidth } from './label.ts';
import { shortNumber } from './number.ts';
import { type Scale, type ScaleKind, scaleOf } from './scale.ts';
import { element, LABEL_SIZE, MOST_SERIES, seriesClass, svgDocument, textElement, tooltip } from './svg.ts';

/** Horizontal bars from top to bottom, one group below the other. */
export interface BarChart extends Caption {
  /** What the bars measure, with its unit: `seconds`. */
  readonly axis: string;
  /** At most six. With more than one there is a legend. */
  readonly series: readonly string[];
  readonly groups: readonly BarGroup[];
  /** Linear unless said otherwise; `auto` is logarithmic when the spread is large, and the axis says so. */
  readonly scale?: ScaleKind | 'auto';
}

export interface BarGroup {
  readonly label: string;
  /** One a series; undefined leaves its place empty. */
  readonly bars: readonly (Bar | undefined)[];
}

export interface Bar {
  /** Not negative. Without it, only the note is shown. */
  readonly value?: number;
  /** Stands behind the value, in the colour of a fault: `timed-out`. The bar has that colour too. */
  readonly fault?: string;
}

const WIDTH = 800;
const AXIS_HEIGHT = 34;
const GAP = 8;
const WIDEST_LABEL = 180;
const WIDEST_VALUE = 150;
/** From this height on the axis is named at the top too. */
const TALL = 500;

/**
 * Draws a bar chart. The same chart gives the same text.
 *
 * @throws RangeError for more than six series, a group whose bars are not one a series, or a value that no chart shows
 */
export function barChart(chart: BarChart): string {
  const { series, groups } = chart;
  if (series.length === 0 || series.length > MOST_SERIES) {
    throw new RangeError(`a bar chart has 1 to ${MOST_SERIES} series, not ${series.length}`);
  }
  const wrong = groups.find(({ bars }) => bars.length !== series.length);
  if (wrong !== undefined) throw new RangeError(`the group '${wrong.label}' has not one bar a series`);

  const scale = scaleOf(
    groups.flatMap(({ bars }) => bars.flatMap((bar) => bar?.value ?? [])),
    chart.scale,
  );
  const layout = layOut(chart);
  const height = layout.bottom + AXIS_HEIGHT + EDGE;
  return svgDocument(chart, { width: WIDTH, height }, [
    ...header(chart, WIDTH),
    ...(series.length === 1 ? [] : legend(series, layout.headerBottom)),
    ...axis(chart, scale, layout),
    ...groups.flatMap((group, index) => groupElements(chart, group, index, scale, layout)),
    element('line', { class: 'axis', x1: layout.left, x2: layout.left, y1: layout.top, y2: layout.bottom }),
  ]);
}

interface Layout {
  readonly headerBottom: number;
  /** Of the plot. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly thickness: number;
  readonly groupHeight: number;
  readonly valueSize: number;
  readonly named: readonly ('top' | 'bottom')[];
}

function layOut(chart: BarChart): Layout {
  const { series, groups } = chart;
  const count = groups.length * series.length;
  const thickness = count <= 12 ? 18 : count <= 40 ? 13 : 10;
  const groupHeight = thickness * series.length + (count <= 12 ? 10 : 5);
  const valueSize = Math.min(LABEL_SIZE, thickness);
  const widest = (texts: readonly string[], size: number, most: number) =>
    texts.reduce((width, text) => Math.max(width, textWidth(fitted(text, size, most), size)), 0);
  const names = groups.map(({ label }) => label);
  const labels = widest(names, LABEL_SIZE, WIDEST_LABEL);
  const values = widest(
    groups.flatMap(({ bars }) => bars.map(valueText)),
    valueSize,
    WIDEST_VALUE,
  );
  const headerBottom = headerHeight(chart);
  const plotHeight = Math.max(1, groups.length) * groupHeight;
  const named = plotHeight >= TALL ? (['top', 'bottom'] as const) : (['bottom'] as const);
  const top = headerBottom + (series.length === 1 ? 0 : 24) + (named.length === 2 ? AXIS_HEIGHT : 4);
  return {
    headerBottom,
    left: EDGE + labels + GAP,
    right: WIDTH - EDGE - values - GAP,
    top,
    bottom: top + plotHeight,
    thickness,
    groupHeight,
    valueSize,
    named,
  };
}

function legend(series: readonly string[], top: number): string[] {
  const room = (WIDTH - 2 * EDGE) / series.length;
  let x = EDGE;
  return series.flatMap((name, index) => {
    const label = fitted(name, LABEL_SIZE, room - 32);
    const parts = [
      element('rect', { class: seriesClass(index), x, y: top + 1, width: 11, height: 11, rx: 2 }),
      textElement(label, { x: x + 16, y: top + 10.5, size: LABEL_SIZE, class: 'label' }),
    ];
    x += 32 + textWidth(label, LABEL_SIZE);
    return parts;
  });
}

function axis({ axis: name }: BarChart, scale: Scale, layout: Layout): string[] {
  const { left, right, top, bottom, named } = layout;
  const x = (value: number) => left + scale.position(value) * (right - left);
  const title = fitted(scale.kind === 'log' ? `${name} (logarithmic)` : name, LABEL_SIZE, right - left);
  return [
    ...scale.ticks.map(({ value }) =>
      element('line', { class: 'grid', x1: x(value), x2: x(value), y1: top, y2: bottom }),
    ),
    ...named.flatMap((side) => {
      const base = side === 'top' ? top - 6 : bottom + 15;
      return [
        ...scale.ticks.map(({ value, label }) =>
          textElement(label, { x: x(value), y: base, size: LABEL_SIZE, class: 'muted', anchor: 'middle' }),
        ),
        textElement(title, {
          x: (left + right) / 2,
          y: side === 'top' ? base - 15 : base + 16,
          size: LABEL_SIZE,
          class: 'muted',
          anchor: 'middle',
        }),
      ];
    }),
  ];
}

function groupElements(chart: BarChart, group: BarGroup, index: number, scale: Scale, layout: Layout): string[] {
  const { left, right, thickness, groupHeight, valueSize } = layout;
  const middle = layout.top + (index + 0.5) * groupHeight;
  const first = middle - (thickness * chart.series.length) / 2;
  const label = textElement(fitted(group.label, LABEL_SIZE, WIDEST_LABEL), {
    x: left - GAP,
    y: middle + LABEL_SIZE * 0.35,
    size: LABEL_SIZE,
    class: 'label',
    anchor: 'end',
  });
  const bars = group.bars.flatMap((bar, position) => {
    if (bar === undefined) return [];
    const y = first + position * thickness;
    const width = bar.value === undefined ? 0 : scale.position(bar.value) * (right - left);
    const series = chart.series.length === 1 ? '' : `, ${chart.series[position]}`;
    return [
      ...(bar.value === undefined
        ? []
        : [
            element(
              'rect',
              {
                class: bar.fault === undefined ? seriesClass(position) : 'fault',
                x: left,
                y: y + 0.5,
                width,
                height: thickness - 1,
              },
              tooltip(`${group.label}${series}: ${valueText(bar)}`),
            ),
          ]),
      textElement(fitted(valueText(bar), valueSize, WIDEST_VALUE), {
        x: left + width + 4,
        y: y + thickness / 2 + valueSize * 0.35,
        size: valueSize,
        class: bar.fault === undefined ? 'muted' : 'fault',
      }),
    ];
  });
  return [label, ...bars].filter((part) => part !== '');
}

function valueText(bar: Bar | undefined): string {
  if (bar === undefined) return '';
  return [bar.value === undefined ? '' : shortNumber(bar.value), bar.fault ?? '']
    .filter((part) => part !== '')
    .join(' ');
}
