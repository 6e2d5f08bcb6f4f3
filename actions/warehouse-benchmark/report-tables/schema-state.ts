import type { Session } from '../engine/engine.ts';
import { literal } from '../engine/redshift/sql-text.ts';
import { ask } from '../warehouse/ask.ts';
import { RUNS, TABLES } from './table.ts';

/** What is in the way of our tables. */
export type SchemaState =
  | { readonly kind: 'missing' }
  /** There, and nothing is in it. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'ours' }
  /** Somebody else's: `taken` are its tables that have names of ours. */
  | { readonly kind: 'theirs'; readonly taken: readonly string[] };

/**
 * Looks into a schema of the database. The catalogs are those of PostgreSQL, which Redshift and DuckDB have both, and which
 * show also what the user may not read.
 */
export async function readSchemaState(session: Session, schema: string, signal: AbortSignal): Promise<SchemaState> {
  const name = literal(schema);
  const found = await ask(
    session,
    `select tablename from pg_catalog.pg_tables where schemaname = ${name}
     union all select viewname from pg_catalog.pg_views where schemaname = ${name}`,
    signal,
  );
  const tables = new Set(found.map(([table]) => table));
  if (tables.has(RUNS.name)) return { kind: 'ours' };
  if (tables.size > 0) {
    return { kind: 'theirs', taken: TABLES.map((table) => table.name).filter((table) => tables.has(table)) };
  }
  const schemas = await ask(session, `select nspname from pg_catalog.pg_namespace where nspname = ${name}`, signal);
  return { kind: schemas.length > 0 ? 'empty' : 'missing' };
}
