import type { Answer, ApiCall } from './api-call.ts';
import { describeColumn } from './columns.ts';
import { invalid } from './error.ts';
import { page } from './pages.ts';
import { literal } from './sql.ts';
import type { Warehouse } from './warehouse.ts';

/** How many names a page holds when the caller does not say. Source: API reference, ListTables, "MaxResults". */
const MOST_LISTED = 1000;

export interface CatalogSource {
  readonly warehouse: () => Promise<Warehouse>;
}

export async function listDatabases(call: ApiCall, { warehouse }: CatalogSource): Promise<Answer> {
  const { databases } = await connected(call, warehouse);
  const { entries, nextToken } = pageOf(call, databases, (name) => name);
  return { Databases: entries, ...nextToken };
}

export async function listSchemas(call: ApiCall, { warehouse }: CatalogSource): Promise<Answer> {
  const source = await connected(call, warehouse);
  const pattern = likePattern(call.members.text('SchemaPattern'));
  const names = (await source.schemas(call.members.required('Database'))).filter((name) => pattern.test(name));
  const { entries, nextToken } = pageOf(call, names, (name) => name);
  return { Schemas: entries, ...nextToken };
}

export async function listTables(call: ApiCall, { warehouse }: CatalogSource): Promise<Answer> {
  const source = await connected(call, warehouse);
  const { members } = call;
  const rows = await source.ask(
    `select table_schema, table_name, table_type from information_schema.tables
     where table_catalog = ${literal(members.required('Database'))} and table_schema <> 'main'`,
  );
  const [schemas, tables] = [likePattern(members.text('SchemaPattern')), likePattern(members.text('TablePattern'))];
  const found = rows
    .map(([schema, name, type]) => ({
      name: String(name),
      schema: String(schema),
      type: type === 'VIEW' ? 'VIEW' : 'TABLE',
    }))
    .filter(({ name, schema }) => schemas.test(schema) && tables.test(name));
  const { entries, nextToken } = pageOf(call, found, ({ schema, name }) => `${schema}.${name}`);
  return { Tables: entries, ...nextToken };
}

export async function describeTable(call: ApiCall, { warehouse }: CatalogSource): Promise<Answer> {
  const source = await connected(call, warehouse);
  const { members } = call;
  const table = members.required('Table');
  const schema = members.text('Schema') ?? 'public';
  const rows = await source.ask(
    `select column_name, data_type, is_nullable, numeric_precision, numeric_scale, ordinal_position
     from information_schema.columns where table_catalog = ${literal(members.required('Database'))}
     and table_schema = ${literal(schema)} and table_name = ${literal(table)} order by ordinal_position`,
  );
  const columns = rows.map(([name, type, nullable, precision, scale]) => {
    const kind = String(type).replace(/\(.*/, '').replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMP_TZ');
    const sizes = kind === 'DECIMAL' ? { precision: Number(precision), scale: Number(scale) } : {};
    const column = { name: String(name), type: kind, ...sizes };
    return describeColumn(column, { schema, table, nullable: nullable === 'YES' });
  });
  const positions = new Map(columns.map((column, i) => [column, String(i).padStart(6, '0')]));
  const { entries, nextToken } = pageOf(call, columns, (column) => positions.get(column) ?? '');
  return { TableName: table, ColumnList: entries, ...nextToken };
}

/** The warehouse, where the database that a call names is there. */
async function connected({ members }: ApiCall, warehouse: () => Promise<Warehouse>): Promise<Warehouse> {
  const found = await warehouse();
  for (const name of ['Database', 'ConnectedDatabase']) {
    const database = members.text(name);
    if (database !== undefined && !found.databases.includes(database)) {
      throw invalid(`FATAL: database "${database}" does not exist`);
    }
  }
  return found;
}

function pageOf<T>({ members }: ApiCall, entries: readonly T[], keyOf: (entry: T) => string) {
  const size = members.integer('MaxResults', 1, MOST_LISTED) ?? MOST_LISTED;
  const found = page(entries, keyOf, { size, token: members.text('NextToken') });
  return { entries: found.entries, nextToken: found.nextToken === undefined ? {} : { NextToken: found.nextToken } };
}

/** A pattern of LIKE: `%` for any characters, `_` for one. */
function likePattern(pattern = '%'): RegExp {
  const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('%', '.*').replaceAll('_', '.')}$`, 's');
}
