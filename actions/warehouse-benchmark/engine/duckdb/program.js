// DuckDB in a process of its own: each statement of a session has a thread, and a crash or a want of memory in native code
// leaves the run alive. Plain JavaScript, because Node runs no TypeScript inside node_modules. Talks by IPC with process.ts:
// node program.js DUCKDB, where DUCKDB is the directory that it is installed in.
import { createRequire } from 'node:module';
import { whyItFailed } from '../../../../engines/duckdb/failed-result.js';
import { makeTpcdsData } from '../../../../engines/duckdb/tpcds-data.js';

const duckdb = createRequire(`${process.argv[2]}/`)('@duckdb/node-api');
const { DuckDBInstance, JsonDuckDBValueConverter, ResultReturnType, StatementType } = duckdb;

/** A batch of rows ends after this many rows or characters. */
const BATCH_ROWS = 1000;
const BATCH_LENGTH = 1024 * 1024;
/** An interrupt that comes before DuckDB has begun is lost, so it is repeated until the statement has ended. */
const INTERRUPT_AGAIN_MS = 20;
/** A chunk of a result is native memory, which goes only when its object is collected; nothing else makes that happen soon. */
const COLLECT_AFTER_CHUNKS = 32;
/** The longest time that a timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

const SETTINGS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

let instance;
/** By name. */
const sessions = new Map();
/** What waits for the other side to have read a batch, by the number of the call. */
const acknowledgements = new Map();

const COMMANDS = {
  /** Opens the one database, which nothing here may change, and tells what runs. */
  async open(_id, file, temporary) {
    const settings = { ...SETTINGS, access_mode: 'READ_ONLY', temp_directory: temporary };
    instance = await DuckDBInstance.create(file, settings);
    const connection = await instance.connect();
    const [row] = await rowsOf(connection, "select version(), current_setting('threads')");
    connection.closeSync();
    return { version: String(row[0]), threads: Number(row[1]) };
  },
  async connect(_id, name) {
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    sessions.set(name, new Session(connection));
  },
  run(id, name, sql, request) {
    return sessionOf(name).run(id, sql, request);
  },
  interrupt(_id, name) {
    sessions.get(name)?.interrupt();
  },
  async close(_id, name) {
    const session = sessions.get(name);
    sessions.delete(name);
    await session?.close();
  },
  /** Makes a database with the tables of TPC-DS. */
  async generate(_id, file, { extension, scaleFactor, temporary, memoryLimit }) {
    const limit = memoryLimit === undefined ? {} : { memory_limit: memoryLimit };
    const settings = { ...SETTINGS, ...limit, temp_directory: temporary };
    await makeTpcdsData(duckdb, file, { extension, scaleFactor, settings });
  },
  /** The numbers and texts of the queries that come with the extension. */
  async queries(_id, extension) {
    const made = await DuckDBInstance.create(':memory:', SETTINGS);
    const connection = await made.connect();
    await connection.run(`load ${literal(extension)}`);
    return await rowsOf(connection, 'select query_nr, query from tpcds_queries()');
  },
};

process.on('message', async ({ id, command, args, acknowledged }) => {
  if (acknowledged !== undefined) return acknowledgements.get(acknowledged)?.();
  try {
    process.send({ id, value: await COMMANDS[command](id, ...args) });
  } catch (error) {
    process.send({ id, error: messageOf(error) });
  }
});
// Not process.exit(), which waits for a statement that runs.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Ctrl-C reaches all processes of a terminal; which statements end is the other side's to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

class Session {
  #connection;
  /** The statement that runs. */
  #running;

  constructor(connection) {
    this.#connection = connection;
  }

  /** Gives what a statement came to, also when it failed. */
  async run(id, sql, { timeoutMs, sendsRows }) {
    const watch = new Stopwatch();
    const running = { interrupted: false, timedOut: false, ended: Promise.withResolvers() };
    this.#running = running;
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.#timeOut(), Math.min(timeoutMs, LONGEST_MS));
    try {
      const read = await this.#execute(sql, {
        watch,
        running,
        send: sendsRows ? (batch) => sendBatch(id, batch) : undefined,
      });
      return { ...read, durationMs: watch.ms };
    } catch (error) {
      return { failed: messageOf(error), timedOut: running.timedOut, durationMs: watch.ms };
    } finally {
      clearTimeout(timer);
      clearInterval(running.again);
      this.#running = undefined;
      running.ended.resolve();
    }
  }

  interrupt() {
    const running = this.#running;
    if (running === undefined || running.interrupted) return;
    running.interrupted = true;
    this.#connection.interrupt();
    running.again = setInterval(() => this.#connection.interrupt(), INTERRUPT_AGAIN_MS);
  }

  /** A statement that runs must have come to its end first; on a closed connection it could not be interrupted. */
  async close() {
    this.interrupt();
    await this.#running?.ended.promise;
    this.#connection.closeSync();
  }

  #timeOut() {
    this.#running.timedOut = true;
    this.interrupt();
  }

  /**
   * Runs a statement and reads its rows to the last one, which is when it is done. Resolves to their number and the last
   * batch of them, which travels with the end: for most results that saves a round trip.
   */
  async #execute(sql, { watch, running, send }) {
    let count = 0;
    let last;
    let chunks = 0;
    watch.start();
    try {
      const prepared = await this.#prepare(sql);
      refuseInterrupted(running);
      const result = await prepared.stream();
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        watch.stop();
        refuseInterrupted(running);
        const rows = rowsIn(chunk, result, send !== undefined);
        count += rows.count;
        for (const batch of send ? batches(rows.values) : []) {
          if (last) await send(last);
          last = batch;
        }
        refuseInterrupted(running);
        chunks += 1;
        if (chunks % COLLECT_AFTER_CHUNKS === 0) globalThis.gc({ type: 'minor' });
        watch.start();
      }
      watch.stop();
      // A result that failed half way has the same end as one that was read to its end, but for its type.
      if (result.returnType === ResultReturnType.INVALID) {
        refuseInterrupted(running);
        throw new Error(await whyItFailed(this.#connection, sql));
      }
      prepared.destroySync();
      return { rows: count, last };
    } finally {
      watch.stop();
    }
  }

  async #prepare(sql) {
    const statements = await this.#connection.extractStatements(sql).catch((error) => {
      // That is all the driver says of a text without a statement.
      throw error.message === 'Error in native callback' ? new Error('There is no statement in the text.') : error;
    });
    if (statements.count !== 1) throw new Error(`One statement is expected and ${statements.count} are given.`);
    return await statements.prepare(0);
  }
}

function sessionOf(name) {
  const session = sessions.get(name);
  if (session === undefined) throw new Error('The session is closed.');
  return session;
}

function refuseInterrupted({ interrupted }) {
  if (interrupted) throw new Error('INTERRUPT Error: Interrupted!');
}

/** Sends a batch of rows, and waits until the other side has read it: there is never more than one on its way. */
async function sendBatch(id, rows) {
  const { promise, resolve } = Promise.withResolvers();
  acknowledgements.set(id, resolve);
  process.send({ id, rows });
  await promise;
  acknowledgements.delete(id);
}

/** The number of rows in a chunk, with their values where these are wanted. A plan has one column, and a line a row. */
function rowsIn(chunk, result, wanted) {
  const isPlan = result.statementType === StatementType.EXPLAIN;
  if (!isPlan && !wanted) return { count: chunk.rowCount };
  const values = chunk.convertRows(JsonDuckDBValueConverter).map((row) => row.map(textOf));
  const rows = isPlan ? values.flatMap(planLines) : values;
  return { count: rows.length, values: rows };
}

function planLines([, text]) {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => [line]);
}

function* batches(rows) {
  let batch = [];
  let length = 0;
  for (const row of rows) {
    batch.push(row);
    for (const value of row) length += value?.length ?? 0;
    if (batch.length < BATCH_ROWS && length < BATCH_LENGTH) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}

function textOf(value) {
  if (value === null) return null;
  if (typeof value === 'number') return decimal(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A number without an exponent: `1e-7` is `0.0000001`. */
function decimal(number) {
  const text = String(number);
  if (!text.includes('e')) return text;
  const [, sign, whole, fraction = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

/** Milliseconds in DuckDB, without those in which it waits for us. */
class Stopwatch {
  #total = 0n;
  #since;

  start() {
    this.#since = process.hrtime.bigint();
  }

  stop() {
    if (this.#since !== undefined) this.#total += process.hrtime.bigint() - this.#since;
    this.#since = undefined;
  }

  get ms() {
    return Number(this.#total) / 1e6;
  }
}

async function rowsOf(connection, sql) {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
