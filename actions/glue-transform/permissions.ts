import { TARGET_PERMISSIONS } from '../../lib/aws/targets.ts';
import type { Permission } from '../../lib/operation/define.ts';

const BUCKET = 'arn:${Partition}:s3:::aws-glue-assets-*';
const TRANSFORMS = 'arn:${Partition}:s3:::aws-glue-assets-*/transforms/*';
const OBJECTS = 'arn:${Partition}:s3:::aws-glue-assets-*/*';
const JOB = 'arn:${Partition}:glue:*:*:job/*';

/** Source: "Actions, resources, and condition keys for Amazon S3" and "for AWS Glue", Service Authorization Reference. */
const READ_PERMISSIONS: readonly Permission[] = [
  { action: 'sts:GetCallerIdentity', resource: '*', why: 'finds the account (always allowed by AWS)' },
  {
    action: 's3:ListBucket',
    resource: BUCKET,
    why: 'compares what is there; without it S3 answers 403 for a file that is not there',
  },
  { action: 's3:GetObject', resource: OBJECTS, why: 'reads transforms, their records and kept versions' },
  { action: 'glue:GetJobs', resource: '*', why: 'finds the jobs that use a transform' },
];

export const PUBLISH_PERMISSIONS: readonly Permission[] = [
  ...READ_PERMISSIONS,
  { action: 's3:PutObject', resource: OBJECTS, why: 'writes both files, their copies and the record' },
  {
    action: 's3:DeleteObject',
    resource: 'arn:${Partition}:s3:::aws-glue-assets-*/headgate/glue-transform/*',
    why: "removes versions beyond 'keep-versions'",
  },
  {
    action: 's3:AbortMultipartUpload',
    resource: TRANSFORMS,
    why: 'tidies up when another run was first while a version is brought back',
  },
  ...['s3:CreateBucket', 's3:PutBucketPublicAccessBlock', 's3:PutBucketTagging'].map((action) => ({
    action,
    resource: BUCKET,
    why: 'makes the bucket',
    onlyWith: 'an account and Region where Glue Studio was not used yet',
  })),
  ...['glue:GetJob', 'glue:UpdateJob'].map((action) => ({
    action,
    resource: JOB,
    why: 'saves jobs again',
    onlyWith: "'save-jobs'",
  })),
  {
    action: 'iam:PassRole',
    resource: 'arn:${Partition}:iam::*:role/*',
    why: 'a job that is saved keeps its role; limit it by the condition key iam:PassedToService (glue.amazonaws.com)',
    onlyWith: "'save-jobs'",
  },
  ...TARGET_PERMISSIONS,
];

export const RETIRE_PERMISSIONS: readonly Permission[] = [
  ...READ_PERMISSIONS,
  { action: 's3:PutObject', resource: OBJECTS, why: 'announces the removal, and keeps a copy' },
  { action: 's3:DeleteObject', resource: TRANSFORMS, why: 'removes both files' },
  ...TARGET_PERMISSIONS,
];
