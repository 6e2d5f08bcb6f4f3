import { durationText } from '../report/figure-text.ts';
import type { Comparison, QueryComparison } from './comparison.ts';
import { change, queryName } from './format.ts';

/** One thing that changed, for people. */
export interface Finding {
  /**
   * - `result`: a query fails, was not measured, or has another answer
   * - `query`: how long a query takes
   * - `total`: how long all of them take
   */
  readonly kind: 'result' | 'query' | 'total';
  /** Undefined for totals. */
  readonly query?: number;
  readonly text: string;
  /** What sorts findings of a kind: the difference in milliseconds. */
  readonly weight: number;
}

export interface Findings {
  readonly worse: readonly Finding[];
  readonly better: readonly Finding[];
}

const KINDS = ['result', 'total', 'query'] as const;

/** Everything that changed: wrong results first, then totals, then queries, each with the largest difference first. */
export function findingsOf({ queries, answers, totals }: Pick<Comparison, 'queries' | 'answers' | 'totals'>): Findings {
  const answersChanged: readonly Finding[] = answers.map(({ query, part, session, difference }) => ({
    kind: 'result',
    query,
    text: `${queryName(query)}${part === 'concurrent' ? ` in session ${session}` : ''}: the answer changed: ${difference}`,
    weight: 0,
  }));
  return {
    worse: sorted([...queries.flatMap(worseQuery), ...answersChanged, ...totalFindings(totals, 'slower')]),
    better: sorted([...queries.flatMap(betterQuery), ...totalFindings(totals, 'faster')]),
  };
}

function worseQuery(compared: QueryComparison): readonly Finding[] {
  const { verdict, query, current } = compared;
  if (verdict === 'slower') return timeFinding(compared);
  if (verdict === 'newly failing' && current.state === 'failing') {
    return [{ kind: 'result', query, text: `${named(compared)}: newly failing: ${current.reason}`, weight: 0 }];
  }
  // A query that is only in this report is no loss.
  if (verdict === 'missing' && current.state === 'missing' && compared.baseline.state === 'measured') {
    return [{ kind: 'result', query, text: `${named(compared)}: not measured any more: ${current.reason}`, weight: 0 }];
  }
  return [];
}

function betterQuery(compared: QueryComparison): readonly Finding[] {
  const { verdict, query } = compared;
  if (verdict === 'faster') return timeFinding(compared);
  if (verdict !== 'newly passing') return [];
  return [{ kind: 'result', query, text: `${named(compared)}: newly passing`, weight: 0 }];
}

function timeFinding({ query, verdict, current, baseline, times }: QueryComparison): readonly Finding[] {
  if (current.state !== 'measured' || baseline.state !== 'measured' || times === undefined) return [];
  const text = `${queryName(query)}: ${verdict}: ${durationText(current.medianMs)}, ${durationText(baseline.medianMs)} in the baseline (${change(times.ratio)})`;
  return [{ kind: 'query', query, text, weight: Math.abs(times.differenceMs) }];
}

function totalFindings(totals: Comparison['totals'], verdict: 'slower' | 'faster'): readonly Finding[] {
  const { sum, geometricMean, concurrent } = totals;
  const rows = [
    ...(sum === undefined ? [] : [{ name: `sum of ${totals.measured} queries`, ...sum }]),
    ...(concurrent === undefined ? [] : [{ name: `concurrent part (${concurrent.of})`, ...concurrent }]),
  ];
  const times: readonly Finding[] = rows
    .filter((row) => row.verdict === verdict)
    .map(({ name, currentMs, baselineMs, ratio }) => ({
      kind: 'total',
      text: `${name}: ${verdict}: ${durationText(currentMs)}, ${durationText(baselineMs)} in the baseline (${change(ratio)})`,
      weight: Math.abs(currentMs - baselineMs),
    }));
  if (geometricMean?.verdict !== verdict) return times;
  const text = `geometric mean of the ratios: ${verdict}: ${geometricMean.ratio.toFixed(3)} (${change(geometricMean.ratio)})`;
  return [...times, { kind: 'total', text, weight: 0 }];
}

function named({ part, query }: QueryComparison): string {
  return `${queryName(query)}${part === 'concurrent' ? ' in the concurrent part' : ''}`;
}

function sorted(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.weight - a.weight);
}
