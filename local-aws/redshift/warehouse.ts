import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SHARE, SHARED_SCHEMAS, sharedData } from './data-share.ts';
import type { Engine } from './engine.ts';
import { type HistoryEntry, historyRow, SYSTEM_VIEWS } from './query-history.ts';
import { ResultCache } from './result-cache.ts';
import { identifier, literal } from './sql.ts';

/** The catalog of the views that Redshift has and DuckDB has not. It comes last in each search path. */
const SYSTEM = 'headgate_system';
/** Entries of the query history that are written at once. */
const HISTORY_ROWS = 500;

/** The databases of one namespace: a DuckDB instance with a file for each. */
export class Warehouse {
  readonly engine: Engine;
  readonly cache = new ResultCache();
  readonly #instance = randomUUID();
  /** The connection for statements of our own. */
  readonly #own = randomUUID();
  readonly #directory: string;
  readonly #say: (line: string) => void;
  readonly #databases = new Set<string>();
  /** Databases that were made from the data share. */
  readonly #shared = new Set<string>();
  readonly #attached = new Map<string, Promise<void>>();
  #history: HistoryEntry[] = [];

  private constructor(engine: Engine, directory: string, say: (line: string) => void) {
    this.engine = engine;
    this.#directory = join(directory, this.#instance);
    this.#say = say;
  }

  /** Makes a warehouse with its first database. */
  static async open(engine: Engine, directory: string, first: string, say: (line: string) => void): Promise<Warehouse> {
    const warehouse = new Warehouse(engine, directory, say);
    mkdirSync(warehouse.#directory, { recursive: true });
    await engine.openInstance(warehouse.#instance);
    await engine.connect(warehouse.#instance, warehouse.#own);
    await warehouse.ask(`attach ':memory:' as ${SYSTEM}`);
    for (const statement of SYSTEM_VIEWS) await warehouse.ask(statement.replaceAll('SYSTEM', SYSTEM));
    await warehouse.createDatabase(first);
    return warehouse;
  }

  get databases(): string[] {
    return [...this.#databases].sort();
  }

  /** Runs a statement of our own. */
  ask(sql: string): Promise<unknown[][]> {
    return this.engine.ask(this.#own, sql);
  }

  /** Opens a connection to a database. @throws Error in Redshift's words when there is none of that name */
  async connect(database: string): Promise<string> {
    if (!this.#databases.has(database)) throw new Error(`FATAL: database "${database}" does not exist`);
    const connection = randomUUID();
    await this.engine.connect(this.#instance, connection);
    await this.engine.ask(connection, await this.searchPath(database, ['public']));
    return connection;
  }

  /** The statement that sets a search path. Schemas that are not there are left out, as Redshift does not mind them. */
  async searchPath(database: string, schemas: readonly string[]): Promise<string> {
    const there = new Set((await this.schemas(database)).map((schema) => schema.toLowerCase()));
    const found = schemas.filter((schema) => there.has(schema));
    const path = [...(found.length > 0 ? found : ['main']).map((schema) => [database, schema]), [SYSTEM, 'main']];
    return `set search_path = ${literal(path.map((names) => names.map(identifier).join('.')).join(','))}`;
  }

  async createDatabase(name: string): Promise<void> {
    this.#refuseKnown(name);
    this.#databases.add(name);
    await this.ask(`attach ${literal(join(this.#directory, `${randomUUID()}.duckdb`))} as ${identifier(name)}`);
    await this.ask(`create schema ${identifier(name)}.public`);
  }

  /** Makes a database from a data share. Its data is generated when one of its schemas is used. */
  async createFromShare(name: string, share: string, namespace: string): Promise<void> {
    if (share !== SHARE.name || namespace !== SHARE.namespace) {
      throw new Error(`ERROR: Datashare ${share} of namespace ${namespace} does not exist`);
    }
    this.#refuseKnown(name);
    this.#databases.add(name);
    this.#shared.add(name);
    await this.ask(`attach ':memory:' as ${identifier(name)}`);
    for (const schema of Object.keys(SHARED_SCHEMAS)) {
      await this.ask(`create schema ${identifier(name)}.${identifier(schema)}`);
    }
    await this.ask(`update ${SYSTEM}.svv_datashares set consumer_database = ${literal(name)}`);
  }

  async dropDatabase(name: string): Promise<void> {
    if (!this.#databases.has(name)) throw new Error(`ERROR: database "${name}" does not exist`);
    await this.ask(`detach ${identifier(name)}`);
    this.#databases.delete(name);
    if (this.#shared.delete(name)) await this.ask(`update ${SYSTEM}.svv_datashares set consumer_database = null`);
  }

  /** Makes a schema whose tables are those of a schema in another database. */
  async createExternalSchema(
    database: string,
    name: string,
    source: { database: string; schema: string; ifNotExists: boolean },
  ): Promise<void> {
    if (!this.#databases.has(source.database)) throw new Error(`ERROR: database "${source.database}" does not exist`);
    if (!(await this.schemas(source.database)).includes(source.schema)) {
      throw new Error(`ERROR: schema "${source.schema}" does not exist in database "${source.database}"`);
    }
    if ((await this.schemas(database)).includes(name)) {
      if (source.ifNotExists) return;
      throw new Error(`ERROR: Schema "${name}" already exists`);
    }
    if (this.#shared.has(source.database)) await this.#fill(source.database, source.schema);
    const schema = `${identifier(database)}.${identifier(name)}`;
    await this.ask(`create schema ${schema}`);
    await this.#makeViews(schema, source.database, source.schema);
    await this.ask(
      `insert into ${SYSTEM}.external_schemas values (${[database, name, source.database].map(literal).join(', ')})`,
    );
  }

  /** Drops an external schema with its views. Resolves to false when there is none of that name. */
  async dropExternalSchema(database: string, name: string): Promise<boolean> {
    const where = `where database_name = ${literal(database)} and schema_name = ${literal(name)}`;
    const found = await this.ask(`select 1 from ${SYSTEM}.external_schemas ${where}`);
    if (found.length === 0) return false;
    await this.ask(`drop schema ${identifier(database)}.${identifier(name)} cascade`);
    await this.ask(`delete from ${SYSTEM}.external_schemas ${where}`);
    return true;
  }

  /** Generates what a statement is about to read from a shared database, and writes the history that it may read. */
  async prepareFor(sql: string): Promise<void> {
    const text = sql.toLowerCase();
    if (text.includes('sys_query_history')) await this.#writeHistory();
    for (const database of this.#shared) {
      for (const schema of Object.keys(SHARED_SCHEMAS)) {
        const named = new RegExp(`\\b${database.replace(/\W/g, '\\$&')}"?\\."?${schema}\\b`);
        if (named.test(text)) await this.#fill(database, schema);
      }
    }
  }

  async schemas(database: string): Promise<string[]> {
    const rows = await this.ask(
      `select schema_name from duckdb_schemas() where database_name = ${literal(database)}
       and schema_name not in ('main', 'information_schema', 'pg_catalog') order by 1`,
    );
    return rows.map(([name]) => String(name));
  }

  /** Remembers a statement that has ended, for `sys_query_history`. */
  record(entry: HistoryEntry): void {
    this.#history.push(entry);
  }

  async close(): Promise<void> {
    await this.engine.close(this.#own).catch(() => {});
    await this.engine.shutInstance(this.#instance).catch(() => {});
    await rm(this.#directory, { recursive: true, force: true });
  }

  #refuseKnown(name: string): void {
    if (this.#databases.has(name) || name === SYSTEM || name.startsWith('tpcds_data_')) {
      throw new Error(`ERROR: database "${name}" already exists`);
    }
  }

  /** Fills a schema of a shared database; two statements that need it at once wait for the same. */
  #fill(database: string, schema: string): Promise<void> {
    const key = `${database}.${schema}`;
    const known = this.#attached.get(key);
    if (known) return known;
    const filling = this.#attachShared(database, schema);
    this.#attached.set(key, filling);
    filling.catch(() => this.#attached.delete(key));
    return filling;
  }

  async #attachShared(database: string, schema: string): Promise<void> {
    const source = `tpcds_data_${schema}`;
    const file = await sharedData(this.engine, schema, this.#say);
    await this.ask(`attach if not exists ${literal(file)} as ${source} (read_only)`);
    await this.#makeViews(`${identifier(database)}.${identifier(schema)}`, source, 'main');
  }

  async #makeViews(into: string, database: string, schema: string): Promise<void> {
    const tables = await this.ask(
      `select table_name from information_schema.tables
       where table_catalog = ${literal(database)} and table_schema = ${literal(schema)}`,
    );
    const source = `${identifier(database)}.${identifier(schema)}`;
    for (const [table] of tables) {
      const name = identifier(String(table));
      await this.ask(`create or replace view ${into}.${name} as select * from ${source}.${name}`);
    }
  }

  async #writeHistory(): Promise<void> {
    const entries = this.#history;
    this.#history = [];
    for (let at = 0; at < entries.length; at += HISTORY_ROWS) {
      const rows = entries.slice(at, at + HISTORY_ROWS).map(historyRow);
      await this.ask(`insert into ${SYSTEM}.sys_query_history values ${rows.join(', ')}`);
    }
  }
}
