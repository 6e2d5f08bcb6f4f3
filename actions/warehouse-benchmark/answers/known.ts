import type { Fingerprint } from './fingerprint-types.ts';
import { fromShortForm } from './short-form.ts';

/**
 * The answers to the 99 queries with the parameters of the standard's qualification, one fingerprint a statement of DuckDB's
 * texts (which have one statement a query), in the data that DuckDB's generator makes. They come from the answer sets inside
 * DuckDB's tpcds extension 1.5.5, whose numbers look like PostgreSQL's, and not from running DuckDB;
 * `node scripts/answers.ts` reads them from there.
 *
 * @param scaleFactor gigabytes of raw data
 * @returns by the query's number, or undefined for other scale factors than 0.01 and 1, for which there are no answer sets
 */
export async function knownAnswers(
  scaleFactor: number,
): Promise<ReadonlyMap<number, readonly Fingerprint[]> | undefined> {
  const lines = await linesOf(scaleFactor);
  return lines && new Map(Object.entries(lines).map(([query, line]) => [Number(query), fromShortForm(line)]));
}

async function linesOf(scaleFactor: number): Promise<Readonly<Record<string, string>> | undefined> {
  if (scaleFactor === 0.01) return (await import('./known/scale-factor-0.01.ts')).ANSWERS;
  if (scaleFactor === 1) return (await import('./known/scale-factor-1.ts')).ANSWERS;
  return undefined;
}
