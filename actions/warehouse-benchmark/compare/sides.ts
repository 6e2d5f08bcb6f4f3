import type { BenchmarkReport, Execution } from '../report/report.ts';
import { median } from '../report/statistics.ts';
import type { Side } from './comparison.ts';
import { noiseOf } from './noise.ts';

/** What a report tells of a query in a part. */
export function sideOf(executions: readonly Execution[]): Side {
  const failed = executions.find(isFailure);
  if (failed !== undefined) return { state: 'failing', reason: reasonOf(failed) };
  const durations = executions.filter(isMeasured).map(({ durationMs }) => durationMs);
  const medianMs = median(durations);
  if (medianMs !== undefined) {
    return { state: 'measured', medianMs, repeats: durations.length, noise: noiseOf(durations) ?? null };
  }
  if (executions.length === 0) return { state: 'missing', reason: 'did not run' };
  const cached = executions.some(({ status }) => status === 'from-cache');
  return { state: 'missing', reason: cached ? 'answered from the result cache' : 'no time was measured' };
}

/** The executions of each query in a part, by query number. */
export function executionsOf(
  { executions }: BenchmarkReport,
  part: 'single' | 'concurrent',
): ReadonlyMap<number, readonly Execution[]> {
  return Map.groupBy(
    executions.filter((execution) => execution.part === part),
    ({ query }) => query,
  );
}

/** A time of zero is none: it would make a ratio infinite and a geometric mean zero. */
export function isMeasured({ status, durationMs }: Execution): boolean {
  return status === 'passed' && durationMs > 0;
}

function isFailure({ status }: Execution): boolean {
  return status === 'failed' || status === 'timed-out' || status === 'wrong-answer';
}

function reasonOf({ status, message }: Execution): string {
  const what = { failed: 'failed', 'timed-out': 'timed out', 'wrong-answer': 'gave a wrong answer' }[
    status as 'failed' | 'timed-out' | 'wrong-answer'
  ];
  return message === undefined ? what : `${what}: ${message}`;
}
