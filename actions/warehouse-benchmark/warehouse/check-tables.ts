import { OperationFailed } from '../../../lib/errors.ts';
import { type Session, StatementFailed } from '../engine/engine.ts';
import { identifier, literal } from '../engine/redshift/sql-text.ts';
import { ask, firstLine } from './ask.ts';
import { EMBEDDED_SCALE_FACTORS, SHARED_SCALE_FACTORS } from './choose.ts';
import { type ExpectedRows, tableRows } from './table-rows.ts';

export interface TableCheck {
  readonly scaleFactor: number;
  /** Without it, the search path decides. */
  readonly schema: string | undefined;
  readonly signal: AbortSignal;
}

/** How many tables a message names. */
const MOST_NAMED = 5;

/**
 * Counts the rows of all 24 tables and compares them with the scale factor, in one statement.
 *
 * @throws OperationFailed naming the tables that are missing, or those with other numbers of rows and the scale factor that
 *   these fit
 */
export async function checkTables(session: Session, { scaleFactor, schema, signal }: TableCheck): Promise<void> {
  const expected = tableRows(scaleFactor);
  if (expected === undefined) throw new Error(`There are no row counts for scale factor ${scaleFactor}`);
  const counts = await countRows(session, [...expected.keys()], schema, signal);
  const wrong = [...expected].filter(([table, { rows, tolerance }]) => !fits(counts.get(table), { rows, tolerance }));
  if (wrong.length === 0) return;

  const other = scaleFactorOf(counts);
  const named = wrong.map(([table, { rows }]) => `${table} has ${counts.get(table) ?? 0} rows in place of ${rows}`);
  throw new OperationFailed({
    what: `The tables ${shownPlace(schema)} are not those of scale factor ${scaleFactor}: ${someOf(named)}`,
    cause:
      other === undefined
        ? 'a load ended in the middle, or the data was changed'
        : `they are those of scale factor ${other}`,
    next:
      schema === undefined
        ? 'Remove the generated data, and run again'
        : "Give the 'scale-factor' that the tables have, or another 'schema'; nothing was changed",
    data: { counts: Object.fromEntries(counts) },
  });
}

/** The scale factor whose tables have so many rows; undefined when there is none. */
export function scaleFactorOf(counts: ReadonlyMap<string, number>): number | undefined {
  const known = new Set([...EMBEDDED_SCALE_FACTORS, ...SHARED_SCALE_FACTORS].map(Number));
  return [...known].find((scaleFactor) => {
    const expected = tableRows(scaleFactor);
    return expected !== undefined && [...expected].every(([table, rows]) => fits(counts.get(table), rows));
  });
}

function fits(count: number | undefined, { rows, tolerance }: ExpectedRows): boolean {
  return count !== undefined && Math.abs(count - rows) <= rows * tolerance;
}

async function countRows(
  session: Session,
  tables: readonly string[],
  schema: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const count = (table: string) => {
    const place = schema === undefined ? identifier(table) : `${identifier(schema)}.${identifier(table)}`;
    return `select ${literal(table)}, count(*) from ${place}`;
  };
  try {
    const rows = await ask(session, tables.map(count).join(' union all '), signal);
    return new Map(rows.map(([table, rows]) => [String(table), Number(rows)]));
  } catch (error) {
    if (!(error instanceof StatementFailed) || error.kind !== 'failed') throw error;
    throw await explainFailure(
      session,
      tables.map((table) => [table, count(table)] as const),
      schema,
      error,
      signal,
    );
  }
}

/** Asks each table alone, because a statement on all of them names only the first that fails. */
async function explainFailure(
  session: Session,
  counts: readonly (readonly [table: string, sql: string])[],
  schema: string | undefined,
  cause: StatementFailed,
  signal: AbortSignal,
): Promise<OperationFailed> {
  const failed: string[] = [];
  let first: string | undefined;
  for (const [table, sql] of counts) {
    try {
      await ask(session, `${sql} where false`, signal);
    } catch (error) {
      if (!(error instanceof StatementFailed)) throw error;
      failed.push(table);
      first ??= firstLine(error.message);
    }
  }
  const all = failed.length === counts.length;
  const [which, why] =
    failed.length === 0
      ? ['of TPC-DS could not be counted', firstLine(cause.message)]
      : [all ? 'of TPC-DS are not there' : `${failed.join(', ')} are not there`, first ?? firstLine(cause.message)];
  return new OperationFailed(
    {
      what: `The tables ${which} ${shownPlace(schema)}: ${why}`,
      cause: all
        ? 'the schema is not there, or the database user may not read it'
        : 'the schema is not one of TPC-DS, or tables were dropped',
      next: "Check 'schema', 'database' and 'scale-factor', or run 'headgate warehouse-benchmark prepare' first",
      data: { missing: failed },
    },
    { cause },
  );
}

function shownPlace(schema: string | undefined): string {
  return schema === undefined ? 'of DuckDB' : `in the schema '${schema}'`;
}

function someOf(named: readonly string[]): string {
  const more = named.length - MOST_NAMED;
  return more > 0 ? `${named.slice(0, MOST_NAMED).join(', ')} and ${more} more` : named.join(', ');
}
