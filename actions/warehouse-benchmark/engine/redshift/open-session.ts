import { OperationFailed } from '../../../../lib/errors.ts';
import type { DatabasePlace } from './data-api.ts';
import { KEEP_ALIVE_SECONDS } from './patience.ts';
import { RedshiftSession, type SessionParts } from './session.ts';
import { identifier } from './sql-text.ts';

/** Milliseconds. A workgroup that was idle for long starts first. */
const LONGEST_OPENING = 600_000;

export interface Opening {
  readonly place: DatabasePlace;
  /** Comes first in the search path. */
  readonly schema: string;
  /** The query group, which is the label in the warehouse's history: letters, digits, hyphens. */
  readonly name: string;
}

/**
 * Opens a session in which nothing is answered from the result cache, and reads back that this is so.
 *
 * @throws OperationFailed when there can be no such session, with what to do
 */
export async function openSession(
  parts: SessionParts,
  opening: Opening,
  signal: AbortSignal,
): Promise<RedshiftSession> {
  const { place, schema, name } = opening;
  const sqls = [
    'set enable_result_cache_for_session to off',
    `set search_path to ${identifier(schema)}, public`,
    `set query_group to '${name}'`,
    'show enable_result_cache_for_session',
  ];
  const { id, sessionId } = await parts.api.submit({ sqls, place, keepAlive: KEEP_ALIVE_SECONDS, name }, signal);
  if (sessionId === undefined) throw new Error('The Data API answered without the id of the session');
  const session = new RedshiftSession(parts, sessionId, name);
  try {
    const { api, clock } = parts;
    const described = await api.ended(id, clock.now().getTime() + LONGEST_OPENING, signal);
    if (described?.Status !== 'FINISHED') throw notOpened(opening, described?.Error);
    const setting = await firstValue(api.pages(`${id}:${sqls.length}`, signal));
    if (!/^(off|false|f)$/i.test(setting ?? '')) throw cacheStaysOn(opening, setting);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function firstValue(pages: AsyncGenerator<readonly (readonly (string | null)[])[]>): Promise<string | null> {
  for await (const [row] of pages) return row?.[0] ?? null;
  return null;
}

function notOpened(
  { place: { WorkgroupName: workgroup, Database: database } }: Opening,
  words: string | undefined,
): OperationFailed {
  const why = words ?? `it was not ready within ${LONGEST_OPENING / 60_000} minutes`;
  return new OperationFailed({
    what: `No session could be opened in the database '${database}' of the workgroup '${workgroup}': ${why}`,
    cause: 'the database is not there, the caller may not use it, or the workgroup has no room',
    next: `Check 'workgroup' and 'database', and try 'aws redshift-data execute-statement --workgroup-name ${workgroup} --database ${database} --sql "select 1"'`,
  });
}

function cacheStaysOn({ place: { WorkgroupName: workgroup } }: Opening, setting: string | null): OperationFailed {
  return new OperationFailed({
    what: `The result cache of the workgroup '${workgroup}' could not be switched off: enable_result_cache_for_session is ${setting ?? 'unknown'}`,
    cause: 'a setting of the user or of the workgroup overrides the one of the session',
    next: 'Allow the user to set enable_result_cache_for_session; answers from the cache would measure nothing',
  });
}
