import { whyItFailed } from '../../../../../engines/duckdb/failed-result.js';
import type { Row } from '../../engine.ts';
import type { RunOptions, RunOutcome } from '../messages.ts';
import type { Connection, Driver, Prepared } from './driver.ts';
import { collectAfter } from './memory.ts';
import { messageOf } from './message-of.ts';
import { type Read, ResultReader } from './reader.ts';
import { Stopwatch } from './stopwatch.ts';

/** An interrupt that comes before DuckDB has begun is lost, so it is repeated until the statement has ended. */
const INTERRUPT_AGAIN_MS = 20;
/** The longest time that a timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

/** The statement that runs. */
interface Running {
  interrupted: boolean;
  timedOut: boolean;
  again?: NodeJS.Timeout;
  readonly ended: PromiseWithResolvers<void>;
}

/** A connection whose statements run one after the other. */
export class ProgramSession {
  readonly #connection: Connection;
  readonly #driver: Driver;
  #running: Running | undefined;
  /** What ran last, until its plan is freed. */
  #used: Prepared | undefined;

  constructor(connection: Connection, driver: Driver) {
    this.#connection = connection;
    this.#driver = driver;
  }

  /**
   * Gives what a statement came to, also when it failed.
   *
   * @param send a batch of rows; resolves when the next one may be sent
   */
  async run(sql: string, options: RunOptions, send: (rows: readonly Row[]) => Promise<void>): Promise<RunOutcome> {
    this.#free();
    const watch = new Stopwatch();
    const running: Running = { interrupted: false, timedOut: false, ended: Promise.withResolvers() };
    this.#running = running;
    const { timeoutMs } = options;
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.#timeOut(running), Math.min(timeoutMs, LONGEST_MS));
    try {
      const read = await this.#execute(sql, options, { watch, running, send });
      return { ...read, durationMs: watch.ms };
    } catch (error) {
      return { failed: messageOf(error), timedOut: running.timedOut, durationMs: watch.ms };
    } finally {
      clearTimeout(timer);
      clearInterval(running.again);
      this.#running = undefined;
      running.ended.resolve();
      // A plan takes a part of a millisecond to go, for which the answer need not wait.
      setImmediate(() => {
        if (this.#running === undefined) this.#free();
      });
    }
  }

  interrupt(): void {
    const running = this.#running;
    if (running === undefined || running.interrupted) return;
    running.interrupted = true;
    this.#connection.interrupt();
    running.again = setInterval(() => this.#connection.interrupt(), INTERRUPT_AGAIN_MS);
  }

  /** A statement that runs must have come to its end first; on a closed connection it could not be interrupted. */
  async close(): Promise<void> {
    this.interrupt();
    await this.#running?.ended.promise;
    this.#free();
    this.#connection.closeSync();
  }

  #timeOut(running: Running): void {
    running.timedOut = true;
    this.interrupt();
  }

  /** Runs a statement and reads its rows to the last one, which is when it is done. */
  async #execute(
    sql: string,
    { reading }: RunOptions,
    { watch, running, send }: { watch: Stopwatch; running: Running; send: (rows: readonly Row[]) => Promise<void> },
  ): Promise<Read> {
    let chunks = 0;
    watch.start();
    try {
      this.#used = await this.#prepare(sql);
      refuseInterrupted(running);
      const result = await this.#used.stream();
      const reader = new ResultReader(result, this.#driver, reading, send);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        watch.stop();
        refuseInterrupted(running);
        await reader.read(chunk);
        refuseInterrupted(running);
        chunks += 1;
        collectAfter(chunks);
        watch.start();
      }
      watch.stop();
      // A result that failed half way has the same end as one that was read to its end, but for its type.
      if (result.returnType === this.#driver.ResultReturnType.INVALID) {
        refuseInterrupted(running);
        throw new Error(await whyItFailed(this.#connection, sql));
      }
      return reader.end();
    } finally {
      watch.stop();
    }
  }

  async #prepare(sql: string): Promise<Prepared> {
    try {
      return await this.#connection.prepare(sql);
    } catch (error) {
      const message = messageOf(error);
      if (message.includes('No statement to prepare')) throw new Error('There is no statement in the text.');
      if (!message.includes('Cannot prepare multiple statements')) throw error;
      const { count } = await this.#connection.extractStatements(sql);
      throw new Error(`One statement is expected and ${count} are given.`);
    }
  }

  #free(): void {
    this.#used?.destroySync();
    this.#used = undefined;
  }
}

function refuseInterrupted({ interrupted }: Running): void {
  if (interrupted) throw new Error('INTERRUPT Error: Interrupted!');
}
