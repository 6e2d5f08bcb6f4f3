import { fixedNumber } from '../../../lib/report/chart/number.ts';
import { type Figure, figure, NOTHING, noFigure } from './figure.ts';
import { countText, formulaTime } from './figure-text.ts';
import { queriesPerHour } from './queries-per-hour.ts';
import { type QueryTimes, queryTimes } from './query-times.ts';
import type { BenchmarkReport, Execution } from './report.ts';
import type { SingleTotals } from './single-totals.ts';
import { sum } from './statistics.ts';

export interface ConcurrentTotals {
  readonly queries: readonly QueryTimes[];
  readonly sessions: readonly SessionTotals[];
  /** Without a value where the report does not tell it. */
  readonly wallClock: Figure;
  readonly queriesPerHour: Figure;
  /** What the totals of old reports call concurrent time. */
  readonly largestSessionSum: Figure & { readonly session?: number };
  /** Wall clock against the single user's for one pass. */
  readonly timesSingle?: Figure;
}

export interface SessionTotals {
  readonly session: number;
  readonly sum: Figure;
  /** From its first query's start to its last one's end, as seen from here; not known of imported reports. */
  readonly elapsedMs?: number;
}

/** Totals of the part with several sessions. */
export function concurrentTotals(report: BenchmarkReport, single: SingleTotals | undefined): ConcurrentTotals {
  const { setting, concurrentWallMs } = report;
  const executions = report.executions.filter(({ part }) => part === 'concurrent');
  const planned = setting.sessions * setting.queries.numbers.length;
  const sessions = Array.from({ length: setting.sessions }, (_, index) => sessionTotals(report, executions, index + 1));
  const counted = { counted: executions.length, of: planned, what: 'executions' } as const;
  const ratio = timesSingle(report, executions, single);
  return {
    queries: queryTimes(report, 'concurrent'),
    sessions,
    wallClock:
      concurrentWallMs === undefined
        ? noFigure('ms', counted, 'the report does not tell the wall clock')
        : figure(
            'ms',
            concurrentWallMs,
            counted,
            `from the first start to the last end of ${countText(setting.sessions, 'session')} = ${formulaTime(concurrentWallMs)}`,
          ),
    queriesPerHour: queriesPerHour(executions, planned, concurrentWallMs),
    largestSessionSum: largestSession(sessions, setting.queries.numbers.length),
    ...(ratio && { timesSingle: ratio }),
  };
}

/** Only where both parts ran whole: a part that broke off was shorter for that. */
function timesSingle(
  { setting, concurrentWallMs }: BenchmarkReport,
  concurrent: readonly Execution[],
  single: SingleTotals | undefined,
): Figure | undefined {
  const { value: singleMs, counted: ran, of: planned } = single?.wallClock ?? {};
  const of = setting.sessions * setting.queries.numbers.length;
  if (concurrentWallMs === undefined || !singleMs || ran !== planned || concurrent.length !== of) return undefined;
  const pass = singleMs / setting.iterations;
  const passed = concurrent.filter(({ status }) => status === 'passed').length;
  return figure(
    'ratio',
    concurrentWallMs / pass,
    { counted: passed, of, what: 'executions' },
    `${formulaTime(concurrentWallMs)} / ${formulaTime(pass)} of one single-user pass = ${fixedNumber(concurrentWallMs / pass, 4)}`,
  );
}

function sessionTotals(report: BenchmarkReport, concurrent: readonly Execution[], session: number): SessionTotals {
  const executions = concurrent.filter((execution) => execution.session === session);
  const passed = executions.filter(({ status }) => status === 'passed').map(({ durationMs }) => durationMs);
  const counted = { counted: passed.length, of: report.setting.queries.numbers.length, what: 'queries' } as const;
  const start = executions.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  const end = executions.reduce((most, { startMs, wallMs }) => Math.max(most, startMs + wallMs), 0);
  return {
    session,
    sum:
      passed.length === 0
        ? noFigure('ms', counted, NOTHING)
        : figure(
            'ms',
            sum(passed),
            counted,
            `sum of ${countText(passed.length, 'query')} = ${formulaTime(sum(passed))}`,
          ),
    ...(executions.length > 0 && report.setting.engine.engine !== 'imported' && { elapsedMs: end - start }),
  };
}

function largestSession(sessions: readonly SessionTotals[], queries: number): ConcurrentTotals['largestSessionSum'] {
  const known = sessions.flatMap((session) =>
    session.sum.value === undefined ? [] : [{ ...session, value: session.sum.value }],
  );
  const [first, ...rest] = known;
  if (first === undefined) return noFigure('ms', { counted: 0, of: queries, what: 'queries' }, NOTHING);
  const best = rest.reduce((a, b) => (b.value > a.value ? b : a), first);
  const { counted, of, what } = best.sum;
  return {
    ...figure(
      'ms',
      best.value,
      { counted, of, what },
      `session ${best.session} of ${sessions.length}: ${best.sum.formula}`,
    ),
    session: best.session,
  };
}
