import type { Fingerprint } from '../../../../actions/warehouse-benchmark/answers/fingerprint-types.ts';
import {
  type BenchmarkReport,
  type Execution,
  LABEL,
  REPORT_FORMAT,
  REPORT_VERSION,
  type Setting,
} from '../../../../actions/warehouse-benchmark/report/report.ts';

/** How one execution came out: its milliseconds, or what went wrong, or both. */
export type Ran = number | Partial<Execution>;

export interface ReportFacts {
  readonly run?: string;
  /** The single user's executions of each query, in the order of the passes. */
  readonly single?: Readonly<Record<number, readonly Ran[]>>;
  /** Each session's execution of each query. */
  readonly sessions?: readonly Readonly<Record<number, Ran>>[];
  readonly concurrentWallMs?: number;
  readonly setting?: Partial<Setting>;
  readonly resumed?: boolean;
}

export const REDSHIFT = { engine: 'redshift', version: '1.0.122103', rpus: 128, region: 'eu-west-1' } as const;

/** A report of these executions, with the setting that follows from them. */
export function benchmarkReport({ single = {}, sessions = [], setting, ...facts }: ReportFacts): BenchmarkReport {
  const numbers = new Set([single, ...sessions].flatMap((part) => Object.keys(part).map(Number)));
  return {
    format: REPORT_FORMAT,
    formatVersion: REPORT_VERSION,
    label: LABEL,
    run: facts.run ?? 'run-1',
    startedAt: '2026-03-01T10:00:00.000Z',
    endedAt: '2026-03-01T11:00:00.000Z',
    resumed: facts.resumed ?? false,
    setting: {
      engine: REDSHIFT,
      scaleFactor: 3000,
      queries: {
        source: 'queries',
        digest: 'ab'.repeat(32),
        numbers: [...numbers].sort((a, b) => a - b),
        hasStreams: false,
      },
      mode: 'measure',
      sessions: sessions.length,
      iterations: Math.max(0, ...Object.values(single).map(({ length }) => length)),
      warmUps: 0,
      ...setting,
    },
    executions: [
      ...Object.entries(single).flatMap(([query, ran], place) =>
        ran.map((one, index) =>
          execution(Number(query), one, { part: 'single', iteration: index + 1, position: place + 1 }),
        ),
      ),
      ...sessions.flatMap((session, index) =>
        Object.entries(session).map(([query, one], place) =>
          execution(Number(query), one, { part: 'concurrent', session: index + 1, position: place + 1 }),
        ),
      ),
    ],
    ...(facts.concurrentWallMs === undefined ? {} : { concurrentWallMs: facts.concurrentWallMs }),
  };
}

function execution(query: number, ran: Ran, more: Partial<Execution>): Execution {
  const facts = typeof ran === 'number' ? { durationMs: ran } : ran;
  const durationMs = facts.durationMs ?? 1000;
  return {
    part: 'single',
    session: 1,
    iteration: 1,
    position: 1,
    query,
    status: 'passed',
    durationMs,
    startMs: 0,
    wallMs: durationMs,
    statements: 1,
    rows: 100,
    answer: facts.status === 'wrong-answer' ? 'wrong' : 'unknown',
    ...more,
    ...facts,
  };
}

/** The fingerprint of one column of numbers. */
export function numbers(sum: number): Fingerprint {
  return { rows: 100, columns: [{ kind: 'numbers', nulls: 0, sum, squares: sum ** 2, min: 0, max: sum }] };
}
