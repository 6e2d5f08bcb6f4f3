import { OperationFailed, Refused } from '../../../lib/errors.ts';
import { type Session, StatementFailed } from '../engine/engine.ts';
import type { BenchmarkReport } from '../report/report.ts';
import { firstLine } from '../warehouse/ask.ts';
import { readSchemaState, type SchemaState } from './schema-state.ts';
import { clearStatements, makeStatements, rowStatements } from './statements.ts';
import { RUNS } from './table.ts';

export interface ReportPlace {
  /** An identifier of lower-case letters, digits and underscores. */
  readonly schema: string;
  /** Whether tables of somebody else that are in the way get other names. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
}

/**
 * Finds out before a run whether its results can be written: everything but the rows is done, and undone. Nothing stays.
 *
 * @throws Refused when the schema is somebody else's
 * @throws OperationFailed when the user may not write there
 */
export async function checkReportTables(session: Session, place: ReportPlace): Promise<void> {
  const state = await usableState(session, place);
  await inTransaction(session, place, 'rollback', [
    ...makeStatements(place.schema, state, 'check'),
    ...clearStatements(place.schema, 'check'),
  ]);
}

/**
 * Writes a report into tables of the warehouse, as one transaction. Rows of the same run that are there are replaced; nothing
 * else is removed, and no schema or table is dropped. Plans are no measurements, so that nothing is written of them.
 *
 * @throws Refused when the schema is somebody else's
 * @throws OperationFailed when the tables could not be written; then there is nothing of this call in them
 */
export async function writeReportTables(
  session: Session,
  { report, ...place }: ReportPlace & { readonly report: BenchmarkReport },
): Promise<void> {
  if (report.setting.mode === 'explain') return;
  const state = await usableState(session, place);
  await inTransaction(session, place, 'commit', [
    ...makeStatements(place.schema, state, report.run),
    ...clearStatements(place.schema, report.run),
    ...rowStatements(place.schema, report),
  ]);
}

async function usableState(session: Session, { schema, replace, signal }: ReportPlace): Promise<SchemaState> {
  const state = await readSchemaState(session, schema, signal).catch((error: unknown) => {
    throw notWritten(schema, error);
  });
  if (state.kind !== 'theirs' || replace) return state;
  const tables = state.taken.length === 0 ? 'other tables' : `tables of other scripts (${state.taken.join(', ')})`;
  throw new Refused({
    what: `The schema '${schema}' has ${tables} and no table '${RUNS.name}', so that it is not one of ours`,
    cause: 'the scripts of the article, or somebody else, keep something there',
    next: "Give another 'reports-schema', or 'replace-reports: true', which renames 'sql' and 'multisql' that are in the way and drops nothing",
  });
}

async function inTransaction(
  session: Session,
  { schema, signal }: ReportPlace,
  end: 'commit' | 'rollback',
  statements: readonly string[],
): Promise<void> {
  try {
    for (const sql of ['begin', ...statements, end]) await session.run(sql, { signal });
  } catch (error) {
    // The session may be gone, and the transaction with it; what matters is why it failed.
    if (!signal.aborted) await session.run('rollback', { signal }).catch(() => {});
    throw notWritten(schema, error);
  }
}

function notWritten(schema: string, error: unknown): unknown {
  if (!(error instanceof StatementFailed)) return error;
  return new OperationFailed(
    {
      what: `The schema '${schema}' cannot take the results: ${firstLine(error.message)}`,
      cause: 'the user may not create or change tables there, or the tables have other columns',
      next: `Grant it CREATE on the database or USAGE and CREATE on the schema, or give another 'reports-schema'`,
    },
    { cause: error },
  );
}
