import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ecrRegistryOf } from './credentials/ecr.ts';
import { digestOf } from './digest.ts';
import { RegistryError } from './error.ts';
import { type Descriptor, MEDIA_TYPES, parseManifest, type StoredManifest } from './manifest.ts';
import type { ManifestCalls } from './manifests.ts';
import { formatReference, type Repository, type Tag } from './reference.ts';
import type { Registry } from './registry.ts';

/**
 * Removes a tag where the registry has no call for it: the tag is moved to a manifest that nothing else has, and that
 * manifest is removed. First the same is tried without the tag, so that the tag stays where it is when the registry
 * removes nothing.
 *
 * Source: distribution-spec, "Deleting tags": a registry that does not remove tags answers 400 or 405.
 */
export function tagRemover(calls: ManifestCalls & Pick<Registry, 'uploadBlob'>): Registry['deleteTag'] {
  /** What is tried first in each repository, once for all tags: they all use the blob that it uploads. */
  const trials = new Map<string, Promise<void>>();

  function tryOnce(repository: Repository): Promise<void> {
    const key = formatReference(repository);
    const known = trials.get(key);
    if (known !== undefined) return known;
    const trial = tryRemoval(repository).catch((error: unknown) => {
      trials.delete(key);
      throw error;
    });
    trials.set(key, trial);
    return trial;
  }

  async function tryRemoval(repository: Repository): Promise<void> {
    const dummy = dummyManifest();
    // Distribution reads a link to a blob that another upload of the same blob is just writing as a broken one.
    await calls.uploadBlob(repository, EMPTY_DESCRIPTOR, () => Readable.from([EMPTY]));
    await calls.write(repository, dummy);
    await calls.deleteManifest(repository, dummy.digest);
  }

  return async (repository, tag) => {
    if (await calls.removeTag(repository, tag)) return;
    // ECR removes nothing by this interface, so that the trial would only leave something behind.
    if (ecrRegistryOf(repository.registry) !== undefined) {
      throw unsupported(repository, tag, 'removes tags by its own API only', "Use ECR's BatchDeleteImage with the tag");
    }
    const before = await calls.manifest(repository, tag);
    if (before === undefined) return;
    await tryOnce(repository);
    const dummy = dummyManifest();
    await calls.write(repository, dummy, tag);
    try {
      await calls.deleteManifest(repository, dummy.digest);
    } catch (error) {
      await calls.write(repository, before, tag);
      throw error;
    }
    if ((await calls.resolve(repository, tag)) !== dummy.digest) return;
    await calls.write(repository, before, tag);
    throw unsupported(
      repository,
      tag,
      'keeps tags of manifests that were removed',
      "Remove it with the registry's own API or user interface; it points where it did before",
    );
  };
}

function unsupported(repository: Repository, tag: Tag, why: string, next: string): RegistryError {
  return new RegistryError('unsupported', {
    what: `Cannot remove the tag ${formatReference({ ...repository, tag })}: ${repository.registry} ${why}`,
    cause: 'the registry has no call that removes a tag and leaves the image',
    next,
  });
}

/** The content of a manifest that has none. Source: image-spec, manifest.md, "Guidance for an Empty Descriptor". */
export const EMPTY = Buffer.from('{}');
export const EMPTY_DESCRIPTOR: Descriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(EMPTY),
  size: EMPTY.length,
};

/** What a tag points at between the two steps of its removal; a run that is killed there leaves it behind. */
export const REMOVED_TAG_TYPE = 'application/vnd.headgate.removed-tag';

/** Random, so that no other tag can point at it: all tags of a manifest go with it. */
function dummyManifest(): StoredManifest {
  const { mediaType, digest, size } = EMPTY_DESCRIPTOR;
  const empty = { mediaType, digest, size };
  const document = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: REMOVED_TAG_TYPE,
    config: empty,
    layers: [empty],
    annotations: { 'headgate.removed-tag': randomUUID() },
  };
  return parseManifest(Buffer.from(JSON.stringify(document)), MEDIA_TYPES.ociManifest);
}
