import type { BenchmarkReport, Execution, Status } from './report.ts';
import { median } from './statistics.ts';

export type MeasuredPart = 'single' | 'concurrent';

/** What a query came to in one part. Times are of its passed executions alone, in milliseconds. */
export interface QueryTimes {
  readonly query: number;
  readonly planned: number;
  readonly passed: number;
  /** True when every planned execution passed: only then does the query enter a total. */
  readonly complete: boolean;
  readonly minMs?: number;
  readonly medianMs?: number;
  readonly maxMs?: number;
  /** Largest less smallest; only from two passed executions on. */
  readonly spreadMs?: number;
  /** Medians, where the engine tells them. */
  readonly queueMs?: number;
  readonly compileMs?: number;
  readonly executionMs?: number;
  /** Those that did not pass. */
  readonly faults: readonly QueryFault[];
}

export interface QueryFault {
  readonly status: Exclude<Status, 'passed'> | 'not-run';
  /** Of the execution; `not-run` has none. */
  readonly session?: number;
  readonly iteration?: number;
  readonly message?: string;
}

/** How often a query is executed in a part. */
export function plannedPerQuery({ setting }: BenchmarkReport, part: MeasuredPart): number {
  return part === 'single' ? setting.iterations : setting.sessions;
}

/** Every query of the setting in one part, in ascending order; empty where the part was left out. */
export function queryTimes(report: BenchmarkReport, part: MeasuredPart): QueryTimes[] {
  const planned = plannedPerQuery(report, part);
  if (planned === 0) return [];
  const byQuery = Map.groupBy(
    report.executions.filter((execution) => execution.part === part),
    ({ query }) => query,
  );
  return report.setting.queries.numbers.map((query) => timesOf(query, planned, byQuery.get(query) ?? []));
}

function timesOf(query: number, planned: number, executions: readonly Execution[]): QueryTimes {
  const passed = executions.filter(({ status }) => status === 'passed');
  const durations = passed.map(({ durationMs }) => durationMs);
  const [minMs, maxMs] =
    durations.length === 0
      ? []
      : [durations.reduce((a, b) => Math.min(a, b)), durations.reduce((a, b) => Math.max(a, b))];
  const times = {
    minMs,
    medianMs: median(durations),
    maxMs,
    spreadMs: durations.length < 2 || minMs === undefined || maxMs === undefined ? undefined : maxMs - minMs,
    queueMs: medianOf(passed, 'queueMs'),
    compileMs: medianOf(passed, 'compileMs'),
    executionMs: medianOf(passed, 'executionMs'),
  };
  return {
    query,
    planned,
    passed: passed.length,
    complete: passed.length === planned,
    ...(Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined)) as Partial<
      Record<keyof typeof times, number>
    >),
    faults: [
      ...executions.flatMap(({ status, session, iteration, message }): QueryFault[] =>
        status === 'passed' ? [] : [{ status, session, iteration, ...(message !== undefined && { message }) }],
      ),
      ...Array.from({ length: Math.max(0, planned - executions.length) }, (): QueryFault => ({ status: 'not-run' })),
    ],
  };
}

function medianOf(executions: readonly Execution[], part: 'queueMs' | 'compileMs' | 'executionMs'): number | undefined {
  return median(executions.flatMap((execution) => execution[part] ?? []));
}
