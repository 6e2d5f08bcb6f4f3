import { difference } from '../answers/difference.ts';
import { type Engine, type Row, type Session, SessionLost, StatementFailed } from '../engine/engine.ts';
import type { Query } from '../queries/query-set.ts';
import type { Execution, Fingerprint } from '../report/report.ts';
import type { Recorded } from './journal.ts';

/** A session that is opened anew when it was lost. */
export interface User {
  readonly engine: Engine;
  readonly label: string;
  session: Session;
}

export interface ExecuteRequest {
  readonly part: Execution['part'];
  readonly session: number;
  readonly iteration: number;
  readonly position: number;
  readonly query: Query;
  /** Milliseconds since its part began. */
  readonly sincePartBegan: () => number;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  /** The known answer, one fingerprint a statement. */
  readonly expected: readonly Fingerprint[] | undefined;
  /** Reads rows and takes their fingerprints. */
  readonly readsRows: boolean;
  /** Gets the rows of a plan; then each statement is explained and not run. */
  readonly onPlan: ((statement: number, lines: readonly Row[]) => void) | undefined;
}

/** So many new sessions for one query; an engine that ends more has a fault that repeating hides. */
const MOST_REPEATS = 2;

/**
 * Runs one query to its end, whatever that is: a query that fails is a result. When the session is lost, the query runs
 * again from its first statement in a new one.
 *
 * @throws what `openSession` throws, and the signal's reason
 */
export async function executeQuery(user: User, request: ExecuteRequest): Promise<Recorded> {
  const startMs = request.sincePartBegan();
  for (let repeats = 0; ; repeats += 1) {
    const attempt = new Attempt(request);
    try {
      await attempt.run(user.session);
      return attempt.ended(startMs, repeats, { status: 'passed' });
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof StatementFailed) {
        return attempt.ended(startMs, repeats, {
          status: error.kind,
          message: error.message,
          durationMs: error.durationMs,
        });
      }
      if (!(error instanceof SessionLost)) throw error;
      await user.session.close();
      user.session = await user.engine.openSession(user.label);
      if (repeats === MOST_REPEATS) {
        const message = `the session was lost ${repeats + 1} times: ${error.message}`;
        return attempt.ended(startMs, repeats, { status: 'failed', message });
      }
    }
  }
}

interface End {
  readonly status: 'passed' | 'failed' | 'timed-out';
  readonly message?: string;
  /** Of the statement that did not end well. */
  readonly durationMs?: number | undefined;
}

/** One try of a query in one session. */
class Attempt {
  readonly #request: ExecuteRequest;
  readonly #fingerprints: Fingerprint[] = [];
  readonly #ids: string[] = [];
  #durationMs = 0;
  #rows = 0;

  constructor(request: ExecuteRequest) {
    this.#request = request;
  }

  async run(session: Session): Promise<void> {
    const { query, timeoutMs, signal, readsRows, onPlan } = this.#request;
    for (const [index, statement] of query.statements.entries()) {
      const sql = onPlan === undefined ? statement : `EXPLAIN ${statement}`;
      const onRows = onPlan && ((rows: readonly Row[]) => onPlan(index + 1, rows));
      const result = await session.run(sql, {
        timeoutMs,
        signal,
        onRows,
        fingerprint: readsRows && onPlan === undefined,
      });
      this.#durationMs += result.durationMs;
      this.#rows += result.rows;
      if (result.id !== undefined) this.#ids.push(result.id);
      if (result.fingerprint !== undefined) this.#fingerprints.push(result.fingerprint);
    }
  }

  ended(startMs: number, repeats: number, end: End): Recorded {
    const { part, session, iteration, position, query, sincePartBegan } = this.#request;
    const wrong = end.status === 'passed' ? this.#wrongAnswer() : undefined;
    const message = wrong ?? end.message;
    const isChecked = end.status === 'passed' && this.#request.expected !== undefined;
    return {
      statementIds: this.#ids,
      execution: {
        part,
        session,
        iteration,
        position,
        query: query.number,
        status: wrong === undefined ? end.status : 'wrong-answer',
        durationMs: rounded(this.#durationMs + (end.durationMs ?? 0)),
        startMs: rounded(startMs),
        wallMs: rounded(sincePartBegan() - startMs),
        statements: query.statements.length,
        rows: this.#rows,
        ...(this.#fingerprints.length === 0 ? {} : { fingerprints: this.#fingerprints }),
        answer: !isChecked ? 'unknown' : wrong === undefined ? 'right' : 'wrong',
        ...(repeats === 0 ? {} : { repeats }),
        ...(message === undefined ? {} : { message }),
      },
    };
  }

  #wrongAnswer(): string | undefined {
    const { expected, query } = this.#request;
    if (expected === undefined) return undefined;
    for (const [index, each] of expected.entries()) {
      const actual = this.#fingerprints[index];
      const differs = actual === undefined ? 'there is no result' : difference(each, actual);
      if (differs !== undefined) {
        return query.statements.length === 1 ? differs : `statement ${index + 1}: ${differs}`;
      }
    }
    return undefined;
  }
}

/** Microseconds are enough, and keep the files readable. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
