import type { BenchmarkReport } from '../report/report.ts';
import type { CompareOptions, QueryComparison, QueryVerdict, Side } from './comparison.ts';
import { judge } from './noise.ts';
import { executionsOf, sideOf } from './sides.ts';

/** Compares every query of the single user. Pure. */
export function compareSingle(
  current: BenchmarkReport,
  baseline: BenchmarkReport,
  options: CompareOptions,
): readonly QueryComparison[] {
  return sidesOf(current, baseline, 'single').map(({ query, after, before }) => {
    const compared = { part: 'single', query, current: after, baseline: before } as const;
    if (after.state !== 'measured' || before.state !== 'measured')
      return { ...compared, verdict: verdictOf(after, before) };
    const band = Math.max(options.thresholdPercent / 100, after.noise ?? 0, before.noise ?? 0);
    return {
      ...compared,
      verdict: judge(after.medianMs, before.medianMs, { band, minimumMs: options.minimumMs }),
      times: { ratio: after.medianMs / before.medianMs, differenceMs: after.medianMs - before.medianMs, band },
    };
  });
}

/**
 * Compares whether the queries of the concurrent part ran to their end in all sessions, and answers with those that did
 * not in one report or both. How long each took depends on what ran beside it, so that only the whole part's time counts.
 */
export function compareConcurrent(current: BenchmarkReport, baseline: BenchmarkReport): readonly QueryComparison[] {
  return sidesOf(current, baseline, 'concurrent')
    .map(({ query, after, before }) => {
      const verdict = verdictOf(after, before);
      return { part: 'concurrent', query, verdict, current: after, baseline: before } as const;
    })
    .filter(({ verdict }) => verdict !== 'same');
}

function sidesOf(current: BenchmarkReport, baseline: BenchmarkReport, part: 'single' | 'concurrent') {
  const [after, before] = [executionsOf(current, part), executionsOf(baseline, part)];
  return current.setting.queries.numbers.map((query) => ({
    query,
    after: sideOf(after.get(query) ?? []),
    before: sideOf(before.get(query) ?? []),
  }));
}

/** The verdict where times say nothing. */
function verdictOf(after: Side, before: Side): QueryVerdict {
  if (after.state === 'failing') return before.state === 'failing' ? 'still failing' : 'newly failing';
  if (after.state === 'missing') return 'missing';
  if (before.state === 'failing') return 'newly passing';
  return before.state === 'missing' ? 'missing' : 'same';
}
