import type { Glue, JobRun } from '@aws-sdk/client-glue';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Context } from '../../../lib/operation/define.ts';
import { inTime } from './call.ts';
import { findStarted } from './find-started.ts';
import { attemptsOf, isGoing, newestRuns } from './runs.ts';
import { type RunState, runState } from './state.ts';
import { stopRun } from './stop.ts';

type CleanUpContext = Pick<Context, 'log' | 'aws' | 'clock' | 'signal'>;

/** Stops a run that was left: its step was cancelled, or killed. A run that has ended is left alone. */
export async function cleanUp(saved: Json, context: CleanUpContext): Promise<void> {
  const state = runState(saved);
  if (state.kind === 'ended') return;
  const glue = await context.aws.glue();
  const { job } = state;
  for (const { Id: id = '' } of (await ownRuns(context, glue, state)).filter(isGoing)) {
    const refusal = await stopRun(glue, job, id, context.signal);
    if (refusal === undefined) context.log.info(`The run ${id} of the job ${job} was left; it is being stopped.`);
    else context.log.warning(`The run ${id} of the job ${job} was left and could not be stopped: ${refusal}.`);
  }
}

async function ownRuns(
  context: CleanUpContext,
  glue: Glue,
  state: Exclude<RunState, { kind: 'ended' }>,
): Promise<readonly JobRun[]> {
  const { job } = state;
  if (state.kind === 'starting') {
    const run = await findStarted({ ...context, glue }, job, state.mark);
    return run === undefined ? [] : [run];
  }
  const attempts = attemptsOf(await newestRuns(glue, job, context.signal), state.run);
  if (attempts.length > 0) return attempts;
  // Many runs were started since.
  const { JobRun: run } = await inTime(
    (options) => glue.getJobRun({ JobName: job, RunId: state.run }, options),
    context.signal,
  );
  return run === undefined ? [] : [run];
}
