import type { ECR, ImageFailure } from '@aws-sdk/client-ecr';
import { OperationFailed } from '../../errors.ts';
import type { Permission } from '../../operation/define.ts';
import type { StackContext } from '../cloudformation/stack.ts';

/** The most images that one BatchDeleteImage takes, and one page of ListImages holds. Source: ECR API reference. */
const BATCH = 100;
const PAGE = 1000;

/**
 * Deletes every image of a repository by its digest, tagged or not. A repository that is already gone is fine.
 *
 * An image that an index refers to cannot be deleted before the index, and the list of images has no order. So the
 * images are listed again until there are none, as long as each pass deletes something.
 *
 * @throws OperationFailed naming the first images that the service did not delete
 */
export async function emptyRepository(
  context: Pick<StackContext, 'aws' | 'log' | 'signal'>,
  repository: string,
): Promise<void> {
  const ecr = await context.aws.ecr();
  let deleted = 0;
  try {
    for (;;) {
      const pass = await deletePass(context, ecr, repository);
      deleted += pass.deleted;
      if (pass.deleted > 0) continue;
      if (pass.failures.length > 0) throw notEmptied(repository, pass.failures);
      break;
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'RepositoryNotFoundException') return;
    throw error;
  }
  if (deleted > 0) context.log.info(`Emptied repository ${repository}: ${deleted} images deleted.`);
}

/** Lists all images once and deletes what can be deleted. Memory holds one page. */
async function deletePass(
  { signal }: Pick<StackContext, 'signal'>,
  ecr: ECR,
  repositoryName: string,
): Promise<{ deleted: number; failures: readonly ImageFailure[] }> {
  let deleted = 0;
  const failures: ImageFailure[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecr.listImages({ repositoryName, maxResults: PAGE, nextToken });
    // An image with several tags is listed once a tag.
    const digests = [...new Set((page.imageIds ?? []).flatMap(({ imageDigest }) => imageDigest ?? []))];
    for (let from = 0; from < digests.length; from += BATCH) {
      signal.throwIfAborted();
      const batch = digests.slice(from, from + BATCH);
      const answer = await ecr.batchDeleteImage({
        repositoryName,
        imageIds: batch.map((imageDigest) => ({ imageDigest })),
      });
      const failed = answer.failures ?? [];
      deleted += batch.length - failed.length;
      failures.push(...failed.filter(({ failureCode: code }) => code !== 'ImageNotFound'));
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return { deleted, failures };
}

function notEmptied(repository: string, failures: readonly ImageFailure[]): OperationFailed {
  const first = failures
    .slice(0, 3)
    .map(({ imageId, failureCode, failureReason }) => `${imageId?.imageDigest}: ${failureCode} ${failureReason}`);
  return new OperationFailed({
    what: `${failures.length} images of repository ${repository} could not be deleted: ${first.join('; ')}`,
    cause: 'an image is still referred to by another one, or the repository is protected',
    next: 'Free the images, then run again; what was deleted stays deleted',
  });
}

/** What `emptyRepository` calls. Source: "Actions, resources, and condition keys for Amazon ECR", Service Authorization Reference. */
export const EMPTY_REPOSITORY_PERMISSIONS: readonly Permission[] = [
  {
    action: 'ecr:ListImages',
    resource: 'arn:${Partition}:ecr:${Region}:${Account}:repository/*',
    why: 'finds all images in the repositories of the stack',
    onlyWith: "'empty-repositories' and a repository in the stack",
  },
  {
    action: 'ecr:BatchDeleteImage',
    resource: 'arn:${Partition}:ecr:${Region}:${Account}:repository/*',
    why: 'empties the repositories of the stack',
    onlyWith: "'empty-repositories' and a repository in the stack",
  },
];
