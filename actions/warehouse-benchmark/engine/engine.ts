import type { Fingerprint } from '../answers/fingerprint-types.ts';

/** A place where statements run: Redshift Serverless, or DuckDB on this machine. */
export interface Engine {
  readonly facts: EngineFacts;
  /**
   * Opens one session, which stands for one user. `label` tells it apart in the warehouse's own history.
   *
   * @throws OperationFailed when the engine takes no further session, with what to do
   */
  openSession(label: string): Promise<Session>;
  /** What is known of statements only some time after they ran, by the `id` of their results. Empty where there is no more. */
  details(ids: readonly string[]): Promise<ReadonlyMap<string, StatementDetails>>;
  /** Ends all sessions and what runs in them. */
  close(): Promise<void>;
}

/** What a measurement depends on. Reports that differ in one of these are not compared. */
export interface EngineFacts {
  readonly engine: 'redshift' | 'duckdb';
  /** As the engine tells it. */
  readonly version: string;
  /** Redshift Processing Units of the workgroup (base capacity). */
  readonly rpus?: number;
  readonly region?: string;
  readonly workgroup?: string;
  /** Where the tables are. */
  readonly database?: string;
  readonly schema?: string;
  /** Threads that DuckDB uses. */
  readonly threads?: number;
}

/** One user: statements run one after the other. */
export interface Session {
  /**
   * Runs one statement to its end, with all its rows.
   *
   * @throws StatementFailed when it did not come to its end
   * @throws SessionLost when the session is gone, whatever became of the statement
   */
  run(sql: string, request: StatementRequest): Promise<StatementResult>;
  close(): Promise<void>;
}

export interface StatementRequest {
  /** Milliseconds after which the engine itself ends the statement; without it, never. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Gets the rows as they come, some at a time. */
  readonly onRows?: ((rows: readonly Row[]) => void) | undefined;
  /** The result tells the fingerprint of the rows. Not beside `onRows`; without both, rows are not read where the engine lets them lie. */
  readonly fingerprint?: boolean;
}

/** Values as text: numbers in decimal notation, dates as `2002-05-14`, NULL as null. */
export type Row = readonly (string | null)[];

export interface StatementResult {
  /** How long the statement took in the engine, in milliseconds; reading its rows over the network is not in it. */
  readonly durationMs: number;
  readonly rows: number;
  /** Where it was asked for. */
  readonly fingerprint?: Fingerprint;
  /** Tells the statement in `Engine.details`. */
  readonly id?: string;
}

/** Parts of a statement's duration, in milliseconds, where the engine keeps a history. */
export interface StatementDetails {
  readonly queueMs?: number;
  readonly compileMs?: number;
  readonly executionMs?: number;
  /** True when the answer came from the result cache, so that nothing was measured. */
  readonly fromCache?: boolean;
}

/** A statement that ended without its result. */
export class StatementFailed extends Error {
  readonly kind: 'failed' | 'timed-out';
  /** How long it ran, in milliseconds, where that is known. */
  readonly durationMs: number | undefined;

  constructor(kind: 'failed' | 'timed-out', message: string, durationMs?: number) {
    super(message);
    this.name = new.target.name;
    this.kind = kind;
    this.durationMs = durationMs;
  }
}

/** A session that is gone: ended by the service, or with the process that it ran in. A new one may be opened. */
export class SessionLost extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
