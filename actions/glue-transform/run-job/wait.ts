import type { Glue, JobRun } from '@aws-sdk/client-glue';
import { mayPass } from '../../../lib/aws/passing-failure.ts';
import { errorMessage, OperationFailed } from '../../../lib/errors.ts';
import type { Context } from '../../../lib/operation/define.ts';
import { inTime } from './call.ts';
import { endOf } from './states.ts';

/** First pause between two looks, and the longest, in milliseconds. A run takes a minute at least. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10_000;
const GROWTH = 1.5;
/** Looks in which a new run need not show yet. */
const MISSES = 8;

export type WaitContext = Pick<Context, 'clock' | 'log' | 'signal'>;

/** The last look at a run, which may not have ended. */
export interface Looked {
  readonly run: JobRun;
  readonly hasEnded: boolean;
}

/**
 * Waits until a run has ended, and tells each new state. A look that fails for a reason that may pass is repeated until the
 * time is over: the run goes on without us.
 *
 * @param until time in milliseconds since 1970 when it has waited enough; one look is made in any case
 * @throws OperationFailed when Glue does not know the run any more
 */
export async function waitForEnd(
  context: WaitContext,
  glue: Glue,
  { job, id, until }: { readonly job: string; readonly id: string; readonly until: number },
): Promise<Looked> {
  const { clock, log, signal } = context;
  let last: JobRun | undefined;
  let misses = 0;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    try {
      const { JobRun: run = {} } = await inTime(
        (options) => glue.getJobRun({ JobName: job, RunId: id }, options),
        signal,
      );
      if (run.JobRunState !== last?.JobRunState) log.info(stateLine(run, id));
      last = run;
      if (endOf(run) !== undefined) return { run, hasEnded: true };
    } catch (error) {
      signal.throwIfAborted();
      if (isUnknown(error)) {
        misses += 1;
        if (last !== undefined || misses >= MISSES) throw gone(job, id, error);
      } else {
        if (!mayPass(error)) throw error;
        log.warning(`Glue could not be asked: ${errorMessage(error)}. The run goes on; asking again.`);
      }
    }
    if (clock.now().getTime() >= until) return { run: last ?? { Id: id }, hasEnded: false };
    await clock.sleep(pause, signal);
  }
}

function stateLine({ JobRunState: state, StateDetail: detail = '', Attempt: attempt = 0 }: JobRun, id: string): string {
  const which = attempt === 0 ? '' : ` (attempt ${attempt + 1})`;
  return `The run ${id}${which} is ${state ?? 'in no known state'}${detail === '' ? '' : `: ${detail}`}.`;
}

function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.name === 'EntityNotFoundException';
}

function gone(job: string, id: string, error: unknown): OperationFailed {
  return new OperationFailed(
    {
      what: `Glue does not know the run ${id} of the job ${job}: ${errorMessage(error)}`,
      cause: 'the job was deleted while it ran',
      next: 'Run again when the job is there',
      data: { job, run: id },
    },
    { cause: error },
  );
}
