// DuckDB in a process of its own: a statement that keeps all cores busy does not keep the gateway from answering, and each
// statement has a thread. Plain JavaScript, because Node runs no TypeScript inside node_modules. Talks by IPC with engine.ts.
import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { whyItFailed } from '../../engines/duckdb/failed-result.js';
import { makeTpcdsData } from '../../engines/duckdb/tpcds-data.js';

const duckdb = createRequire(`${process.argv[2]}/`)('@duckdb/node-api');
const { DuckDBInstance, DuckDBTypeId, ResultReturnType, StatementType } = duckdb;

/** A page of a result ends after this many rows or bytes. */
const PAGE_ROWS = 1000;
const PAGE_BYTES = 1024 * 1024;
/** An interrupt that comes before DuckDB has begun is lost, so it is repeated until the statement has ended. */
const INTERRUPT_AGAIN = 20;
const INTERRUPTED = 'INTERRUPT Error: Interrupted!';

const SETTINGS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

const instances = new Map();
const connections = new Map();

const COMMANDS = {
  async open(instance) {
    instances.set(instance, await DuckDBInstance.create(':memory:', SETTINGS));
  },
  shut(instance) {
    instances.get(instance)?.closeSync();
    instances.delete(instance);
  },
  async connect(instance, name) {
    const connection = await instances.get(instance).connect();
    await connection.run("set TimeZone = 'UTC'");
    connections.set(name, { connection, interrupted: false });
  },
  /** A statement that runs must have come to its end first; on a closed connection it could not be interrupted. */
  async close(name) {
    const held = connections.get(name);
    connections.delete(name);
    await held?.running?.catch(() => {});
    held?.connection.closeSync();
  },
  /** Runs statements of our own. */
  async ask(name, sql) {
    const reader = await connections.get(name).connection.runAndReadAll(sql);
    return reader.getRowsJson();
  },
  async run(name, sql, spool) {
    const held = connections.get(name);
    held.interrupted = false;
    held.running = runInto(held, sql, spool);
    try {
      return await held.running;
    } finally {
      held.running = undefined;
      clearInterval(held.again);
    }
  },
  interrupt(name) {
    const held = connections.get(name);
    if (!held?.running || held.interrupted) return;
    held.interrupted = true;
    held.connection.interrupt();
    held.again = setInterval(() => held.connection.interrupt(), INTERRUPT_AGAIN);
  },
  async generate(file, extension, scaleFactor) {
    await makeTpcdsData(duckdb, file, { extension, scaleFactor, settings: SETTINGS });
  },
};

process.on('message', async ({ id, command, args }) => {
  try {
    process.send({ id, value: await COMMANDS[command](...args) });
  } catch (error) {
    process.send({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
// Not process.exit(), which waits for a statement that runs.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** Runs a statement of the caller; its rows go into a file as they come, so that memory does not grow with them. */
async function runInto(held, sql, { file, format }) {
  const statements = await held.connection.extractStatements(sql);
  if (statements.count > 1) throw new Error('A statement must be a single one; use BatchExecuteStatement for several.');
  const prepared = await statements.prepare(0);
  if (held.interrupted) throw new Error(INTERRUPTED);
  const result = await prepared.stream();
  if (result.returnType === ResultReturnType.CHANGED_ROWS) {
    const [[changed] = [0]] = await result.getRowsJson();
    return { kind: 'changed', rows: Number(changed) };
  }
  if (result.returnType !== ResultReturnType.QUERY_RESULT) {
    await result.getRowsJson();
    return { kind: 'nothing' };
  }
  const isPlan = result.statementType === StatementType.EXPLAIN;
  const columns = isPlan ? [{ name: 'QUERY PLAN', type: 'VARCHAR' }] : columnsOf(result);
  const writer = new PageWriter(await open(file, 'wx', 0o600), format);
  try {
    const types = isPlan ? [DuckDBTypeId.VARCHAR] : columns.map((_, i) => result.columnTypeId(i));
    for await (const rows of result.yieldRowsJson()) {
      if (held.interrupted) throw new Error(INTERRUPTED);
      for (const row of isPlan ? planLines(rows) : rows) {
        const full = writer.add(row, types);
        if (full) await writer.flush();
      }
    }
    // A result that failed half way has the same end as one that was read to its end, but for its type.
    if (result.returnType === ResultReturnType.INVALID) {
      throw new Error(held.interrupted ? INTERRUPTED : await whyItFailed(held.connection, sql));
    }
    await writer.flush();
  } finally {
    await writer.close();
  }
  return { kind: 'rows', columns, rows: writer.rows, size: writer.size, pages: writer.pages };
}

function columnsOf(result) {
  return result.columnNames().map((name, i) => {
    const type = result.columnType(i);
    const id = result.columnTypeId(i);
    const decimal = id === DuckDBTypeId.DECIMAL ? { precision: type.width, scale: type.scale } : {};
    return { name, type: DuckDBTypeId[id], ...decimal };
  });
}

/** Redshift gives a plan as rows of one column. */
function planLines(rows) {
  return rows.flatMap(([, text]) => String(text).trimEnd().split('\n')).map((line) => [line]);
}

const LONG = new Set(
  ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER'].map((name) => DuckDBTypeId[name]),
);
const DOUBLE = new Set([DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE]);

class PageWriter {
  pages = [];
  rows = 0;
  size = 0;
  #handle;
  #format;
  #lines = [];
  #bytes = 0;
  #at = 0;

  constructor(handle, format) {
    this.#handle = handle;
    this.#format = format;
  }

  /** True when the page is full. */
  add(row, types) {
    const isCsv = this.#format === 'CSV';
    const line = isCsv
      ? `${row.map(csvField).join(',')}\n`
      : `[${row.map((v, i) => jsonField(v, types[i])).join(',')}]`;
    this.#lines.push(line);
    this.#bytes += line.length;
    this.rows += 1;
    for (const value of row) this.size += value === null ? 0 : textOf(value).length;
    return this.#lines.length >= PAGE_ROWS || this.#bytes >= PAGE_BYTES;
  }

  async flush() {
    if (this.#lines.length === 0) return;
    const page = Buffer.from(this.#lines.join(this.#format === 'CSV' ? '' : ','));
    this.#lines = [];
    this.#bytes = 0;
    await this.#handle.appendFile(page);
    this.pages.push([this.#at, page.length]);
    this.#at += page.length;
  }

  close() {
    return this.#handle.close();
  }
}

/** A `Field` of the Data API. */
function jsonField(value, type) {
  if (value === null) return '{"isNull":true}';
  if (LONG.has(type)) return `{"longValue":${value}}`;
  if (DOUBLE.has(type)) return `{"doubleValue":${JSON.stringify(value)}}`;
  if (type === DuckDBTypeId.BOOLEAN) return `{"booleanValue":${value}}`;
  return `{"stringValue":${JSON.stringify(textOf(value))}}`;
}

/** RFC 4180, section 2. */
function csvField(value) {
  if (value === null) return '';
  const text = textOf(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(value) {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
