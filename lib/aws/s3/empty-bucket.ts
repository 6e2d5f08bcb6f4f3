import type { ObjectIdentifier, S3 } from '@aws-sdk/client-s3';
import { OperationFailed } from '../../errors.ts';
import type { Permission } from '../../operation/define.ts';
import type { StackContext } from '../cloudformation/stack.ts';

/**
 * Deletes every object, every version and every delete marker of a bucket, page by page, so that memory does not grow
 * with the bucket. A bucket that is already gone is fine.
 *
 * @throws OperationFailed naming the first objects that the service did not delete
 */
export async function emptyBucket(
  context: Pick<StackContext, 'aws' | 'log' | 'signal'>,
  bucket: string,
): Promise<void> {
  const s3 = await context.aws.s3();
  // Bucket names are global: a bucket of this name that is deleted and taken by someone else must not be touched.
  const owner = await context.aws.accountId();
  let deleted = 0;
  let keyMarker: string | undefined;
  let versionMarker: string | undefined;
  try {
    do {
      context.signal.throwIfAborted();
      const page = await s3.listObjectVersions({
        Bucket: bucket,
        ExpectedBucketOwner: owner,
        KeyMarker: keyMarker,
        VersionIdMarker: versionMarker,
      });
      const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(
        ({ Key, VersionId }): ObjectIdentifier[] =>
          Key === undefined ? [] : [{ Key, ...(VersionId === undefined ? {} : { VersionId }) }],
      );
      await deleteObjects(s3, bucket, owner, objects);
      deleted += objects.length;
      keyMarker = page.IsTruncated === true ? page.NextKeyMarker : undefined;
      versionMarker = page.IsTruncated === true ? page.NextVersionIdMarker : undefined;
    } while (keyMarker !== undefined);
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucket') return;
    throw error;
  }
  if (deleted > 0) context.log.info(`Emptied bucket ${bucket}: ${deleted} object versions deleted.`);
}

async function deleteObjects(s3: S3, bucket: string, owner: string, objects: ObjectIdentifier[]): Promise<void> {
  if (objects.length === 0) return;
  const { Errors: errors = [] } = await s3.deleteObjects({
    Bucket: bucket,
    ExpectedBucketOwner: owner,
    Delete: { Objects: objects, Quiet: true },
  });
  if (errors.length === 0) return;
  const first = errors.slice(0, 3).map((error) => `${error.Key}: ${error.Code} ${error.Message}`);
  throw new OperationFailed({
    what: `${errors.length} objects of bucket ${bucket} could not be deleted: ${first.join('; ')}`,
    cause: 'an object lock, a bucket policy, or a missing permission s3:DeleteObjectVersion',
    next: 'Free the objects, then run again; what was deleted stays deleted',
  });
}

/** What `emptyBucket` calls. Source: "Actions, resources, and condition keys for Amazon S3", Service Authorization Reference. */
export const EMPTY_BUCKET_PERMISSIONS: readonly Permission[] = [
  {
    action: 's3:ListBucketVersions',
    resource: 'arn:${Partition}:s3:::*',
    why: 'finds all versions in the buckets of the stack',
  },
  { action: 's3:DeleteObjectVersion', resource: 'arn:${Partition}:s3:::*/*', why: 'empties the buckets of the stack' },
];
