import type { ColumnPrint, Fingerprint } from '../answers/fingerprint-types.ts';
import type { EngineFacts } from '../engine/engine.ts';

export type { ColumnPrint, Fingerprint };

/** Every report says it (TPC fair use policy): what is measured here is no TPC result. */
export const LABEL =
  'Derived from TPC-DS. Not comparable with published TPC-DS results, because the implementation does not comply with all requirements of the TPC-DS specification.';

export const REPORT_FORMAT = 'headgate-warehouse-benchmark';
export const REPORT_VERSION = 1;

/**
 * A run of the benchmark: what ran, on what, and every measurement. Everything else (totals, tables, charts) is computed
 * from it. All times are in milliseconds. `docs/warehouse-benchmark-report.md` describes the file.
 */
export interface BenchmarkReport {
  readonly format: typeof REPORT_FORMAT;
  readonly formatVersion: typeof REPORT_VERSION;
  readonly label: string;
  readonly run: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** True when the run was broken off and went on later. */
  readonly resumed: boolean;
  readonly setting: Setting;
  /** Every execution of every query, warm-ups too, in the order in which they ended. */
  readonly executions: readonly Execution[];
  /** Milliseconds from the first session's start to the last one's end, of the part with several sessions. */
  readonly concurrentWallMs?: number;
}

/** What was to be done. Two runs are compared, and one goes on where another stopped, only when their settings agree. */
export interface Setting {
  readonly engine: EngineFacts | ImportedFacts;
  readonly scaleFactor: number;
  readonly queries: {
    readonly source: string;
    readonly digest: string;
    readonly numbers: readonly number[];
    readonly hasStreams: boolean;
  };
  /** `explain` stores plans and runs nothing. */
  readonly mode: 'measure' | 'explain';
  /** Sessions at a time in the concurrent part; 0 leaves it out. */
  readonly sessions: number;
  /** Measured passes of the single user; 0 leaves that part out. */
  readonly iterations: number;
  /** Passes before them that do not count. */
  readonly warmUps: number;
  /** Milliseconds after which a query is ended. */
  readonly timeoutMs?: number;
  /** Price of an RPU-hour in US dollars, as given. */
  readonly pricePerRpuHour?: number;
}

/** A report that was read from other scripts' results, which do not tell what they ran on but for what was given. */
export interface ImportedFacts {
  readonly engine: 'imported';
  readonly version: string;
  readonly rpus?: number;
}

/**
 * - `passed`: ran to its end, and its answer is right where it was checked
 * - `wrong-answer`: ran to its end with another answer than the known one
 * - `from-cache`: the engine answered from its result cache, so that nothing was measured
 * - `failed`, `timed-out`: did not come to its end
 */
export type Status = 'passed' | 'wrong-answer' | 'from-cache' | 'failed' | 'timed-out';

/** One query, once. */
export interface Execution {
  readonly part: 'warm-up' | 'single' | 'concurrent';
  /** 1 for the only user of the other parts; 1 to 20 in the concurrent part. */
  readonly session: number;
  /** From 1, within its part; always 1 in the concurrent part. */
  readonly iteration: number;
  /** From 1: when in its session's order it ran. */
  readonly position: number;
  readonly query: number;
  readonly status: Status;
  /** In the engine, all statements of the query together. */
  readonly durationMs: number;
  /** From the start of its part, as seen from here. */
  readonly startMs: number;
  /** As seen from here: with sending, waiting and reading. */
  readonly wallMs: number;
  readonly statements: number;
  /** Rows of all its statements. */
  readonly rows: number;
  readonly queueMs?: number;
  readonly compileMs?: number;
  readonly executionMs?: number;
  /** Of each statement's rows, where they were read. */
  readonly fingerprints?: readonly Fingerprint[];
  /** `unknown`: nothing to compare with, or not asked for. */
  readonly answer: 'right' | 'wrong' | 'unknown';
  /** The session was lost and the query ran again in a new one this many times. */
  readonly repeats?: number;
  /** Why it is not `passed`, in the engine's words or ours. */
  readonly message?: string;
}
