import type { Glue, JobRun } from '@aws-sdk/client-glue';
import { inTime } from './call.ts';
import { endOf } from './states.ts';

/** Newest runs that are looked at: those that go on, or were started just now, are among them. */
const NEWEST = 100;

/** The newest runs of a job. Source: Glue API reference, "GetJobRuns" ("the newest job runs returned first"). */
export async function newestRuns(glue: Glue, job: string, signal?: AbortSignal): Promise<readonly JobRun[]> {
  const { JobRuns: runs = [] } = await inTime(
    (options) => glue.getJobRuns({ JobName: job, MaxResults: NEWEST }, options),
    signal,
  );
  return runs;
}

export function isGoing(run: JobRun): boolean {
  return endOf(run) === undefined;
}

/** A run with the further attempts that Glue made of it, in their order. Pure. */
export function attemptsOf(runs: readonly JobRun[], id: string): readonly JobRun[] {
  const found: JobRun[] = [];
  for (let wanted = runs.find((run) => run.Id === id); wanted !== undefined; wanted = nextAttempt(runs, found)) {
    found.push(wanted);
  }
  return found;
}

/**
 * The attempt that Glue made after these ones. Which of them it names as the one before is not documented. Pure.
 *
 * @param attempts of one run, oldest first
 */
export function nextAttempt(runs: readonly JobRun[], attempts: readonly JobRun[]): JobRun | undefined {
  const ids = attempts.flatMap(({ Id: id }) => id ?? []);
  return runs
    .filter(({ Id: id = '', PreviousRunId: previous = '' }) => ids.includes(previous) && !ids.includes(id) && id !== '')
    .toSorted((a, b) => (a.Attempt ?? 0) - (b.Attempt ?? 0))
    .at(0);
}
