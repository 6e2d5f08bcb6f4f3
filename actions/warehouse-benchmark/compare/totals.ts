import type { BenchmarkReport } from '../report/report.ts';
import { sum } from '../report/statistics.ts';
import type { ComparedTime, ComparedTotals, CompareOptions, QueryComparison } from './comparison.ts';
import { type Change, judge, noiseOfSum } from './noise.ts';
import { isMeasured } from './sides.ts';

/** A query that both reports measured. */
interface Pair {
  readonly after: { readonly ms: number; readonly noise: number };
  readonly before: { readonly ms: number; readonly noise: number };
}

/** Sum and geometric mean over the queries of the single user that both reports measured, and the concurrent part. */
export function compareTotals(
  current: BenchmarkReport,
  baseline: BenchmarkReport,
  queries: readonly QueryComparison[],
  options: CompareOptions,
): ComparedTotals {
  const single = queries.filter(({ part }) => part === 'single');
  const pairs = single.flatMap(pairOf);
  const concurrent = concurrentOf(current, baseline, options);
  return {
    measured: pairs.length,
    queries: single.length,
    ...(pairs.length === 0 ? {} : { sum: sumOf(pairs, options), geometricMean: geometricMeanOf(pairs, options) }),
    ...(concurrent === undefined ? {} : { concurrent }),
  };
}

function pairOf({ current, baseline }: QueryComparison): readonly Pair[] {
  if (current.state !== 'measured' || baseline.state !== 'measured') return [];
  return [
    {
      after: { ms: current.medianMs, noise: current.noise ?? 0 },
      before: { ms: baseline.medianMs, noise: baseline.noise ?? 0 },
    },
  ];
}

function sumOf(pairs: readonly Pair[], options: CompareOptions): ComparedTime {
  const [after, before] = [pairs.map((pair) => pair.after), pairs.map((pair) => pair.before)];
  const band = Math.max(options.thresholdPercent / 100, noiseOfSum(after), noiseOfSum(before));
  return timeOf(sum(after.map(({ ms }) => ms)), sum(before.map(({ ms }) => ms)), band, options);
}

/** The mean of the ratios' logarithms; its noise is that of the queries, averaged by their squares. */
function geometricMeanOf(
  pairs: readonly Pair[],
  { thresholdPercent, minimumMs }: CompareOptions,
): { ratio: number; band: number; verdict: Change } {
  const mean = sum(pairs.map(({ after, before }) => Math.log(after.ms / before.ms))) / pairs.length;
  const noise =
    Math.hypot(...pairs.map(({ after, before }) => Math.log1p(Math.max(after.noise, before.noise)))) / pairs.length;
  const band = Math.max(thresholdPercent / 100, Math.expm1(noise));
  // Ratios of queries that take a few milliseconds say nothing while none of them differs by the minimum.
  const differs = pairs.some(({ after, before }) => Math.abs(after.ms - before.ms) >= minimumMs);
  const limit = Math.log1p(band);
  const verdict = !differs || Math.abs(mean) <= limit ? 'same' : mean > 0 ? 'slower' : 'faster';
  return { ratio: Math.exp(mean), band, verdict };
}

function concurrentOf(
  current: BenchmarkReport,
  baseline: BenchmarkReport,
  options: CompareOptions,
): ComparedTotals['concurrent'] | undefined {
  if (!isConcurrentWhole(current) || !isConcurrentWhole(baseline)) return undefined;
  const [after, before] = [current.concurrentWallMs, baseline.concurrentWallMs];
  const band = options.thresholdPercent / 100;
  if (after !== undefined && before !== undefined && after > 0 && before > 0) {
    return { of: 'wall clock', ...timeOf(after, before, band, options) };
  }
  return { of: 'longest session', ...timeOf(longestSession(current), longestSession(baseline), band, options) };
}

/** Whether each session of the concurrent part measured each query: a query that failed shortens it, or lengthens it. */
export function isConcurrentWhole({ setting, executions }: BenchmarkReport): boolean {
  const concurrent = executions.filter(({ part }) => part === 'concurrent');
  return (
    setting.sessions > 0 &&
    concurrent.every(isMeasured) &&
    concurrent.length === setting.sessions * setting.queries.numbers.length
  );
}

function longestSession({ executions }: BenchmarkReport): number {
  const concurrent = executions.filter(({ part }) => part === 'concurrent');
  const sessions = Map.groupBy(concurrent, ({ session }) => session);
  return Math.max(...[...sessions.values()].map((each) => sum(each.map(({ durationMs }) => durationMs))));
}

function timeOf(currentMs: number, baselineMs: number, band: number, { minimumMs }: CompareOptions): ComparedTime {
  const verdict = judge(currentMs, baselineMs, { band, minimumMs });
  return { currentMs, baselineMs, ratio: currentMs / baselineMs, band, verdict };
}
