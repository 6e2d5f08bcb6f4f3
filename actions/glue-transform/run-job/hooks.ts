import type { Job, JobRun } from '@aws-sdk/client-glue';
import { Cancelled, OperationFailed } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import type { RunJobContext } from '../run-job.ts';
import { type Arguments, jobArguments } from './arguments.ts';
import { inTime } from './call.ts';
import { checkTransforms } from './check-transforms.ts';
import { type EndedRun, followRun } from './follow.ts';
import type { RUN_JOB_OUTPUTS } from './inputs.ts';
import { checkJob, readJob } from './job.ts';
import { placesOf } from './logs.ts';
import { outputsOf, reportOf, resultOf, type Told } from './report.ts';
import { startRun } from './start.ts';
import type { RunState } from './state.ts';
import { transformsOf, type UsedTransform } from './transforms-of.ts';
import { judge } from './verdict.ts';

export interface Prepared {
  readonly job: Job;
  readonly arguments: Arguments;
  readonly transforms: readonly UsedTransform[];
}

/**
 * Reads the job and looks for what would make its run fail. Changes nothing.
 *
 * @throws BadInput, Refused, OperationFailed
 */
export async function prepare({ inputs, aws, log, signal }: RunJobContext): Promise<Prepared> {
  const given = jobArguments(inputs.arguments);
  const job = await readJob(await aws.glue(), inputs.job, aws.region, signal);
  checkJob(inputs.job, job, { arguments: given, workers: inputs.workers });
  const transforms = transformsOf(job, given);
  if (inputs['check-transforms'] && transforms.length > 0) {
    await checkTransforms({ s3: await aws.s3(), log, signal }, inputs.job, transforms);
  }
  return { job, arguments: given, transforms };
}

/** Starts the run and waits for its end. What is left of it is stopped by the cleanup, however this ends. */
export async function execute(context: RunJobContext, prepared: Prepared): Promise<EndedRun> {
  const { inputs, aws, log, signal } = context;
  const { job, timeout, workers } = inputs;
  const glue = await aws.glue();
  let id: string | undefined;
  try {
    id = await startRun(context, glue, { ...prepared, name: job, timeout, workers });
    log.info(`The job ${job} is started; its run is ${id}.`);
    const ended = await followRun(context, glue, { job: prepared.job, name: job, id, timeout });
    await context.keepForCleanup({ kind: 'ended' } satisfies RunState);
    return ended;
  } catch (error) {
    if (!signal.aborted || error instanceof OperationFailed) throw error;
    const run = id === undefined ? 'A run that was started' : `The run ${id}`;
    throw new Cancelled({
      what: `It was cancelled while the job ${job} ran`,
      next: `${run} is stopped by the cleanup of this step; run again to have it run to its end`,
      data: { job, ...(id === undefined ? {} : { run: id }) },
    });
  }
}

/**
 * Reads the run back and judges it.
 *
 * @throws OperationFailed when it did not succeed; outputs and report are there all the same
 */
export async function confirm(
  context: RunJobContext,
  prepared: Prepared,
  ended: EndedRun,
): Promise<Outcome<keyof typeof RUN_JOB_OUTPUTS>> {
  const { inputs, aws, host, signal } = context;
  const { job: name, timeout } = inputs;
  const before = ended.attempts.slice(0, -1);
  const last = ended.attempts.at(-1) ?? {};
  const read = await readRun(context, name, last, signal);
  const attempts = [...before, read];
  const transforms = prepared.transforms.map((transform) => transform.name);
  const told: Told = {
    ...ended,
    attempts,
    name,
    price: inputs['price-per-dpu-hour'],
    verdict: judge({ ...ended, attempts, name, timeout, transforms }),
    places: placesOf({ ...prepared, name, run: read, region: aws.region, partition: aws.partition }),
  };
  const { verdict, places } = told;
  const outputs = outputsOf(told);
  if (verdict.advice === undefined) {
    return { summary: `${verdict.what}.`, outputs, report: reportOf(told), result: resultOf(told) };
  }
  await host.setOutputs(outputs);
  throw new OperationFailed({
    what: verdict.what,
    cause: verdict.advice.cause,
    next: `${verdict.advice.next}. The log: ${places.command}${places.logPage === undefined ? '' : ` or ${places.logPage}`}`,
    report: reportOf(told),
    data: { outputs, result: resultOf(told) },
  });
}

async function readRun({ aws }: RunJobContext, name: string, run: JobRun, signal: AbortSignal): Promise<JobRun> {
  const glue = await aws.glue();
  const { JobRun: read } = await inTime((options) => glue.getJobRun({ JobName: name, RunId: run.Id }, options), signal);
  return read ?? run;
}
