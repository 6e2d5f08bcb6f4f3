import { scriptTime } from './script-times.ts';

/** The article's figures: 99 queries in 911 s with query 67 in 101 s, then five sessions of which the longest took 1,715 s. */
export const ARTICLE = { singleMs: 911_000, longestQueryMs: 101_000, sessionMs: 1_715_000, sessions: 5, queries: 99 };

export interface LoggedQuery {
  readonly query: number;
  readonly ms: number;
}

/** Durations of the single user with the article's totals, whole milliseconds that add up exactly. */
export function articleSingle(): readonly LoggedQuery[] {
  return spread(ARTICLE.singleMs);
}

/** Durations of a session: the first is the longest, each other one takes a second less. */
export function articleSession(session: number): readonly LoggedQuery[] {
  // Each session has an order of its own.
  const queries = spread(ARTICLE.sessionMs - (session - 1) * 1000);
  return [...queries.slice(session * 7), ...queries.slice(0, session * 7)];
}

/** Ninety-eight uneven durations and query 67, with this sum. */
function spread(sumMs: number): readonly LoggedQuery[] {
  const rest = sumMs - ARTICLE.longestQueryMs;
  const weights = Array.from({ length: ARTICLE.queries - 1 }, (_, index) => 1 + ((index * 37) % 89));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => Math.floor((rest * weight) / total));
  shares[0] = (shares[0] ?? 0) + rest - shares.reduce((sum, share) => sum + share, 0);
  return Array.from({ length: ARTICLE.queries }, (_, index) => {
    const query = index + 1;
    if (query === 67) return { query, ms: ARTICLE.longestQueryMs };
    return { query, ms: shares[query < 67 ? index : index - 1] ?? 0 };
  });
}

/** Lines of a log: of the single user with session 0. */
export function logLines(session: number, queries: readonly LoggedQuery[], write = scriptTime): string {
  return queries
    .map(({ query, ms }, index) => {
      const number = String(query).padStart(2, '0');
      return `${101 + index}|${session === 0 ? '' : session}.${number}|100|${write(ms)}\n`;
    })
    .join('');
}
