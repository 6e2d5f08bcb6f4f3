import type { Permission } from '../../../lib/operation/define.ts';

const JOB = 'arn:${Partition}:glue:${Region}:${Account}:job/*';
const CHECK = "'check-transforms'";

/** Source: "Actions, resources, and condition keys for AWS Glue" and "for Amazon S3", Service Authorization Reference. */
export const RUN_JOB_PERMISSIONS: readonly Permission[] = [
  { action: 'glue:GetJob', resource: JOB, why: 'reads what the job is' },
  { action: 'glue:GetJobRuns', resource: JOB, why: 'tells a run of its own from others when an answer was lost' },
  { action: 'glue:StartJobRun', resource: JOB, why: 'starts the run' },
  { action: 'glue:GetJobRun', resource: JOB, why: 'waits for the end of the run' },
  {
    action: 'glue:BatchStopJobRun',
    resource: JOB,
    why: 'stops a run that takes too long, or is left by a cancelled step',
  },
  {
    action: 's3:GetObject',
    resource: 'arn:${Partition}:s3:::aws-glue-assets-*/transforms/*',
    why: 'sees whether the transforms are there',
    onlyWith: CHECK,
  },
  {
    action: 's3:ListBucket',
    resource: 'arn:${Partition}:s3:::aws-glue-assets-*',
    why: 'without it S3 answers 403 for a file that is not there',
    onlyWith: CHECK,
  },
];
