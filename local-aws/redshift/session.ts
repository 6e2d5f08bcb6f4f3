import { randomUUID } from 'node:crypto';
import type { EngineResult, ResultFormat } from './engine.ts';
import { readRequest, type Setting } from './redshift-sql.ts';
import { bare, literal } from './sql.ts';
import type { Warehouse } from './warehouse.ts';

/** Source: Redshift database developer guide, "Configuration reference". */
const DEFAULTS: Readonly<Record<Setting, string>> = {
  enable_result_cache_for_session: 'on',
  query_group: 'default',
  statement_timeout: '0',
};

/** Node's timers end at once when they are to last longer. */
const LONGEST_TIMER = 2 ** 31 - 1;

let lastPid = 1_073_741_824;

/** Why a statement was interrupted. */
type Interruption = 'cancel' | 'timeout' | 'close';

/** One connection to a database, with what was set in it. */
export class Session {
  readonly id = randomUUID();
  readonly warehouse: Warehouse;
  readonly database: string;
  readonly #connection: string;
  readonly #settings = new Map<Setting, string>();
  /** The process id that Redshift would show. */
  readonly pid: number;
  #interruption: Interruption | undefined;
  #isRunning = false;
  #closed = false;

  private constructor(warehouse: Warehouse, database: string, connection: string) {
    this.warehouse = warehouse;
    this.database = database;
    this.#connection = connection;
    lastPid += 1;
    this.pid = lastPid;
  }

  /** @throws Error when there is no such database */
  static async open(warehouse: Warehouse, database: string): Promise<Session> {
    return new Session(warehouse, database, await warehouse.connect(database));
  }

  /** The label of queries in `sys_query_history`. */
  get label(): string {
    return this.setting('query_group');
  }

  /** Whether answers may come from the result cache. */
  get usesCache(): boolean {
    return /^(on|true)$/i.test(this.setting('enable_result_cache_for_session'));
  }

  setting(name: Setting): string {
    return this.#settings.get(name) ?? DEFAULTS[name];
  }

  /** Whether the statement that has just failed was ended by a call of `cancel`. */
  get wasCancelled(): boolean {
    return this.#interruption === 'cancel';
  }

  /**
   * Runs one statement, with its rows into a file.
   *
   * @throws Error in the words of the database
   */
  async run(sql: string, spool: { file: string; format: ResultFormat }): Promise<EngineResult> {
    this.#interruption = undefined;
    this.#isRunning = true;
    const limit = Math.min(Number(this.setting('statement_timeout')), LONGEST_TIMER);
    const timer = limit > 0 ? setTimeout(() => this.#interrupt('timeout'), limit) : undefined;
    try {
      return await this.#carryOut(sql, spool);
    } catch (error) {
      throw this.#interruption === undefined ? error : new Error(reasonOf(this.#interruption));
    } finally {
      clearTimeout(timer);
      this.#isRunning = false;
    }
  }

  /** Runs a statement of our own in this session, such as BEGIN. */
  async ask(sql: string): Promise<void> {
    await this.warehouse.engine.ask(this.#connection, sql);
  }

  cancel(): void {
    this.#interrupt('cancel');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#isRunning) this.#interrupt('close');
    await this.warehouse.engine.close(this.#connection).catch(() => {});
  }

  async #carryOut(sql: string, spool: { file: string; format: ResultFormat }): Promise<EngineResult> {
    const { warehouse, database } = this;
    const request = readRequest(sql);
    switch (request.kind) {
      case 'set':
        this.#set(request.setting, request.value);
        return { kind: 'nothing' };
      case 'show': {
        const value = literal(this.setting(request.setting));
        return await this.#runSql(`select ${value} as ${request.setting}`, spool);
      }
      case 'search-path':
        await this.ask(await warehouse.searchPath(database, request.schemas));
        return { kind: 'nothing' };
      case 'create-database':
        await warehouse.createDatabase(request.name);
        return { kind: 'nothing' };
      case 'database-from-share':
        await warehouse.createFromShare(request.name, request.share, request.namespace);
        return { kind: 'nothing' };
      case 'drop-database':
        await warehouse.dropDatabase(request.name);
        return { kind: 'nothing' };
      case 'external-schema': {
        const { name, ifNotExists, database: from, schema } = request;
        await warehouse.createExternalSchema(database, name, { database: from, schema, ifNotExists });
        return { kind: 'nothing' };
      }
      case 'drop-schema':
        if (await warehouse.dropExternalSchema(database, request.name)) return { kind: 'nothing' };
        return await this.#runSql(sql, spool);
      case 'sql':
        await warehouse.prepareFor(sql);
        return await this.#runSql(sql, spool);
    }
  }

  async #runSql(sql: string, spool: { file: string; format: ResultFormat }): Promise<EngineResult> {
    if (bare(sql) === '') throw new Error('The statement is empty.');
    if (this.#interruption) throw new Error(reasonOf(this.#interruption));
    return await this.warehouse.engine.run(this.#connection, sql, spool);
  }

  #set(setting: Setting, value: string | undefined): void {
    if (value === undefined) {
      this.#settings.delete(setting);
      return;
    }
    if (setting === 'statement_timeout' && !/^\d+$/.test(value)) {
      throw new Error(`ERROR: invalid value for parameter "statement_timeout": "${value}"`);
    }
    if (setting === 'enable_result_cache_for_session' && !/^(on|off|true|false)$/i.test(value)) {
      throw new Error(`ERROR: parameter "${setting}" requires a Boolean value`);
    }
    this.#settings.set(setting, value);
  }

  #interrupt(why: Interruption): void {
    if (!this.#isRunning || this.#interruption) return;
    this.#interruption = why;
    this.warehouse.engine.interrupt(this.#connection).catch(() => {});
  }
}

function reasonOf(interruption: Interruption): string {
  if (interruption === 'timeout') return 'ERROR: The query was cancelled: it ran longer than statement_timeout.';
  if (interruption === 'close') return 'ERROR: The session was closed.';
  return "ERROR: The query was cancelled on the user's request.";
}
