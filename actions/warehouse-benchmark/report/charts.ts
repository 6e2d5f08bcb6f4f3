import { type Bar, barChart } from '../../../lib/report/chart/bar-chart.ts';
import type { ConcurrentTotals } from './concurrent-totals.ts';
import { engineText } from './engine-text.ts';
import { durationText } from './figure-text.ts';
import { type QueryTimes, queryTimes } from './query-times.ts';
import type { BenchmarkReport } from './report.ts';
import type { Totals } from './totals.ts';
import { statusText } from './verdict.ts';

/** A picture and the name of its file. */
export interface Chart {
  readonly file: string;
  readonly title: string;
  readonly svg: string;
}

/** Every name that `chartsOf` gives. */
export const CHART_FILES = ['query-times.svg', 'sessions.svg', 'baseline.svg'] as const;

/** The pictures of a report; none of one that stores plans. */
export function chartsOf(report: BenchmarkReport, totals: Totals, baseline?: BenchmarkReport): Chart[] {
  if (report.setting.mode === 'explain') return [];
  return [
    queryChart(report, totals),
    ...(totals.concurrent !== undefined && totals.concurrent.sessions.length > 1
      ? [sessionChart(report, totals.concurrent)]
      : []),
    ...(baseline === undefined ? [] : [baselineChart(report, baseline)]),
  ];
}

function subtitleOf({ setting }: BenchmarkReport): string {
  return `Scale factor ${setting.scaleFactor} · ${engineText(setting.engine)} · derived from TPC-DS, not comparable with published results`;
}

/** The single user's, or where that part was left out the medians over the sessions. */
function queryChart(report: BenchmarkReport, totals: Totals): Chart {
  const part = totals.single === undefined ? 'concurrent' : 'single';
  const queries = (totals.single ?? totals.concurrent)?.queries ?? [];
  const title = part === 'single' ? 'Time a query, single user' : 'Time a query, median over the sessions';
  const unit = unitFor(queries.flatMap(({ medianMs }) => medianMs ?? []));
  const measured = queries.filter(({ complete }) => complete).length;
  const groups = queries.map((times) => ({ label: `query ${times.query}`, bars: [queryBar(times, unit)] }));
  return {
    file: 'query-times.svg',
    title,
    svg: barChart({
      title,
      subtitle: subtitleOf(report),
      description: `A bar for each of ${queries.length} queries, in the order of their numbers. ${measured} of them passed. ${slowestText(queries)}`,
      axis: unit.name,
      series: ['time'],
      groups,
      scale: 'auto',
    }),
  };
}

function slowestText(queries: readonly QueryTimes[]): string {
  const slowest = queries
    .flatMap(({ query, medianMs }) => (medianMs === undefined ? [] : [{ query, medianMs }]))
    .toSorted((a, b) => b.medianMs - a.medianMs)
    .slice(0, 3)
    .map(({ query, medianMs }) => `query ${query} with ${durationText(medianMs)}`);
  return slowest.length === 0 ? '' : `The slowest: ${slowest.join(', ')}.`;
}

function queryBar(times: QueryTimes, unit: Unit): Bar {
  const [fault] = times.faults;
  return {
    ...(times.medianMs !== undefined && { value: times.medianMs / unit.ms }),
    ...(fault !== undefined && { fault: statusText(fault.status) }),
  };
}

function sessionChart(report: BenchmarkReport, { sessions, wallClock }: ConcurrentTotals): Chart {
  const title = 'Sessions side by side';
  const unit = unitFor(sessions.flatMap(({ sum, elapsedMs }) => [sum.value ?? 0, elapsedMs ?? 0]));
  const showsElapsed = sessions.some(({ elapsedMs }) => elapsedMs !== undefined);
  const wall = wallClock.value === undefined ? '' : ` All together took ${durationText(wallClock.value)}.`;
  return {
    file: 'sessions.svg',
    title,
    svg: barChart({
      title,
      subtitle: subtitleOf(report),
      description: `For each of ${sessions.length} sessions the sum of its queries' times${showsElapsed ? ', and the time from its start to its end' : ''}.${wall}`,
      axis: unit.name,
      series: ["sum of its queries' times", ...(showsElapsed ? ['from start to end'] : [])],
      groups: sessions.map(({ session, sum, elapsedMs }) => ({
        label: `session ${session}`,
        bars: [
          {
            ...(sum.value !== undefined && { value: sum.value / unit.ms }),
            ...(sum.counted < sum.of && { fault: `${sum.counted} of ${sum.of} passed` }),
          },
          ...(showsElapsed ? [elapsedMs === undefined ? undefined : { value: elapsedMs / unit.ms }] : []),
        ],
      })),
    }),
  };
}

/** Queries of both, in the part that both have, the single user's first. */
function baselineChart(report: BenchmarkReport, baseline: BenchmarkReport): Chart {
  const part = report.setting.iterations > 0 && baseline.setting.iterations > 0 ? 'single' : 'concurrent';
  const now = queryTimes(report, part);
  const before = new Map(queryTimes(baseline, part).map((times) => [times.query, times]));
  const unit = unitFor([...now, ...before.values()].flatMap(({ medianMs }) => medianMs ?? []));
  const title =
    part === 'single' ? 'Against the baseline, single user' : 'Against the baseline, median over the sessions';
  return {
    file: 'baseline.svg',
    title,
    svg: barChart({
      title,
      subtitle: subtitleOf(report),
      description: `Two bars for each of ${now.length} queries: this run ${report.run}, and the baseline ${baseline.run}.`,
      axis: unit.name,
      series: [`this run, ${report.run}`, `baseline, ${baseline.run}`],
      groups: now.map((times) => {
        const old = before.get(times.query);
        return {
          label: `query ${times.query}`,
          bars: [queryBar(times, unit), old === undefined ? undefined : queryBar(old, unit)],
        };
      }),
      scale: 'auto',
    }),
  };
}

interface Unit {
  readonly name: 'milliseconds' | 'seconds';
  readonly ms: 1 | 1000;
}

function unitFor(values: readonly number[]): Unit {
  return values.some((value) => value >= 1000) ? { name: 'seconds', ms: 1000 } : { name: 'milliseconds', ms: 1 };
}
