import type { BenchmarkReport, Status } from './report.ts';

/** Whether every execution of the measured parts passed, with how many there were of each status. */
export interface Verdict {
  readonly outcome: 'passed' | 'failed';
  /** Executions of the measured parts that the setting asks for. */
  readonly planned: number;
  readonly counts: Readonly<Record<Status | 'not-run', number>>;
}

/** Warm-ups do not count. A report of which nothing was to be measured has not passed. */
export function verdictOf({ setting, executions }: BenchmarkReport): Verdict {
  const planned = setting.queries.numbers.length * (setting.iterations + setting.sessions);
  const measured = executions.filter(({ part }) => part !== 'warm-up');
  const of = (status: Status) => measured.filter((execution) => execution.status === status).length;
  const counts = {
    passed: of('passed'),
    'wrong-answer': of('wrong-answer'),
    'from-cache': of('from-cache'),
    failed: of('failed'),
    'timed-out': of('timed-out'),
    'not-run': Math.max(0, planned - measured.length),
  };
  return { outcome: planned > 0 && counts.passed === planned ? 'passed' : 'failed', planned, counts };
}

const WORDS: readonly (readonly [keyof Verdict['counts'], string])[] = [
  ['wrong-answer', 'gave a wrong answer'],
  ['from-cache', 'came from the result cache'],
  ['failed', 'failed'],
  ['timed-out', 'timed out'],
  ['not-run', 'did not run'],
];

/** `98 of 99 executions passed; 1 timed out`. */
export function verdictText({ planned, counts }: Verdict): string {
  const faults = WORDS.flatMap(([status, words]) => (counts[status] === 0 ? [] : [`${counts[status]} ${words}`]));
  return [`${counts.passed} of ${planned} executions passed`, ...faults].join('; ');
}

/** `timed out`: a status as words behind a query. */
export function statusText(status: Exclude<keyof Verdict['counts'], 'passed'>): string {
  return WORDS.find(([known]) => known === status)?.[1] ?? status;
}
