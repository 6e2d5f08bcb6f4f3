import { randomUUID } from 'node:crypto';
import type { EngineResult, ResultFormat } from './engine.ts';

export const STATUSES = ['SUBMITTED', 'PICKED', 'STARTED', 'FINISHED', 'FAILED', 'ABORTED'] as const;
export type Status = (typeof STATUSES)[number];

/** One SQL text that runs, alone or in a batch. */
export interface Part {
  readonly id: string;
  readonly sql: string;
  /** The text with the values of its parameters. */
  readonly bound: string;
  readonly queryId: number;
  readonly queryUuid: string;
  status: Status;
  /** Milliseconds since 1970. */
  updated: number;
  /** Nanoseconds; -1 while it has not run. */
  duration: number;
  error: string | undefined;
  result: EngineResult | undefined;
  /** Where its rows are. */
  file: string | undefined;
}

/** What a call has submitted. */
export interface Submission {
  readonly owner: string;
  readonly workgroup: string;
  readonly database: string;
  readonly name: string | undefined;
  readonly secretArn: string | undefined;
  readonly format: ResultFormat;
  readonly parameters: readonly [name: string, value: string][];
  readonly sqls: readonly { readonly sql: string; readonly bound: string }[];
  readonly isBatch: boolean;
  readonly mode: 'TRANSACTION' | 'AUTO_COMMIT';
}

/** One statement of the Data API, or a batch. */
export interface Statement extends Submission {
  readonly id: string;
  /** Counts up: a later statement has a greater one. */
  readonly number: number;
  readonly created: number;
  readonly parts: readonly Part[];
  sessionId: string | undefined;
  pid: number;
  status: Status;
  updated: number;
  error: string | undefined;
  cancelled: boolean;
  /** Ends the part that runs. */
  interrupt: () => void;
  /** Resolves when it has come to its end. */
  done: Promise<void>;
}

let lastQueryId = 100_000;

export function makeStatement(submission: Submission, number: number, now: number): Statement {
  const id = randomUUID();
  const parts = submission.sqls.map(({ sql, bound }, i): Part => {
    lastQueryId += 1;
    return {
      id: submission.isBatch ? `${id}:${i + 1}` : id,
      sql,
      bound,
      queryId: lastQueryId,
      queryUuid: randomUUID(),
      status: 'SUBMITTED',
      updated: now,
      duration: -1,
      error: undefined,
      result: undefined,
      file: undefined,
    };
  });
  return {
    ...submission,
    id,
    number,
    created: now,
    parts,
    sessionId: undefined,
    pid: 0,
    status: 'SUBMITTED',
    updated: now,
    error: undefined,
    cancelled: false,
    interrupt: () => {},
    done: Promise.resolve(),
  };
}

export function isActive({ status }: { status: Status }): boolean {
  return status === 'SUBMITTED' || status === 'PICKED' || status === 'STARTED';
}
