// DuckDB in a process of its own: each statement of a session has a thread, and a crash or a want of memory in native code
// leaves the run alive. Talks by IPC with process.ts: node program.ts DUCKDB, where DUCKDB is the directory that it is
// installed in. Node runs no TypeScript inside node_modules, so a release has it as a bundle of its own.
import { makeTpcdsData } from '../../../../engines/duckdb/tpcds-data.js';
import type { Row } from '../engine.ts';
import type { Request, Response, RunOptions, RunOutcome } from './messages.ts';
import { type Connection, type Instance, loadDriver } from './program/driver.ts';
import { messageOf } from './program/message-of.ts';
import { ProgramSession } from './program/session.ts';

const driver = loadDriver(process.argv[2] ?? '');
const { DuckDBInstance } = driver;

const SETTINGS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

let instance: Instance | undefined;
/** By name. */
const sessions = new Map<string, ProgramSession>();
/** What waits for the other side to have read a batch, by the number of the call. */
const acknowledgements = new Map<number, () => void>();

/** Each gets the number of its call, and the call's arguments. */
const COMMANDS = {
  /** Opens the one database, which nothing here may change, and tells what runs. */
  async open(_id: number, file: string, temporary: string): Promise<{ version: string; threads: number }> {
    const settings = { ...SETTINGS, access_mode: 'READ_ONLY', temp_directory: temporary };
    instance = await DuckDBInstance.create(file, settings);
    const connection = await instance.connect();
    const [row] = await rowsOf(connection, "select version(), current_setting('threads')");
    connection.closeSync();
    return { version: String(row?.[0]), threads: Number(row?.[1]) };
  },
  async connect(_id: number, name: string): Promise<void> {
    if (instance === undefined) throw new Error('No database is open.');
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    sessions.set(name, new ProgramSession(connection, driver));
  },
  async run(id: number, name: string, sql: string, options: RunOptions): Promise<RunOutcome> {
    const session = sessions.get(name);
    if (session === undefined) throw new Error('The session is closed.');
    return await session.run(sql, options, (rows) => sendBatch(id, rows));
  },
  interrupt(_id: number, name: string): void {
    sessions.get(name)?.interrupt();
  },
  async close(_id: number, name: string): Promise<void> {
    const session = sessions.get(name);
    sessions.delete(name);
    await session?.close();
  },
  /** Makes a database with the tables of TPC-DS. */
  async generate(_id: number, file: string, request: GenerateRequest): Promise<void> {
    const { extension, scaleFactor, temporary, memoryLimit } = request;
    const limit = memoryLimit === undefined ? {} : { memory_limit: memoryLimit };
    const settings = { ...SETTINGS, ...limit, temp_directory: temporary };
    await makeTpcdsData(driver, file, { extension, scaleFactor, settings });
  },
  /** The numbers and texts of the queries that come with the extension. */
  async queries(_id: number, extension: string): Promise<unknown[][]> {
    const made = await DuckDBInstance.create(':memory:', SETTINGS);
    const connection = await made.connect();
    await connection.run(`load ${literal(extension)}`);
    return await rowsOf(connection, 'select query_nr, query from tpcds_queries()');
  },
} satisfies Record<string, unknown>;

interface GenerateRequest {
  readonly extension: string;
  readonly scaleFactor: number;
  readonly temporary: string;
  readonly memoryLimit?: string;
}

process.on('message', async (request: Request) => {
  if ('acknowledged' in request) return acknowledgements.get(request.acknowledged)?.();
  const { id, command, args } = request;
  try {
    const carryOut = COMMANDS[command as keyof typeof COMMANDS] as (id: number, ...args: unknown[]) => unknown;
    send({ id, value: await carryOut(id, ...args) });
  } catch (error) {
    send({ id, error: messageOf(error) });
  }
});
// Not process.exit(), which waits for a statement that runs.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Ctrl-C reaches all processes of a terminal; which statements end is the other side's to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

/** Sends a batch of rows, and waits until the other side has read it: there is never more than one on its way. */
async function sendBatch(id: number, rows: readonly Row[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  acknowledgements.set(id, resolve);
  send({ id, rows });
  await promise;
  acknowledgements.delete(id);
}

function send(response: Response): void {
  process.send?.(response);
}

async function rowsOf(connection: Connection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
