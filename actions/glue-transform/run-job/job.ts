import type { Glue, Job } from '@aws-sdk/client-glue';
import { OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Arguments } from './arguments.ts';
import { inTime } from './call.ts';

/** What a run is to have that its job does not. */
export interface Wishes {
  readonly arguments: Arguments;
  readonly workers: number | undefined;
}

/** @throws OperationFailed when there is no such job */
export async function readJob(glue: Glue, name: string, region: string, signal: AbortSignal): Promise<Job> {
  try {
    const { Job: job } = await inTime((options) => glue.getJob({ JobName: name }, options), signal);
    if (job !== undefined) return job;
    throw new Error('GetJob answered without the job');
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'EntityNotFoundException') throw error;
    throw new OperationFailed(
      {
        what: `There is no job '${name}' in ${region}`,
        cause: 'the name is another one, or the job is in another Region or account',
        next: "Check 'job' and 'region'; 'aws glue list-jobs' lists the names",
      },
      { cause: error },
    );
  }
}

/**
 * Says why a job cannot be run like this. Pure.
 *
 * @throws Refused
 */
export function checkJob(name: string, job: Job, { arguments: given, workers }: Wishes): void {
  if (job.Command?.Name === 'gluestreaming') {
    throw new Refused({
      what: `The job '${name}' is a streaming job`,
      cause: 'a streaming job goes on until somebody stops it, so that there is no end to wait for',
      next: "Start it with 'aws glue start-job-run'",
    });
  }
  const fixed = Object.keys(given).filter((argument) => Object.hasOwn(job.NonOverridableArguments ?? {}, argument));
  if (fixed.length > 0) {
    throw new Refused({
      what: `The job '${name}' has a fixed value for ${fixed.join(', ')}; the one that was given would not count`,
      cause: 'it is among the arguments of the job that cannot be overridden',
      next: "Leave it out of 'arguments', or change the job",
    });
  }
  if (workers !== undefined && job.WorkerType === undefined) {
    throw new Refused({
      what: `The job '${name}' has no worker type, so that it cannot have ${workers} workers`,
      cause: 'its capacity is given in DPUs, as with Python shell jobs',
      next: "Leave out 'workers', or give the job a worker type",
    });
  }
}
