import type { DescribeImagesResponse, ECR, ImageFailure, ImageIdentifier } from '@aws-sdk/client-ecr';
import { OperationFailed } from '../../errors.ts';
import { mapBounded } from '../../parallel.ts';
import { type Digest, isDigest } from '../../registry/digest.ts';
import { MANIFEST_TYPES, ManifestError, parseManifest, type StoredManifest } from '../../registry/manifest.ts';

/** The most images that one BatchGetImage or BatchDeleteImage takes, and one page of DescribeImages holds. Source: ECR API reference. */
const BATCH = 100;
const PAGE = 1000;

/** A repository in the private registry of an account and Region. */
export interface EcrRepository {
  readonly ecr: ECR;
  /** Twelve digits. */
  readonly account: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

export interface EcrImage {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pushedAt?: Date;
  /** Archived images cannot be read before they are restored. */
  readonly isArchived: boolean;
}

/** One page after the other, all images with and without tags. A repository that does not exist has none. */
export async function* ecrImages({ ecr, account, name, signal }: EcrRepository): AsyncIterable<EcrImage> {
  let nextToken: string | undefined;
  do {
    const page: DescribeImagesResponse = await ecr
      .describeImages(
        // Without a filter ECR leaves archived images out.
        { registryId: account, repositoryName: name, maxResults: PAGE, nextToken, filter: { imageStatus: 'ANY' } },
        { abortSignal: signal },
      )
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === 'RepositoryNotFoundException') return {};
        throw error;
      });
    for (const { imageDigest = '', imageTags = [], imagePushedAt, imageStatus } of page.imageDetails ?? []) {
      if (!isDigest(imageDigest)) throw unusable(name, `an image without a SHA-256 digest (${imageDigest})`);
      yield {
        digest: imageDigest,
        tags: imageTags,
        isArchived: imageStatus !== undefined && imageStatus !== 'ACTIVE',
        ...(imagePushedAt === undefined ? {} : { pushedAt: imagePushedAt }),
      };
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Hands over the manifests of these images, in any order. Those that do not exist any more are left out.
 *
 * @throws OperationFailed when one cannot be read
 */
export async function readEcrManifests(
  repository: EcrRepository,
  digests: readonly Digest[],
  parallel: number,
  take: (manifest: StoredManifest) => void,
): Promise<void> {
  const { ecr, account, name, signal } = repository;
  await eachBatch(digests, parallel, async (batch) => {
    const answer = await ecr.batchGetImage(
      {
        registryId: account,
        repositoryName: name,
        imageIds: batch.map((imageDigest) => ({ imageDigest })),
        // ECR changes a manifest to a type that is accepted, and its digest with it.
        acceptedMediaTypes: [...MANIFEST_TYPES],
      },
      { abortSignal: signal },
    );
    const failure = answer.failures?.find(({ failureCode }) => failureCode !== 'ImageNotFound');
    if (failure !== undefined) throw unusable(name, `${failure.imageId?.imageDigest}: ${reasonOf(failure)}`);
    for (const { imageId, imageManifest, imageManifestMediaType } of answer.images ?? []) {
      const digest = imageId?.imageDigest;
      const stored = parseOr(name, digest, imageManifest, imageManifestMediaType);
      if (stored.digest !== digest) throw unusable(name, `${digest}: its manifest has the digest ${stored.digest}`);
      take(stored);
    }
  });
}

function parseOr(name: string, digest: string | undefined, text = '', mediaType: string | undefined): StoredManifest {
  try {
    return parseManifest(Buffer.from(text), mediaType);
  } catch (error) {
    if (error instanceof ManifestError) throw unusable(name, `${digest}: it ${error.message}`);
    throw error;
  }
}

/** What tags and digests resolve to now; those that do not exist are not in the answer. */
export async function resolveEcrImages(
  { ecr, account, name, signal }: EcrRepository,
  references: readonly string[],
  parallel: number,
): Promise<ReadonlyMap<string, Digest>> {
  const found = new Map<string, Digest>();
  await eachBatch(references, parallel, async (batch) => {
    const { images = [], failures = [] } = await ecr.batchGetImage(
      {
        registryId: account,
        repositoryName: name,
        imageIds: batch.map(identify),
        acceptedMediaTypes: [...MANIFEST_TYPES],
      },
      { abortSignal: signal },
    );
    const failure = failures.find(({ failureCode }) => failureCode !== 'ImageNotFound');
    if (failure !== undefined) throw unusable(name, reasonOf(failure));
    for (const { imageId: { imageTag, imageDigest = '' } = {} } of images) {
      if (!isDigest(imageDigest)) continue;
      found.set(imageDigest, imageDigest);
      if (imageTag !== undefined) found.set(imageTag, imageDigest);
    }
  });
  return new Map(references.flatMap((reference) => entryOf(found, reference)));
}

function entryOf(found: ReadonlyMap<string, Digest>, reference: string): [string, Digest][] {
  const digest = found.get(reference);
  return digest === undefined ? [] : [[reference, digest]];
}

/**
 * Deletes tags (an image goes with its last one) or, by digest, images with all their tags. What does not exist is no
 * failure.
 *
 * @returns why, for each that ECR did not delete
 */
export async function deleteEcrImages(
  { ecr, account, name, signal }: EcrRepository,
  references: readonly string[],
): Promise<ReadonlyMap<string, { readonly code: string; readonly reason: string }>> {
  const failed = new Map<string, { code: string; reason: string }>();
  for (let from = 0; from < references.length; from += BATCH) {
    signal.throwIfAborted();
    const { failures = [] } = await ecr.batchDeleteImage({
      registryId: account,
      repositoryName: name,
      imageIds: references.slice(from, from + BATCH).map(identify),
    });
    for (const failure of failures) {
      const reference = failure.imageId?.imageTag ?? failure.imageId?.imageDigest;
      if (failure.failureCode === 'ImageNotFound' || reference === undefined) continue;
      failed.set(reference, { code: failure.failureCode ?? 'unknown', reason: reasonOf(failure) });
    }
  }
  return failed;
}

function identify(reference: string): ImageIdentifier {
  return isDigest(reference) ? { imageDigest: reference } : { imageTag: reference };
}

function reasonOf({ failureCode, failureReason }: ImageFailure): string {
  return `${failureCode ?? 'failed'} ${failureReason ?? ''}`.trim();
}

async function eachBatch<Item>(
  items: readonly Item[],
  parallel: number,
  work: (batch: readonly Item[]) => Promise<void>,
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(items.length / BATCH) }, (_, n) =>
    items.slice(n * BATCH, (n + 1) * BATCH),
  );
  const failures = await mapBounded(batches, parallel, async (batch) => {
    try {
      await work(batch);
      return undefined;
    } catch (error) {
      return { error };
    }
  });
  const failure = failures.find((found) => found !== undefined);
  if (failure !== undefined) throw failure.error;
}

function unusable(name: string, what: string): OperationFailed {
  return new OperationFailed({
    what: `An image of the ECR repository ${name} cannot be read: ${what}`,
    cause: 'ECR has it in a form that is not known here, or something between this machine and AWS changed it',
    next: 'Run again; when it stays so, push the image anew or delete it',
  });
}
