import { fixedNumber } from '../../../lib/report/chart/number.ts';
import { type Counted, type Figure, figure, NOTHING, noFigure } from './figure.ts';
import { countText, formulaTime } from './figure-text.ts';
import { queriesPerHour } from './queries-per-hour.ts';
import { type QueryTimes, queryTimes } from './query-times.ts';
import type { BenchmarkReport } from './report.ts';
import { geometricMean, quantile, sum } from './statistics.ts';

/** Over the queries' medians. A query of which one execution did not pass is left out of all but the wall clock. */
export interface SingleTotals {
  readonly queries: readonly QueryTimes[];
  readonly sum: Figure;
  readonly mean: Figure;
  readonly geometricMean: Figure;
  readonly p50: Figure;
  readonly p90: Figure;
  readonly p95: Figure;
  readonly max: Figure & { readonly query?: number };
  readonly wallClock: Figure;
  readonly queriesPerHour: Figure;
  /** Sums of the queries' medians, where the engine tells the parts. */
  readonly queue?: Figure;
  readonly compile?: Figure;
  readonly execution?: Figure;
}

/** Totals of the single-user part. */
export function singleTotals(report: BenchmarkReport): SingleTotals {
  const queries = queryTimes(report, 'single');
  const times = queries.flatMap(({ query, complete, medianMs }) =>
    complete && medianMs !== undefined ? [{ query, ms: medianMs }] : [],
  );
  const values = times.map(({ ms }) => ms);
  const counted = { counted: values.length, of: queries.length, what: 'queries' } as const;
  const total = sum(values);
  const each =
    report.setting.iterations === 1 ? '' : `, each with the median of its ${report.setting.iterations} passes`;
  const count = countText(values.length, 'query');
  const percentile = (percent: number) => {
    const value = quantile(values, percent / 100);
    if (value === undefined) return noFigure('ms', counted, NOTHING);
    const rank = 1 + (percent / 100) * (values.length - 1);
    return figure(
      'ms',
      value,
      counted,
      `rank 1 + ${percent / 100} × (${values.length} − 1) = ${fixedNumber(rank, 2)} of ${count}, linear interpolation (type 7) = ${formulaTime(value)}`,
    );
  };
  return {
    queries,
    sum:
      values.length === 0
        ? noFigure('ms', counted, NOTHING)
        : figure('ms', total, counted, `sum of ${count}${each} = ${formulaTime(total)}`),
    mean:
      values.length === 0
        ? noFigure('ms', counted, NOTHING)
        : figure(
            'ms',
            total / values.length,
            counted,
            `${formulaTime(total)} / ${count} = ${formulaTime(total / values.length)}`,
          ),
    geometricMean: geometric(values, counted.of),
    p50: percentile(50),
    p90: percentile(90),
    p95: percentile(95),
    max: largest(times, counted),
    ...walls(report),
    ...engineParts(queries),
  };
}

/** A zero has no logarithm: it is left out, and the count says so. */
function geometric(values: readonly number[], of: number): Figure {
  const positive = values.filter((value) => value > 0);
  const zeros = values.length - positive.length;
  const counted = { counted: positive.length, of, what: 'queries' } as const;
  const left = zeros === 0 ? '' : `; ${zeros} of 0 ms left out, which have no logarithm`;
  const value = geometricMean(positive);
  if (value === undefined) return noFigure('ms', counted, `${NOTHING} in more than 0 ms`);
  const logarithm = fixedNumber(sum(positive.map(Math.log)), 4);
  return figure(
    'ms',
    value,
    counted,
    `exp(sum of ln(ms) ${logarithm} / ${positive.length}) = ${formulaTime(value)}${left}`,
  );
}

function largest(
  times: readonly { readonly query: number; readonly ms: number }[],
  counted: Counted,
): SingleTotals['max'] {
  const [first, ...rest] = times;
  if (first === undefined) return noFigure('ms', counted, NOTHING);
  const { query, ms } = rest.reduce((best, time) => (time.ms > best.ms ? time : best), first);
  return { ...figure('ms', ms, counted, `query ${query}: ${formulaTime(ms)}`), query };
}

/** Failed executions took their time too. */
function walls(report: BenchmarkReport): Pick<SingleTotals, 'wallClock' | 'queriesPerHour'> {
  const executions = report.executions.filter(({ part }) => part === 'single');
  const planned = report.setting.iterations * report.setting.queries.numbers.length;
  const wall = sum(executions.map(({ wallMs }) => wallMs));
  const counted = { counted: executions.length, of: planned, what: 'executions' } as const;
  return {
    wallClock:
      executions.length === 0
        ? noFigure('ms', counted, 'no query ran')
        : figure(
            'ms',
            wall,
            counted,
            `sum of ${countText(executions.length, 'execution')}, as seen from here = ${formulaTime(wall)}`,
          ),
    queriesPerHour: queriesPerHour(executions, planned, wall),
  };
}

function engineParts(queries: readonly QueryTimes[]): Pick<SingleTotals, 'queue' | 'compile' | 'execution'> {
  const part = (key: 'queueMs' | 'compileMs' | 'executionMs') => {
    const values = queries.flatMap((query) => (query.complete ? (query[key] ?? []) : []));
    if (values.length === 0) return undefined;
    const counted = { counted: values.length, of: queries.length, what: 'queries' } as const;
    return figure(
      'ms',
      sum(values),
      counted,
      `sum of ${countText(values.length, 'median')}, as the engine tells them = ${formulaTime(sum(values))}`,
    );
  };
  const [queue, compile, execution] = [part('queueMs'), part('compileMs'), part('executionMs')];
  return { ...(queue && { queue }), ...(compile && { compile }), ...(execution && { execution }) };
}
