import type { Log } from '../../../../lib/hosts/host.ts';
import type { Clock } from '../../../../lib/operation/define.ts';
import { type Row, type StatementDetails, StatementFailed } from '../engine.ts';

/** Statements that are asked for at once, so that the question stays below 100 KB. */
const AT_ONCE = 2000;
/** Milliseconds. The history has a statement some seconds after its end: half a minute in all. */
const PAUSES = [1000, 2000, 4000, 8000, 15_000];
const MICROSECONDS = 1000;

/** Reads rows of a statement of our own. */
export type Ask = (sql: string) => Promise<readonly Row[]>;

/**
 * What `sys_query_history` tells of statements, by their query ids. Waits a while for those that are not in it yet, then goes
 * on without them. Source of the columns: Redshift database developer guide, "SYS_QUERY_HISTORY".
 */
export async function readHistory(
  ids: readonly string[],
  { ask, clock, log, signal }: { ask: Ask; clock: Clock; log: Log; signal: AbortSignal },
): Promise<ReadonlyMap<string, StatementDetails>> {
  const known = new Map<string, StatementDetails>();
  let missing = [...new Set(ids)].filter((id) => /^\d+$/.test(id));
  try {
    for (const pause of [0, ...PAUSES]) {
      if (missing.length === 0) return known;
      if (pause > 0) await clock.sleep(pause, signal);
      for (let at = 0; at < missing.length; at += AT_ONCE) {
        for (const row of await ask(question(missing.slice(at, at + AT_ONCE)))) known.set(row[0] ?? '', detailsOf(row));
      }
      missing = missing.filter((id) => !known.has(id));
    }
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    log.warning(`The history of the warehouse could not be read: ${error.message}`);
    return known;
  }
  if (missing.length > 0) {
    log.warning(
      `The history of the warehouse has nothing of ${missing.length} of ${ids.length} statements; their queue, compile and execution times are left out`,
    );
  }
  return known;
}

function question(ids: readonly string[]): string {
  return `select query_id, queue_time, compile_time, execution_time, result_cache_hit from sys_query_history where query_id in (${ids.join(', ')})`;
}

function detailsOf([, queue, compile, execution, fromCache]: Row): StatementDetails {
  const milliseconds = (value: string | null | undefined) =>
    value === null || value === undefined ? undefined : Number(value) / MICROSECONDS;
  const [queueMs, compileMs, executionMs] = [queue, compile, execution].map(milliseconds);
  return {
    ...(queueMs === undefined ? {} : { queueMs }),
    ...(compileMs === undefined ? {} : { compileMs }),
    ...(executionMs === undefined ? {} : { executionMs }),
    ...(fromCache === null || fromCache === undefined ? {} : { fromCache: /^t(rue)?$/i.test(fromCache) }),
  };
}
