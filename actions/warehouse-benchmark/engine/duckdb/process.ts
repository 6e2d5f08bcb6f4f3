import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { childEnvironment } from '../../../../engines/child-environment.ts';
import { packageRoot } from '../../../../lib/package-root.ts';
import type { Row } from '../engine.ts';
import type { Request, Response } from './messages.ts';
import { FLAT_MEMORY } from './program/memory.ts';

/** Characters of what the process said that are kept. */
const LAST_WORDS = 2000;

/** The process is gone, and with it all that was in it. */
export class ProcessEnded extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onRows: ((rows: readonly Row[]) => void) | undefined;
}

/** DuckDB in a process of its own. It ends with this one, whatever becomes of it. */
export class DuckdbProcess {
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #said = '';
  #end: string | undefined;

  /**
   * @param duckdb the directory that DuckDB is installed in
   * @param threads how many calls run at once; further ones wait. No more than needed: the next step of a statement is done
   *   by the thread that has waited longest, whose memory is the least at hand.
   */
  constructor(duckdb: string, threads = 1) {
    this.#child = fork(program(), [duckdb], {
      execArgv: [...FLAT_MEMORY],
      env: childEnvironment({ UV_THREADPOOL_SIZE: String(threads) }),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#said = (this.#said + text.toString()).slice(-LAST_WORDS);
    });
    this.#child.on('message', (response: Response) => this.#receive(response));
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#fail(how);
        resolve();
      };
      // `close` comes after `exit`, when all that it said was read.
      this.#child.once('close', (code, signal) => end(signal === null ? `exit code ${code}` : signal));
      this.#child.once('error', (error) => end(error.message));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Calls a command of program.ts.
   *
   * @param onRows gets rows as they come; the next ones come when it has returned
   * @throws Error with DuckDB's words
   * @throws ProcessEnded when the process is gone
   */
  call(command: string, args: readonly unknown[], onRows?: (rows: readonly Row[]) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(new ProcessEnded(this.#end));
      this.#last += 1;
      this.#waiting.set(this.#last, { resolve, reject, onRows });
      this.#send({ id: this.#last, command, args });
    });
  }

  /** Ends the process, whatever runs in it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #receive({ id, rows, value, error }: Response): void {
    const waiting = this.#waiting.get(id);
    if (rows !== undefined) {
      waiting?.onRows?.(rows);
      this.#send({ acknowledged: id });
      return;
    }
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  /** What cannot be sent has no answer either: the process has ended, and `close` says so. */
  #send(request: Request): void {
    this.#child.send(request, () => {});
  }

  #fail(how: string): void {
    const said = this.#said.trim();
    const likely = how === 'SIGKILL' ? ', which is what the system does when memory runs out' : '';
    this.#end ??= `The process of DuckDB has ended (${how}${likely})${said === '' ? '' : `: ${said}`}`;
    for (const { reject } of this.#waiting.values()) reject(new ProcessEnded(this.#end));
    this.#waiting.clear();
  }
}

/** Its source where this file is one; a release has it as a bundle. */
function program(): string {
  return import.meta.url.endsWith('.ts')
    ? join(packageRoot(), 'actions', 'warehouse-benchmark', 'engine', 'duckdb', 'program.ts')
    : join(packageRoot(), 'dist', 'duckdb', 'index.js');
}
