import type { Row } from '../engine.ts';
import type { Place } from './data-api.ts';
import { failureOf } from './outcome.ts';
import type { SessionParts } from './session.ts';

/** Milliseconds. A workgroup that was idle for long starts first. */
const LONGEST = 600_000;

/**
 * Runs a statement of our own in a connection that ends with it, and gives its rows.
 *
 * @throws StatementFailed
 */
export async function runOnce(
  { api, clock }: Pick<SessionParts, 'api' | 'clock'>,
  { sql, place, name }: { sql: string; place: Place; name: string },
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const { id } = await api.submit({ sqls: [sql], place, name }, signal);
  const described = await api.ended(id, clock.now().getTime() + LONGEST, signal);
  if (described === undefined) {
    await api.cancel(id, signal);
    throw failureOf({ Id: id, Status: 'ABORTED' }, { timeoutMs: LONGEST, cancelled: true });
  }
  if (described.Status !== 'FINISHED') throw failureOf(described, { timeoutMs: undefined, cancelled: false });
  const rows: Row[] = [];
  for await (const page of api.pages(id, signal)) rows.push(...page);
  return rows;
}
