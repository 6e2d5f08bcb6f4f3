import { efficientPoints } from '../../../lib/report/chart/efficient.ts';
import type { BenchmarkReport } from '../report/report.ts';
import { totalsOf } from '../report/totals.ts';
import type { Verdict } from '../report/verdict.ts';

/** What one capacity came to. */
export interface SweepPoint {
  readonly rpus: number;
  readonly run: string;
  readonly verdict: Verdict;
  /** Milliseconds of both parts, as seen from here: what is paid for. */
  readonly timeMs: number;
  /** Capacity times that time. */
  readonly rpuHours: number;
  /** US dollars; undefined without a price. */
  readonly cost: number | undefined;
  /** Sum and geometric mean of the single user, in milliseconds. */
  readonly singleMs: number | undefined;
  readonly geometricMeanMs: number | undefined;
  readonly concurrentMs: number | undefined;
}

export function pointOf(report: BenchmarkReport, rpus: number): SweepPoint {
  const totals = totalsOf(report);
  const singleWall = totals.single?.wallClock.value ?? 0;
  const timeMs = singleWall + (report.concurrentWallMs ?? 0);
  return {
    rpus,
    run: report.run,
    verdict: totals.verdict,
    timeMs,
    rpuHours: (rpus * timeMs) / 3_600_000,
    cost: totals.cost?.total.value,
    singleMs: totals.single?.sum.value,
    geometricMeanMs: totals.single?.geometricMean.value,
    concurrentMs: report.concurrentWallMs,
  };
}

/** What a capacity costs: dollars where a price is known, RPU-hours otherwise. */
export function costOfPoint({ cost, rpuHours }: SweepPoint): number {
  return cost ?? rpuHours;
}

/**
 * The capacities that no other one beats in both time and cost, in the order of time. A capacity at which a query did not
 * pass is none of them: it did less.
 */
export function efficient(points: readonly SweepPoint[]): readonly SweepPoint[] {
  const passed = points.filter(({ verdict }) => verdict.outcome === 'passed');
  return efficientPoints(passed.map((point) => ({ x: point.timeMs, y: costOfPoint(point), point }))).map(
    ({ point }) => point,
  );
}
