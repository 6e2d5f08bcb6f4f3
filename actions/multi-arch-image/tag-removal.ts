import { deleteEcrImages } from '../../lib/aws/ecr/images.ts';
import { OperationFailed } from '../../lib/errors.ts';
import type { ImagePackage } from '../../lib/hosts/host.ts';
import type { Context } from '../../lib/operation/define.ts';
import { ecrRegistryOf } from '../../lib/registry/credentials/ecr.ts';
import type { Digest } from '../../lib/registry/digest.ts';
import { formatReference, type Repository, type Tag } from '../../lib/registry/reference.ts';
import type { Registry } from '../../lib/registry/registry.ts';
import { tagRemover } from '../../lib/registry/tag-removal.ts';

/** The calls of a registry that removing a tag takes. They must work after the run was cancelled. */
type RemovalCalls = Pick<Registry, 'deleteTag' | 'manifest' | 'resolve' | 'putManifest' | 'uploadBlob'>;

/**
 * Removes a tag. In Amazon ECR and on ghcr.io by their APIs, because their registries remove none; in ECR the last tag of
 * an image takes the image along.
 *
 * @throws RegistryError, OperationFailed, the SDK's errors
 */
export async function removeTag(
  { aws, host }: Pick<Context, 'aws' | 'host'>,
  registry: RemovalCalls,
  repository: Repository,
  tag: Tag,
): Promise<void> {
  const place = ecrRegistryOf(repository.registry);
  if (place === undefined) {
    const images = await host.imagePackage(repository);
    if (images === undefined) return await registry.deleteTag(repository, tag);
    return await removeVersionTag(images, registry, repository, tag);
  }
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

/**
 * A version of a package goes with all its tags. So the tag is moved to a manifest of its own, and the version of that one
 * is removed: the image and its other tags stay.
 */
async function removeVersionTag(
  images: ImagePackage,
  registry: RemovalCalls,
  repository: Repository,
  tag: Tag,
): Promise<void> {
  const remove = tagRemover({
    manifest: registry.manifest,
    resolve: registry.resolve,
    uploadBlob: registry.uploadBlob,
    removeTag: async () => false,
    write: async (to, stored, as) => {
      await registry.putManifest(to, stored, as);
      return { knowsSubject: false };
    },
    deleteManifest: (from, digest) => removeVersion(images, from, digest),
  });
  await remove(repository, tag);
}

async function removeVersion(images: ImagePackage, repository: Repository, digest: Digest): Promise<void> {
  const name = formatReference({ ...repository, digest });
  for await (const version of images.versions()) {
    if (version.digest !== digest) continue;
    const answer = await images.remove(version.id);
    if (answer.removed) return;
    throw new OperationFailed({ what: `${name} was not removed. ${answer.why}` });
  }
  throw new OperationFailed({ what: `${name} was not removed: GitHub does not list it yet` });
}
