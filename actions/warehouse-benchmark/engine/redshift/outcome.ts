import type { DescribeStatementResponse } from '@aws-sdk/client-redshift-data';
import { StatementFailed } from '../engine.ts';

const NANOSECONDS = 1_000_000;

export type Described = Pick<DescribeStatementResponse, 'Status' | 'Error' | 'Duration'> & {
  readonly Id: string | undefined;
};

export function hasEnded({ Status: status }: Described): boolean {
  return status === 'FINISHED' || status === 'FAILED' || status === 'ABORTED';
}

/** Milliseconds in the engine; 0 where the service tells none. */
export function durationOf({ Duration: nanoseconds = 0 }: Described): number {
  return Math.max(nanoseconds, 0) / NANOSECONDS;
}

/**
 * Why a statement has no result, with the service's words and its id.
 *
 * @param limit its time-out in milliseconds, and whether it was cancelled from here because of it
 */
export function failureOf(described: Described, limit: { timeoutMs: number | undefined; cancelled: boolean }) {
  const durationMs = durationOf(described);
  const { Status: status, Error: words, Id: id } = described;
  if (limit.timeoutMs !== undefined && isTimeout(described, { ...limit, timeoutMs: limit.timeoutMs })) {
    const message = `ended after ${limit.timeoutMs} ms, as asked (statement ${id})`;
    return new StatementFailed('timed-out', message, durationMs);
  }
  const said = words ?? (status === 'ABORTED' ? 'it was cancelled by somebody else' : `its status is ${status}`);
  return new StatementFailed('failed', `${said} (statement ${id})`, durationMs);
}

/** Redshift says of a statement that ran into `statement_timeout` what it says of one that a user has cancelled. */
function isTimeout(described: Described, { timeoutMs, cancelled }: { timeoutMs: number; cancelled: boolean }): boolean {
  const words = described.Error ?? '';
  if (cancelled || /statement[ _]timeout/i.test(words)) return true;
  const isCancelled = described.Status === 'ABORTED' || /\bcancell?ed\b|\bcancell?ing\b/i.test(words);
  return isCancelled && durationOf(described) >= timeoutMs;
}
