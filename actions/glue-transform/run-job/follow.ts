import type { Glue, Job, JobRun } from '@aws-sdk/client-glue';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Context } from '../../../lib/operation/define.ts';
import { newestRuns, nextAttempt } from './runs.ts';
import { spell } from './spell.ts';
import type { RunState } from './state.ts';
import { endOf } from './states.ts';
import { stopRun } from './stop.ts';
import { waitForEnd } from './wait.ts';

/** A run that has ended. */
export interface EndedRun {
  /** Its attempts, at least one, in their order; the last one decides. */
  readonly attempts: readonly JobRun[];
  /** Whether this operation stopped it, because it took too long. */
  readonly isOverdue: boolean;
}

export interface Followed {
  readonly job: Job;
  readonly name: string;
  readonly id: string;
  /** Seconds. */
  readonly timeout: number;
}

type FollowContext = Pick<Context, 'clock' | 'log' | 'signal' | 'keepForCleanup'>;

/** Milliseconds before each look for the attempt after one that failed. */
const LOOKS = [1000, 2000, 5000, 10_000, 20_000, 30_000];
/** Milliseconds that stopping may take. */
const STOPPING = 5 * 60_000;

/**
 * Waits for the end of a run and of the attempts that Glue makes after it (MaxRetries of the job). What goes on after the
 * time-out is stopped.
 *
 * @throws OperationFailed when a run cannot be stopped
 */
export async function followRun(context: FollowContext, glue: Glue, followed: Followed): Promise<EndedRun> {
  const { name, job, timeout } = followed;
  const until = context.clock.now().getTime() + timeout * 1000;
  const attempts: JobRun[] = [];
  for (let { id } = followed; ; ) {
    const { run, hasEnded } = await waitForEnd(context, glue, { job: name, id, until });
    if (!hasEnded) {
      const stopped = await stopOverdue(context, glue, { ...followed, id, state: run.JobRunState });
      return { attempts: [...attempts, stopped], isOverdue: endOf(stopped) === 'stopped' };
    }
    attempts.push(run);
    // Only failures are tried again. Source: Glue developer guide, "Number of retries".
    const isLast = endOf(run) !== 'failed' || attempts.length > (job.MaxRetries ?? 0);
    const next = isLast ? undefined : await findNext(context, glue, { name, attempts });
    if (next === undefined) return { attempts, isOverdue: false };
    id = next;
    await context.keepForCleanup({ kind: 'started', job: name, run: id } satisfies RunState);
    context.log.info(`The job ${name} has failed and is tried again; the run is now ${id}.`);
  }
}

async function findNext(
  { clock, log, signal }: FollowContext,
  glue: Glue,
  { name, attempts }: { readonly name: string; readonly attempts: readonly JobRun[] },
): Promise<string | undefined> {
  for (const pause of LOOKS) {
    await clock.sleep(pause, signal);
    const next = nextAttempt(await newestRuns(glue, name, signal), attempts);
    if (next !== undefined) return next.Id;
  }
  log.warning(`The job ${name} has retries left, but Glue has not tried it again.`);
  return undefined;
}

async function stopOverdue(
  context: FollowContext,
  glue: Glue,
  { name, id, timeout, state = 'not known' }: Followed & { readonly state: string | undefined },
): Promise<JobRun> {
  const { clock, log, signal } = context;
  log.warning(`The run ${id} of the job ${name} takes longer than ${spell(timeout)}. Stopping it.`);
  // One that has ended by now cannot be stopped, which the next look tells.
  const refusal = await stopRun(glue, name, id, signal);
  const until = clock.now().getTime() + (refusal === undefined ? STOPPING : 0);
  const { run, hasEnded } = await waitForEnd(context, glue, { job: name, id, until });
  if (hasEnded) return run;
  throw new OperationFailed({
    what: `The run ${id} of the job ${name} was still ${state} after ${spell(timeout)} and ${refusal === undefined ? 'does not stop' : `could not be stopped: ${refusal}`}`,
    cause: 'Glue is slow to stop runs at the moment, or the role may not stop them',
    next: `Look with 'aws glue get-job-run' whether it goes on, and stop it in the console; it costs until then`,
    data: { job: name, run: id },
  });
}
