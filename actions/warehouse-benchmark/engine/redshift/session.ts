import type { DescribeStatementResponse } from '@aws-sdk/client-redshift-data';
import { errorMessage } from '../../../../lib/errors.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import type { Clock } from '../../../../lib/operation/define.ts';
import { Fingerprinter } from '../../answers/fingerprint.ts';
import { type Session, SessionLost, StatementFailed, type StatementRequest, type StatementResult } from '../engine.ts';
import type { DataApi, Submitted } from './data-api.ts';
import { durationOf, failureOf } from './outcome.ts';
import { isUnknown, troubleOf } from './service-error.ts';
import { tooLong } from './statement-size.ts';

/** Milliseconds after its time-out when a statement is cancelled from here, because the engine has not ended it. */
const GRACE = 15_000;
/** Milliseconds that a cancelled statement gets to end. */
const LAST_WAIT = 60_000;
/** Milliseconds for ending what runs, and the session, when all is over. */
const PARTING = 10_000;
/** Seconds that a session stays after its last statement. 0 could mean that it is to stay as long as before. */
const PARTING_SECONDS = 1;
/** Milliseconds. A session is busy for a moment after a statement in it was cancelled. */
const PAUSES_WHEN_BUSY = [500, 1000, 2000, 5000, 10_000];

export interface SessionParts {
  readonly api: DataApi;
  readonly clock: Clock;
  readonly log: Log;
}

/** A session of the Data API that is set up. Its statements run one after the other. */
export class RedshiftSession implements Session {
  readonly #parts: SessionParts;
  readonly #id: string;
  readonly #name: string;
  /** What `statement_timeout` is set to, in milliseconds; 0 for never. */
  #limit = 0;
  /** The statement that may be running; its id is not known when the answer to its submission was lost. */
  #running: { id: string | undefined } | undefined;
  /** Why it takes no statement any more. */
  #gone: string | undefined;

  constructor(parts: SessionParts, id: string, name: string) {
    this.#parts = parts;
    this.#id = id;
    this.#name = name;
  }

  async run(sql: string, request: StatementRequest): Promise<StatementResult> {
    const { timeoutMs, signal, fingerprint } = request;
    signal.throwIfAborted();
    const problem = tooLong(sql);
    if (problem !== undefined) throw new StatementFailed('failed', `the query has ${problem}`);
    await this.#setLimit(timeoutMs, signal);
    const described = await this.#carryOut(sql, timeoutMs, signal);
    const { Id: id = '', HasResultSet: hasRows, ResultRows: rows = 0, RedshiftQueryId: query = 0 } = described;
    const fingerprinter = fingerprint === true ? new Fingerprinter() : undefined;
    const onRows = request.onRows ?? fingerprinter?.add.bind(fingerprinter);
    if (onRows !== undefined && hasRows === true) await this.#read(id, rows, onRows, signal);
    return {
      durationMs: durationOf(described),
      rows: Math.max(rows, 0),
      ...(fingerprinter && { fingerprint: fingerprinter.result() }),
      // Statements that never reach the compute nodes have none.
      ...(query > 0 ? { id: String(query) } : {}),
    };
  }

  /** Ends what runs, and the session soon after; the Data API has no call for it. Failures are left to its keep-alive. */
  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    this.#gone = 'it was closed';
    const signal = AbortSignal.timeout(PARTING);
    const { api } = this.#parts;
    try {
      await this.#endWhatRuns(signal);
      const place = { SessionId: this.#id };
      await api.submit({ sqls: ['select 1'], place, keepAlive: PARTING_SECONDS, name: this.#name }, signal);
    } catch (error) {
      this.#parts.log.debug(`The session ${this.#name} ends by itself: ${errorMessage(error)}`);
    }
  }

  /** `statement_timeout` counts in the engine, and is set only when it changes. */
  async #setLimit(timeoutMs: number | undefined, signal: AbortSignal): Promise<void> {
    const limit = timeoutMs === undefined ? 0 : Math.max(Math.round(timeoutMs), 1);
    if (limit === this.#limit) return;
    await this.#carryOut(`set statement_timeout to ${limit}`, undefined, signal);
    this.#limit = limit;
  }

  /** Runs a statement until it has finished. */
  async #carryOut(sql: string, timeoutMs: number | undefined, signal: AbortSignal): Promise<DescribeStatementResponse> {
    const running: { id: string | undefined } = { id: undefined };
    this.#running = running;
    try {
      running.id = (await this.#submit(sql, signal)).id;
      const described = await this.#ended(running.id, timeoutMs, signal);
      this.#running = undefined;
      return described;
    } catch (error) {
      if (error instanceof StatementFailed || error instanceof SessionLost) this.#running = undefined;
      if (!signal.aborted) throw error;
      await this.#endQuietly();
      throw signal.reason;
    }
  }

  async #submit(sql: string, signal: AbortSignal): Promise<Submitted> {
    if (this.#gone !== undefined) throw new SessionLost(`The session ${this.#name} takes no statement: ${this.#gone}`);
    const { api, clock } = this.#parts;
    const submission = { sqls: [sql], place: { SessionId: this.#id }, name: this.#name };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await api.submit(submission, signal);
      } catch (error) {
        if (!isUnknown(error) && troubleOf(error) !== 'session') throw refused(error);
        const pause = PAUSES_WHEN_BUSY[attempt];
        // One answer stands for both, a session that has ended and one that is busy.
        const isThere = !isUnknown(error) && (await api.session(this.#id, signal)) !== undefined;
        if (!isThere || pause === undefined) throw this.#lost(errorMessage(error));
        await clock.sleep(pause, signal);
      }
    }
  }

  async #ended(id: string, timeoutMs: number | undefined, signal: AbortSignal): Promise<DescribeStatementResponse> {
    const { api, clock, log } = this.#parts;
    const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.now().getTime() + timeoutMs + GRACE;
    let described = await api.ended(id, until, signal);
    const cancelled = described === undefined;
    if (described === undefined) {
      log.debug(`The statement ${id} goes on ${GRACE / 1000} s after its time-out; it is cancelled`);
      await api.cancel(id, signal);
      described = await api.ended(id, clock.now().getTime() + LAST_WAIT, signal);
      if (described === undefined) {
        this.#gone = `the statement ${id} in it was cancelled and goes on`;
        throw new StatementFailed('timed-out', `goes on although it was cancelled (statement ${id})`);
      }
    }
    if (described.Status === 'FINISHED') return described;
    if (!cancelled && (await api.session(this.#id, signal)) === undefined) {
      throw this.#lost(`${described.Error ?? described.Status} (statement ${id})`);
    }
    throw failureOf(described, { timeoutMs, cancelled });
  }

  async #read(
    id: string,
    expected: number,
    onRows: NonNullable<StatementRequest['onRows']>,
    signal: AbortSignal,
  ): Promise<void> {
    let rows = 0;
    for await (const page of this.#parts.api.pages(id, signal)) {
      rows += page.length;
      onRows(page);
    }
    if (rows === expected || expected < 0) return;
    const message = `its result has ${expected} rows, and the Data API gave ${rows} (statement ${id})`;
    throw new StatementFailed('failed', message);
  }

  /** When a run is broken off, nothing may go on in the warehouse; that it cannot be ended must not hide why. */
  async #endQuietly(): Promise<void> {
    try {
      await this.#endWhatRuns(AbortSignal.timeout(PARTING));
    } catch (error) {
      this.#parts.log.warning(`What runs in the session ${this.#name} could not be ended: ${errorMessage(error)}`);
    }
  }

  async #endWhatRuns(signal: AbortSignal): Promise<void> {
    const { api, clock } = this.#parts;
    if (this.#running === undefined) return;
    const id = this.#running.id ?? (await api.session(this.#id, signal))?.statement;
    if (id !== undefined && (await api.cancel(id, signal))) {
      await api.ended(id, clock.now().getTime() + PARTING, signal);
    }
    this.#running = undefined;
  }

  #lost(why: string): SessionLost {
    this.#gone = why;
    return new SessionLost(`The session ${this.#name} has ended: ${why}`);
  }
}

/** What the Data API finds wrong with a statement itself is a failure of that statement alone. */
function refused(error: unknown): unknown {
  const isInvalid = error instanceof Error && error.name === 'ValidationException';
  return isInvalid ? new StatementFailed('failed', errorMessage(error)) : error;
}
