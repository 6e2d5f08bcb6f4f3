import { rm } from 'node:fs/promises';
import { OperationFailed } from '../../../../lib/errors.ts';
import type { Engine, EngineFacts, Session, StatementDetails } from '../engine.ts';
import { DuckdbProcess, ProcessEnded } from './process.ts';
import { DuckdbSession } from './session.ts';

interface Parts {
  /** Where DuckDB is installed. */
  readonly duckdb: string;
  /** The database. */
  readonly file: string;
  /** For what does not fit into memory. Not beside the database: other runs use that, too. */
  readonly temporary: string;
  /** How many run statements at a time. */
  readonly sessions: number;
}

/** DuckDB over one database that nobody changes, in a process that is started again when it has ended. */
export class DuckdbEngine implements Engine {
  readonly #parts: Parts;
  #process: DuckdbProcess | undefined;
  #opened: Promise<void> = Promise.resolve();
  #facts: EngineFacts | undefined;
  #last = 0;
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get facts(): EngineFacts {
    if (this.#facts === undefined) throw new Error('DuckDB has not started yet.');
    return this.#facts;
  }

  /** Of the process in which the statements run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts the process where there is none, or the last one has ended, and opens the database in it.
   *
   * @throws OperationFailed when that is not possible
   */
  async start(): Promise<DuckdbProcess> {
    if (this.#closed) throw new Error('DuckDB was closed.');
    if (this.#process === undefined || this.#process.hasEnded) {
      // One more, so that a session is opened, whatever the others do.
      this.#process = new DuckdbProcess(this.#parts.duckdb, this.#parts.sessions + 1);
      this.#opened = this.#open(this.#process);
    }
    const process = this.#process;
    await this.#opened;
    return process;
  }

  async openSession(_label: string): Promise<Session> {
    const process = await this.start();
    this.#last += 1;
    const name = String(this.#last);
    await process.call('connect', [name]).catch((error: Error) => {
      throw new OperationFailed({
        what: `DuckDB takes no further session: ${error.message}`,
        cause: 'This machine, or its container, has too little memory',
        next: 'Run fewer sessions, or on a machine with more memory',
      });
    });
    return new DuckdbSession(process, name);
  }

  /** DuckDB keeps no history. */
  async details(): Promise<ReadonlyMap<string, StatementDetails>> {
    return new Map();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#process?.kill();
    await rm(this.#parts.temporary, { recursive: true, force: true });
  }

  async #open(process: DuckdbProcess): Promise<void> {
    const { file, temporary } = this.#parts;
    try {
      const opened = (await process.call('open', [file, temporary])) as { version: string; threads: number };
      this.#facts = { engine: 'duckdb', version: opened.version.replace(/^v/, ''), threads: opened.threads };
    } catch (error) {
      await process.kill();
      throw notOpened(file, error as Error);
    }
  }
}

function notOpened(file: string, error: Error): OperationFailed {
  if (error instanceof ProcessEnded) {
    return new OperationFailed({
      what: error.message,
      cause: 'This machine, or its container, has too little memory, or somebody ended the process',
      next: 'Run again, or on a machine with more memory',
    });
  }
  return new OperationFailed({
    what: `DuckDB does not open ${file}: ${error.message}`,
    cause: 'The file is damaged, or this user may not read it',
    next: 'Remove its directory; the next run generates the data again',
  });
}
