import type { JobRun } from '@aws-sdk/client-glue';

/** What a run came to, in the words of the outputs. */
export type Status = 'succeeded' | 'failed' | 'stopped' | 'timed-out' | 'expired';

/** Source: Glue API reference, "JobRun" and "AWS Glue job run statuses"; EXPIRED is a run that waited too long in a queue. */
const ENDS: Readonly<Record<string, Status>> = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ERROR: 'failed',
  STOPPED: 'stopped',
  TIMEOUT: 'timed-out',
  EXPIRED: 'expired',
};

/** What a run came to; undefined while it goes on. A state that is not known yet is none of an end. */
export function endOf({ JobRunState: state }: Pick<JobRun, 'JobRunState'>): Status | undefined {
  return state !== undefined && Object.hasOwn(ENDS, state) ? ENDS[state] : undefined;
}
