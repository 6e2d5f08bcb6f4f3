import type { Glue, Job, JobRun, StartJobRunRequest } from '@aws-sdk/client-glue';
import { explainAwsError } from '../../../lib/aws/explain.ts';
import { errorMessage, OperationFailed } from '../../../lib/errors.ts';
import type { Context } from '../../../lib/operation/define.ts';
import type { Arguments } from './arguments.ts';
import { inTime, NoAnswer } from './call.ts';
import { findStarted } from './find-started.ts';
import { AnswerLost, startOnlyOnce } from './lost-answer.ts';
import { markOf, type RunMark } from './run-mark.ts';
import { isGoing, newestRuns } from './runs.ts';
import type { RunState } from './state.ts';

/** What is to be run. */
export interface RunRequest {
  readonly job: Job;
  readonly name: string;
  readonly arguments: Arguments;
  readonly workers: number | undefined;
  /** Seconds. */
  readonly timeout: number;
}

/** How often a start is tried whose answer was lost, and of which no run came up. */
const TRIES = 3;
/** Minutes that Glue lets a run go on for longer than this operation: it is for runs whose operation was killed. */
const SPARE = 5;

type StartContext = Pick<Context, 'clock' | 'log' | 'signal' | 'keepForCleanup'>;

/**
 * Starts a run, once: after an answer that was lost it looks for the run before it starts again. The cleanup knows of the
 * run at each moment.
 *
 * @returns the id of the run
 * @throws OperationFailed when Glue takes no further run
 */
export async function startRun(context: StartContext, glue: Glue, request: RunRequest): Promise<string> {
  const { log, signal } = context;
  const { name, job } = request;
  const keep = (state: RunState) => context.keepForCleanup(state);
  startOnlyOnce(glue);
  const mark = markOf(await newestRuns(glue, name, signal), request.arguments, job);
  signal.throwIfAborted();
  await keep({ kind: 'starting', job: name, mark });
  for (let tries = 1; ; tries++) {
    try {
      const run = await started(glue, request);
      await keep({ kind: 'started', job: name, run });
      return run;
    } catch (error) {
      // A refusal of the second start may come from the first one.
      const isUnsure = error instanceof AnswerLost || tries > 1;
      if (!isUnsure) {
        await keep({ kind: 'ended' });
        throw await explained(glue, request, error);
      }
      const failure = error instanceof AnswerLost ? error.failure : error;
      log.warning(`Whether the job ${name} was started is not known: ${errorMessage(failure)}. Looking for its run.`);
      const found = await adopted(context, glue, { name, mark });
      if (found !== undefined) return found;
      if (!(error instanceof AnswerLost)) throw await explained(glue, request, error);
      if (tries === TRIES) throw givenUp(name, failure);
      log.info(`The job ${name} was not started. Starting it again.`);
    }
  }
}

/** Not given up on a cancellation: the id of the run would be lost with the answer. */
async function started(glue: Glue, request: RunRequest): Promise<string> {
  try {
    const { JobRunId: run } = await inTime((options) => glue.startJobRun(callOf(request), options));
    if (run === undefined) throw new AnswerLost(new Error('Glue answered without the id of the run'));
    return run;
  } catch (error) {
    throw error instanceof NoAnswer ? new AnswerLost(error) : error;
  }
}

async function adopted(
  context: StartContext,
  glue: Glue,
  { name, mark }: { readonly name: string; readonly mark: RunMark },
): Promise<string | undefined> {
  const { Id: run } = (await findStarted({ ...context, glue }, name, mark)) ?? {};
  if (run === undefined) return undefined;
  await context.keepForCleanup({ kind: 'started', job: name, run });
  return run;
}

function callOf({ job, name, arguments: given, workers, timeout }: RunRequest): StartJobRunRequest {
  // A run of a job without a time-out of its own would go on for hours when nobody is left to stop it.
  const minutes = Math.ceil(timeout / 60) + SPARE;
  const isShorter = job.Timeout === undefined || job.Timeout === 0 || job.Timeout > minutes;
  return {
    JobName: name,
    ...(Object.keys(given).length === 0 ? {} : { Arguments: given }),
    ...(workers === undefined ? {} : { WorkerType: job.WorkerType, NumberOfWorkers: workers }),
    ...(isShorter ? { Timeout: minutes } : {}),
  };
}

async function explained(glue: Glue, request: RunRequest, error: unknown): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  if (error.name === 'ConcurrentRunsExceededException') {
    // What goes on is only told; the refusal stands without it, too.
    const runs = await newestRuns(glue, request.name).catch(() => []);
    return tooMany(request, runs.filter(isGoing), error);
  }
  const known = REFUSALS[error.name];
  if (known === undefined) return error;
  return new OperationFailed(
    { what: `The job ${request.name} was not started: ${errorMessage(error)}`, ...known },
    { cause: error },
  );
}

/** Source: Glue API reference, "StartJobRun", "Errors". */
const REFUSALS: Readonly<Record<string, { readonly cause: string; readonly next: string }>> = {
  EntityNotFoundException: { cause: 'the job was deleted in the meantime', next: "Check 'job' and 'region'" },
  InvalidInputException: {
    cause: 'Glue does not take one of the values',
    next: "Check 'arguments' and 'workers' against the message",
  },
  ResourceNumberLimitExceededException: {
    cause: 'the account may run no more jobs or DPUs at a time in this Region',
    next: "Run again later, give fewer 'workers', or have the quota of Glue raised in Service Quotas",
  },
};

function tooMany({ name, job }: RunRequest, going: readonly JobRun[], error: Error): OperationFailed {
  const allowed = job.ExecutionProperty?.MaxConcurrentRuns ?? 1;
  const ids = going.flatMap(({ Id: id }) => id ?? []);
  const runs = ids.length === 0 ? '' : `; going on: ${ids.join(', ')}`;
  const isOfJob = ids.length >= allowed;
  return new OperationFailed(
    {
      what: `The job ${name} takes no further run: ${errorMessage(error)}${runs}`,
      cause: isOfJob
        ? `the job may have ${allowed} ${allowed === 1 ? 'run' : 'runs'} at a time (MaxConcurrentRuns)`
        : 'the account may have no more runs at a time in this Region, or a run has ended just now',
      next: isOfJob
        ? "Wait for these runs, raise 'Maximum concurrency' of the job, or put the pipelines that run it into one concurrency or resource group"
        : 'Run again later, or have the quota of Glue raised in Service Quotas',
      data: { job: name, runs: ids },
    },
    { cause: error },
  );
}

function givenUp(name: string, failure: unknown): OperationFailed {
  const { what, cause, next } = explainAwsError(failure);
  return new OperationFailed(
    {
      what: `The job ${name} could not be started, in ${TRIES} tries; no run of it came up: ${what}`,
      ...(cause === undefined ? {} : { cause }),
      ...(next === undefined ? {} : { next }),
    },
    { cause: failure },
  );
}
