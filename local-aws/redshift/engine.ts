import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { packageRoot } from '../../engines/package-root.ts';
import { LocalAwsError, orLocalAwsError } from '../local-aws-error.ts';

/** A column as DuckDB has it. */
export interface EngineColumn {
  readonly name: string;
  /** The name of a `DuckDBTypeId`. */
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
}

/** What a statement came to. Rows are in a file; a page is a part of it, by offset and length in bytes. */
export type EngineResult =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'changed'; readonly rows: number }
  | {
      readonly kind: 'rows';
      readonly columns: readonly EngineColumn[];
      readonly rows: number;
      /** Bytes of the values as texts. */
      readonly size: number;
      readonly pages: readonly (readonly [offset: number, length: number])[];
    };

export type ResultFormat = 'JSON' | 'CSV';

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** How many statements run at once; further ones wait for a thread. */
const THREADS = 64;

/** A DuckDB in a process of its own, with any number of instances and connections, each by a name. */
export class Engine {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.on('message', ({ id, value, error }: { id: number; value?: never; error?: string }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(error));
    });
    child.once('exit', () => this.#end());
    child.once('error', () => this.#end());
  }

  /** @throws LocalAwsError when DuckDB cannot be installed */
  static async start(say?: (line: string) => void): Promise<Engine> {
    const directory = await orLocalAwsError(installDuckdb({ say }));
    const program = join(packageRoot(), 'local-aws', 'redshift', 'engine-program.js');
    const child = fork(program, [directory], {
      execArgv: [],
      env: { UV_THREADPOOL_SIZE: String(THREADS), HOME: process.env.HOME ?? '', PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return new Engine(child);
  }

  openInstance(instance: string): Promise<void> {
    return this.#send('open', instance);
  }

  shutInstance(instance: string): Promise<void> {
    return this.#send('shut', instance);
  }

  connect(instance: string, connection: string): Promise<void> {
    return this.#send('connect', instance, connection);
  }

  close(connection: string): Promise<void> {
    return this.#send('close', connection);
  }

  /** Runs a statement of our own and gives its rows. */
  ask(connection: string, sql: string): Promise<unknown[][]> {
    return this.#send('ask', connection, sql);
  }

  /** Runs a statement of the caller, with its rows into a new file. @throws Error with DuckDB's words */
  run(connection: string, sql: string, spool: { file: string; format: ResultFormat }): Promise<EngineResult> {
    return this.#send('run', connection, sql, spool);
  }

  /** Ends the statement that runs on a connection. */
  interrupt(connection: string): Promise<void> {
    return this.#send('interrupt', connection);
  }

  /** Makes a database with the tables of TPC-DS. */
  generateTpcds(file: string, extension: string, scale: number): Promise<void> {
    return this.#send('generate', file, extension, scale);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Ends the process, whatever runs in it. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.kill('SIGKILL');
    await ended;
  }

  #send<T>(command: string, ...args: unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) return reject(gone());
      this.#last += 1;
      this.#waiting.set(this.#last, { resolve, reject });
      this.#process.send({ id: this.#last, command, args });
    });
  }

  #end(): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(gone());
    this.#waiting.clear();
  }
}

function gone(): LocalAwsError {
  return new LocalAwsError('The DuckDB process of the local AWS has ended. Reset the local AWS, or start it again.');
}
