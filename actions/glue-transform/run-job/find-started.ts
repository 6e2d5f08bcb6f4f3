import type { Glue, JobRun } from '@aws-sdk/client-glue';
import type { Clock } from '../../../lib/operation/define.ts';
import { markedRun, type RunMark } from './run-mark.ts';
import { newestRuns } from './runs.ts';

/** Milliseconds before each look: a call without an answer may still be at work, and a new run may not show at once. */
const LOOKS = [0, 2000, 5000, 10_000, 15_000];

/** Looks for a run that may have been started; undefined when none has come up in half a minute. */
export async function findStarted(
  { glue, clock, signal }: { readonly glue: Glue; readonly clock: Clock; readonly signal: AbortSignal },
  job: string,
  mark: RunMark,
): Promise<JobRun | undefined> {
  for (const pause of LOOKS) {
    if (pause > 0) await clock.sleep(pause, signal);
    const run = markedRun(await newestRuns(glue, job, signal), mark);
    if (run !== undefined) return run;
  }
  return undefined;
}
