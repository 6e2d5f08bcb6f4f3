import { type Session, SessionLost, StatementFailed, type StatementRequest, type StatementResult } from '../engine.ts';
import type { RunOptions, RunOutcome } from './messages.ts';
import { type DuckdbProcess, ProcessEnded } from './process.ts';

/** A connection in DuckDB's process. */
export class DuckdbSession implements Session {
  readonly #process: DuckdbProcess;
  readonly #name: string;

  constructor(process: DuckdbProcess, name: string) {
    this.#process = process;
    this.#name = name;
  }

  async run(sql: string, { timeoutMs, signal, onRows, fingerprint }: StatementRequest): Promise<StatementResult> {
    signal.throwIfAborted();
    const interrupt = () => void this.#process.call('interrupt', [this.#name]).catch(() => {});
    let failure: { readonly error: unknown } | undefined;
    const onBatch: typeof onRows = (rows) => {
      if (failure !== undefined) return;
      try {
        onRows?.(rows);
      } catch (error) {
        failure = { error };
        interrupt();
      }
    };
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      const reading = onRows !== undefined ? 'rows' : fingerprint === true ? 'fingerprint' : 'none';
      const options: RunOptions = { timeoutMs, reading };
      const outcome = (await this.#process.call('run', [this.#name, sql, options], onBatch)) as RunOutcome;
      if ('last' in outcome && outcome.last !== undefined) onBatch(outcome.last);
      if (failure !== undefined) throw failure.error;
      const result = resultOf(outcome, timeoutMs);
      signal.throwIfAborted();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ProcessEnded ? new SessionLost(error.message) : error;
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
  }

  async close(): Promise<void> {
    await this.#process.call('close', [this.#name]).catch((error: unknown) => {
      if (!(error instanceof ProcessEnded)) throw error;
    });
  }
}

function resultOf(outcome: RunOutcome, timeoutMs: number | undefined): StatementResult {
  const { durationMs } = outcome;
  if (!('failed' in outcome)) {
    const { rows, fingerprint } = outcome;
    return { rows, durationMs, ...(fingerprint && { fingerprint }) };
  }
  const { failed, timedOut } = outcome;
  if (timedOut) throw new StatementFailed('timed-out', `Ended after its time-out of ${timeoutMs} ms`, durationMs);
  throw new StatementFailed('failed', failed, durationMs);
}
