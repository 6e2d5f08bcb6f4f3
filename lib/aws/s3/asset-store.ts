import { OperationFailed, Refused } from '../../errors.ts';
import type { Permission } from '../../operation/define.ts';
import type { Aws } from '../clients.ts';
import type { AssetLocation, OpenedAsset } from '../cloudformation/package.ts';
import { type Pace, uploadWithRetries } from './upload-retry.ts';

/** The name that `stack bootstrap` gives the bucket: one an account and Region. */
export function assetsBucketName(accountId: string, region: string): string {
  return `headgate-assets-${accountId}-${region}`;
}

export function assetLocation(aws: Aws, bucket: string, key: string): AssetLocation {
  return {
    bucket,
    key,
    url: `https://${bucket}.s3.${aws.region}.${aws.partition.dnsSuffix}/${key}`,
    uri: `s3://${bucket}/${key}`,
  };
}

/**
 * Uploads an asset unless the bucket has it. The bucket must belong to the account of the credentials: its name can be
 * guessed, so someone else could have made it. After a failure that may pass the asset is opened and sent again.
 *
 * @param pace for the pauses before another try
 * @returns whether bytes were sent
 * @throws OperationFailed when the bucket does not exist, Refused when it is someone else's
 */
export async function uploadAsset(
  aws: Aws,
  bucket: string,
  key: string,
  open: () => Promise<OpenedAsset>,
  pace: Pace = REAL_TIME,
): Promise<boolean> {
  const s3 = await aws.s3();
  const target = { Bucket: bucket, Key: key, ExpectedBucketOwner: await aws.accountId() };
  try {
    await s3.headObject(target);
    return false;
  } catch (error) {
    const status = httpStatus(error);
    if (status === 403) throw foreignBucket(bucket, error);
    if (status !== 404) throw error;
  }
  try {
    await uploadWithRetries(pace, async () => {
      const { stream, length } = await open();
      const request = new AbortController();
      try {
        await s3.putObject({ ...target, Body: stream, ContentLength: length }, { abortSignal: request.signal });
      } finally {
        // An upload that is refused before its body was asked for stays open in the SDK, and would hold the process
        // until the server ends the connection.
        request.abort();
        stream.destroy();
      }
    });
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucket') throw missingBucket(bucket);
    if (httpStatus(error) === 403) throw foreignBucket(bucket, error);
    throw error;
  }
}

const REAL_TIME: Pace = {
  clock: {
    now: () => new Date(),
    sleep: async (milliseconds) => await new Promise((resolve) => setTimeout(resolve, milliseconds)),
  },
  signal: new AbortController().signal,
};

export function missingBucket(bucket: string): OperationFailed {
  return new OperationFailed({
    what: `The bucket ${bucket} for code and large templates does not exist`,
    cause: 'this account and Region were not prepared yet',
    next: "Run 'headgate stack bootstrap' once, or give 'bootstrap: true', or name a bucket of yours with 'assets-bucket'",
  });
}

function foreignBucket(bucket: string, cause: unknown): Refused {
  return new Refused(
    {
      what: `The bucket ${bucket} cannot be used: S3 denies access`,
      cause: 'it belongs to another account, or the role lacks s3:GetObject, s3:PutObject and s3:ListBucket on it',
      next: "Check the owner of the bucket and the role; 'assets-bucket' names another one",
    },
    { cause },
  );
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

/** What `uploadAsset` calls. Source: "Actions, resources, and condition keys for Amazon S3", Service Authorization Reference. */
export const ASSET_PERMISSIONS: readonly Permission[] = [
  {
    action: 's3:GetObject',
    resource: 'arn:${Partition}:s3:::headgate-assets-*/headgate/*',
    why: 'sees whether an asset is there; CloudFormation reads it with the rights of the job',
  },
  {
    action: 's3:PutObject',
    resource: 'arn:${Partition}:s3:::headgate-assets-*/headgate/*',
    why: 'uploads code and large templates',
  },
  {
    action: 's3:ListBucket',
    resource: 'arn:${Partition}:s3:::headgate-assets-*',
    why: 'without it S3 answers 403 for an asset that is not there yet',
  },
];
