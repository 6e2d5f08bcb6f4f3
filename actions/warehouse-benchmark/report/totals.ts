import { type ConcurrentTotals, concurrentTotals } from './concurrent-totals.ts';
import { type Costs, costOf } from './cost.ts';
import { type Figure, figure, NOTHING, noFigure } from './figure.ts';
import { durationText, secondsText } from './figure-text.ts';
import type { BenchmarkReport } from './report.ts';
import { type SingleTotals, singleTotals } from './single-totals.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** What a report comes to. Everything is computed from its executions; a part that was left out is absent. */
export interface Totals {
  readonly verdict: Verdict;
  readonly single?: SingleTotals;
  readonly concurrent?: ConcurrentTotals;
  /** Single-user sum and largest session sum together, as the scripts of aws-samples/redshift-benchmarks add them. */
  readonly sumAndLargestSession?: Figure;
  /** Only where capacity and price are known. */
  readonly cost?: Costs;
}

/** Computes all totals of a report. */
export function totalsOf(report: BenchmarkReport): Totals {
  const { setting } = report;
  const measures = setting.mode === 'measure';
  const single = measures && setting.iterations > 0 ? singleTotals(report) : undefined;
  const concurrent = measures && setting.sessions > 0 ? concurrentTotals(report, single) : undefined;
  const cost = measures ? costOf(report) : undefined;
  return {
    verdict: verdictOf(report),
    ...(single && { single }),
    ...(concurrent && { concurrent }),
    ...(single && concurrent && { sumAndLargestSession: bothSums(single.sum, concurrent.largestSessionSum) }),
    ...(cost && { cost }),
  };
}

function bothSums(single: Figure, concurrent: Figure): Figure {
  const counted = {
    counted: single.counted + concurrent.counted,
    of: single.of + concurrent.of,
    what: 'queries',
  } as const;
  if (single.value === undefined || concurrent.value === undefined) return noFigure('ms', counted, NOTHING);
  const total = single.value + concurrent.value;
  const seconds = total < 1000 ? '' : ` (${secondsText(total)})`;
  return figure(
    'ms',
    total,
    counted,
    `${durationText(single.value)} + ${durationText(concurrent.value)} = ${durationText(total)}${seconds}`,
  );
}
