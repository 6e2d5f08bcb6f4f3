import type { _Error, ObjectIdentifier, S3 } from '@aws-sdk/client-s3';
import { errorMessage, OperationFailed } from '../../errors.ts';
import type { Permission } from '../../operation/define.ts';
import type { StackContext } from '../cloudformation/stack.ts';

/** DeleteObjects calls that run at once; each holds one page, so this bounds the memory as well. */
const IN_FLIGHT = 4;
/** How many objects a message names. */
const NAMED = 3;

/**
 * Deletes every object, every version and every delete marker of a bucket. The next pages (of at most 1,000) are listed
 * while those before are deleted; memory does not grow with the bucket. A bucket that is already gone is fine.
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
  const deleting = new Set<Promise<void>>();
  const refused: _Error[] = [];
  let failure: { readonly error: unknown } | undefined;
  let deleted = 0;

  try {
    for await (const objects of versions(s3, bucket, owner)) {
      context.signal.throwIfAborted();
      if (deleting.size === IN_FLIGHT) await Promise.race(deleting);
      if (failure !== undefined || refused.length > 0) break;
      const work: Promise<void> = deleteObjects(s3, bucket, owner, objects)
        .then((errors) => {
          deleted += objects.length - errors.length;
          refused.push(...errors);
        })
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => deleting.delete(work));
      deleting.add(work);
    }
  } catch (error) {
    failure ??= { error };
  }
  // Whatever happened, nothing goes on behind the back of the caller.
  await Promise.all(deleting);

  if (deleted > 0) {
    const done = failure === undefined && refused.length === 0;
    context.log.info(
      `${done ? 'Emptied bucket' : 'Did not empty bucket'} ${bucket}: ${deleted} object versions deleted.`,
    );
  }
  if (refused.length > 0) throw notDeleted(bucket, refused);
  if (failure === undefined || nameOf(failure.error) === 'NoSuchBucket') return;
  throw nameOf(failure.error) === 'AccessDenied' ? denied(bucket, failure.error) : failure.error;
}

/** All versions and delete markers, page by page. Pages without any are left out. */
async function* versions(s3: S3, bucket: string, owner: string): AsyncGenerator<ObjectIdentifier[]> {
  let keyMarker: string | undefined;
  let versionMarker: string | undefined;
  do {
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
    if (objects.length > 0) yield objects;
    keyMarker = page.IsTruncated === true ? page.NextKeyMarker : undefined;
    versionMarker = page.IsTruncated === true ? page.NextVersionIdMarker : undefined;
  } while (keyMarker !== undefined);
}

/** Deletes at most 1,000 objects, and answers with what the service refused to delete. */
async function deleteObjects(
  s3: S3,
  bucket: string,
  owner: string,
  objects: ObjectIdentifier[],
): Promise<readonly _Error[]> {
  const { Errors: errors = [] } = await s3.deleteObjects({
    Bucket: bucket,
    ExpectedBucketOwner: owner,
    Delete: { Objects: objects, Quiet: true },
  });
  return errors;
}

function notDeleted(bucket: string, refused: readonly _Error[]): OperationFailed {
  const first = refused.slice(0, NAMED).map((error) => `${error.Key}: ${error.Code} ${error.Message}`);
  const isLocked = refused.some(({ Message: message }) => /object lock|retention|legal hold/i.test(message ?? ''));
  return new OperationFailed({
    what: `${refused.length} objects of bucket ${bucket} could not be deleted: ${first.join('; ')}`,
    cause: isLocked
      ? 'an object lock: a retention that has not ended, or a legal hold'
      : 'an object lock, a bucket policy, or a missing permission s3:DeleteObjectVersion',
    next: 'Free the objects, then run again; what was deleted stays deleted',
    data: { bucket, refused: first },
  });
}

function denied(bucket: string, error: unknown): OperationFailed {
  return new OperationFailed(
    {
      what: `The bucket ${bucket} could not be emptied: ${errorMessage(error)}`,
      cause:
        'a bucket policy, a missing permission (s3:ListBucketVersions, s3:DeleteObjectVersion), or the bucket now belongs to another account',
      next: 'Allow it, or keep the bucket with a DeletionPolicy of Retain, then run again',
      data: { bucket },
    },
    { cause: error },
  );
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
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
