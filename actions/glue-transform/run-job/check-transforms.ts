import type { S3 } from '@aws-sdk/client-s3';
import { Refused } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/hosts/host.ts';
import { mapEach } from '../../../lib/parallel.ts';
import { statusOf } from '../assets/store.ts';
import { inTime } from './call.ts';
import type { UsedTransform } from './transforms-of.ts';

const AT_ONCE = 8;

/**
 * Sees whether the transforms of a job are in the bucket. One that cannot be looked at is only told: the job's role may
 * read what this one may not.
 *
 * @throws Refused when some are not there
 */
export async function checkTransforms(
  { s3, log, signal }: { readonly s3: S3; readonly log: Log; readonly signal: AbortSignal },
  job: string,
  transforms: readonly UsedTransform[],
): Promise<void> {
  const seen = await mapEach(transforms, AT_ONCE, async (transform) => ({
    ...transform,
    status: await statusIn(s3, transform, signal),
  }));
  for (const { bucket, key, status } of seen) {
    if (status === 200 || status === 404) continue;
    log.warning(`Whether s3://${bucket}/${key} is there is not known: S3 answers with ${status}.`);
  }
  for (const { name, bucket, key, isLibrary } of seen) {
    if (isLibrary) continue;
    log.warning(`The job ${job} has the transform ${name}, but not s3://${bucket}/${key} in '--extra-py-files'.`);
  }
  const missing = seen.filter(({ status }) => status === 404);
  if (missing.length === 0) return;
  throw new Refused({
    what: `The job '${job}' uses ${missing.length === 1 ? 'a transform that is' : 'transforms that are'} not published: ${missing.map(({ bucket, key }) => `s3://${bucket}/${key}`).join(', ')}`,
    cause: 'it was never published to this account and Region, or was retired',
    next: "Run 'glue-transform publish' first; 'check-transforms: false' starts the job all the same",
    data: { job, missing: missing.map(({ name }) => name) },
  });
}

async function statusIn(s3: S3, { bucket, key }: UsedTransform, signal: AbortSignal): Promise<number> {
  try {
    await inTime((options) => s3.headObject({ Bucket: bucket, Key: key }, options), signal);
    return 200;
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || status >= 500) throw error;
    return status;
  }
}
