import type { BucketLocationConstraint, S3 } from '@aws-sdk/client-s3';
import type { Aws } from '../../../lib/aws/clients.ts';
import { BadInput, OperationFailed, Refused } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { nameOf, statusOf } from './store.ts';

/** The bucket in which Glue Studio looks. Source: Glue user guide, "Getting started with custom visual transforms". */
export const GLUE_BUCKET = 'aws-glue-assets-{account}-{region}';

/** Source: S3 user guide, "General purpose bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** @throws BadInput when what comes out is no name of a bucket */
export function bucketName(pattern: string, account: string, region: string): string {
  const name = pattern.replaceAll('{account}', account).replaceAll('{region}', region);
  if (BUCKET.test(name)) return name;
  const message = `input 'bucket': ${quote(name)} is not the name of a bucket; write for example '${GLUE_BUCKET}'`;
  throw new BadInput([{ input: 'bucket', message }]);
}

/**
 * Makes the bucket as Glue Studio does: private, encrypted, owned by its account alone. A run that is killed after the
 * first call leaves a bucket that is all that by S3's own defaults; the calls after it say so explicitly.
 *
 * Source: S3 user guide, "Default settings for new S3 buckets" (since April 2023).
 *
 * @returns whether it was made by this call
 * @throws Refused when the name is taken by another account
 */
export async function makeBucket(
  aws: Aws,
  s3: S3,
  bucket: string,
  tags: Readonly<Record<string, string>>,
): Promise<boolean> {
  const isFirst = await create(aws, s3, bucket);
  if (!isFirst) return false;
  const target = { Bucket: bucket, ExpectedBucketOwner: await aws.accountId() };
  await s3.putPublicAccessBlock({
    ...target,
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  });
  await s3.putBucketTagging({
    ...target,
    Tagging: { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
  });
  return true;
}

async function create(aws: Aws, s3: S3, bucket: string): Promise<boolean> {
  // us-east-1 is the one Region that must not be named. Source: S3 API reference, "CreateBucket".
  const location =
    aws.region === 'us-east-1'
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: aws.region as BucketLocationConstraint } };
  try {
    await s3.createBucket({ Bucket: bucket, ObjectOwnership: 'BucketOwnerEnforced', ...location });
    return true;
  } catch (error) {
    // Another run makes it at this moment, or the answer to our own call was lost.
    if (nameOf(error) === 'BucketAlreadyOwnedByYou' || nameOf(error) === 'OperationAborted') return false;
    if (nameOf(error) === 'BucketAlreadyExists') throw takenBucket(bucket);
    throw error;
  }
}

/** What a call in a bucket that failed with 403 or 301 means; other errors stay what they are. */
export function explainBucket(bucket: string, error: unknown): unknown {
  const status = statusOf(error);
  if (status !== 403 && status !== 301) return error;
  return new OperationFailed(
    {
      what: `The bucket ${bucket} cannot be used: S3 ${status === 403 ? 'denies access' : 'says that it is in another Region'}`,
      cause:
        status === 403
          ? 'it belongs to another account, or the role lacks a permission on it'
          : 'a bucket of this name was made in another Region',
      next: "Check whose the bucket is, and the role against the minimal policy; 'bucket' names another one",
    },
    { cause: error },
  );
}

function takenBucket(bucket: string): Refused {
  return new Refused({
    what: `The bucket ${bucket} belongs to another account; nothing was written`,
    cause: 'somebody else took the name, which can be guessed from the number of the account',
    next: 'Ask AWS Support for the name, because Glue Studio looks into no other bucket',
  });
}
