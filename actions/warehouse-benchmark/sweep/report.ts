import { fixedNumber } from '../../../lib/report/chart/number.ts';
import { scatterChart } from '../../../lib/report/chart/scatter-chart.ts';
import { type Content, Markdown, table } from '../../../lib/report/markdown.ts';
import { dollarsText, durationText } from '../report/figure-text.ts';
import { LABEL } from '../report/report.ts';
import { verdictText } from '../report/verdict.ts';
import { costOfPoint, efficient, type SweepPoint } from './point.ts';

/** Cost against time, each capacity a point; the efficient ones are joined. */
export function sweepChart(points: readonly SweepPoint[]): string {
  const best = new Set(efficient(points));
  return scatterChart({
    title: 'Cost against time',
    description: `The benchmark at ${points.length} capacities. Joined are those that no other one beats in both time and cost.`,
    x: { title: 'seconds' },
    y: { title: hasPrice(points) ? 'US dollars' : 'RPU-hours' },
    points: points.map((point) => ({
      x: point.timeMs / 1000,
      y: costOfPoint(point),
      label: `${point.rpus} RPUs`,
      joined: best.has(point),
    })),
  });
}

/** @param chart path of the chart, relative to the Markdown; only for Markdown that lies beside it */
export function sweepMarkdown(points: readonly SweepPoint[], chart?: string): string {
  const best = new Set(efficient(points));
  const rows = points.map((point): readonly Content[] => [
    String(point.rpus),
    best.has(point) ? 'yes' : '',
    verdictText(point.verdict),
    durationText(point.timeMs),
    point.singleMs === undefined ? '–' : durationText(point.singleMs),
    point.geometricMeanMs === undefined ? '–' : durationText(point.geometricMeanMs),
    point.concurrentMs === undefined ? '–' : durationText(point.concurrentMs),
    fixedNumber(point.rpuHours, 3),
    point.cost === undefined ? '–' : dollarsText(point.cost),
  ]);
  const headers = [
    'RPUs',
    'Efficient',
    'Queries',
    'Time',
    'Single user',
    'Geometric mean',
    'Concurrent',
    'RPU-hours',
    'Cost',
  ];
  return [
    '### Warehouse benchmark: sweep over capacities',
    `*${LABEL}*`,
    ...(chart === undefined ? [] : [new Markdown(`![Cost against time](${chart})`).source]),
    table(headers, rows).trimEnd(),
    'Efficient is a capacity that no other one beats in both time and cost. Time is the wall clock of both parts; the cost is an estimate from it.',
    '',
  ].join('\n\n');
}

function hasPrice(points: readonly SweepPoint[]): boolean {
  return points.every(({ cost }) => cost !== undefined);
}
