import { deleteEcrImages } from '../../lib/aws/ecr/images.ts';
import { OperationFailed } from '../../lib/errors.ts';
import type { Context } from '../../lib/operation/define.ts';
import { ecrRegistryOf } from '../../lib/registry/credentials/ecr.ts';
import { formatReference, type Repository, type Tag } from '../../lib/registry/reference.ts';
import type { Registry } from '../../lib/registry/registry.ts';

/**
 * Removes a tag. In Amazon ECR by its API, because its registry removes none; there the last tag of an image takes the
 * image along.
 *
 * @throws RegistryError, OperationFailed, the SDK's errors
 */
export async function removeTag(
  { aws }: Pick<Context, 'aws'>,
  registry: Pick<Registry, 'deleteTag'>,
  repository: Repository,
  tag: Tag,
): Promise<void> {
  const place = ecrRegistryOf(repository.registry);
  if (place === undefined) return await registry.deleteTag(repository, tag);
  const ecr = await aws.at({ region: place.region }).ecr();
  // Removing a tag puts it back, which must work after the run was cancelled, too.
  const { signal } = new AbortController();
  const failed = await deleteEcrImages({ ecr, account: place.account, name: repository.path, signal }, [tag]);
  const failure = failed.get(tag);
  if (failure === undefined) return;
  throw new OperationFailed({
    what: `Amazon ECR did not remove ${formatReference({ ...repository, tag })}: ${failure.reason}`,
  });
}
