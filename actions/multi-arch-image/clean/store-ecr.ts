import {
  deleteEcrImages,
  type EcrRepository,
  ecrImages,
  readEcrManifests,
  resolveEcrImages,
} from '../../../lib/aws/ecr/images.ts';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { isTag, type Repository, type Tag } from '../../../lib/registry/reference.ts';
import { type ImageGraph, type ManifestNode, nodeOf } from './graph.ts';
import { type ImageStore, type Removal, type TagTarget, unreadable } from './store.ts';

/**
 * A repository of Amazon ECR. Its API lists every image, with the time when it was pushed; its registry removes nothing,
 * the API does.
 */
export function openEcrStore(repository: Repository, ecr: EcrRepository, parallel: number): ImageStore {
  async function read(): Promise<ImageGraph> {
    const tags = new Map<Tag, Digest>();
    const present = new Set<Digest>();
    // What was pulled last says nothing: reading the manifests here counts as a pull.
    const pushedAt = new Map<Digest, Date | undefined>();
    for await (const image of ecrImages(ecr)) {
      for (const tag of image.tags) {
        if (!isTag(tag)) throw unreadable(repository, 'the list of tags', 'it holds text that is no tag');
        tags.set(tag, image.digest);
      }
      if (image.isArchived) present.add(image.digest);
      else pushedAt.set(image.digest, image.pushedAt);
    }
    const manifests = new Map<Digest, ManifestNode>();
    try {
      await readEcrManifests(ecr, [...pushedAt.keys()], parallel, (stored) => {
        manifests.set(stored.digest, nodeOf(stored, pushedAt.get(stored.digest)));
      });
    } catch (error) {
      if (error instanceof OperationFailed) throw unreadable(repository, 'an image', error.explanation.what);
      throw error;
    }
    // What was deleted after it was listed needs nothing.
    for (const [tag, digest] of tags) if (!manifests.has(digest) && !present.has(digest)) tags.delete(tag);
    return { tags, manifests, present };
  }

  /** Deletes what is asked for and says of each what became of it. */
  async function remove(references: readonly (Tag | Digest)[]): Promise<Removal[]> {
    try {
      const failed = await deleteEcrImages(ecr, references);
      return references.map((reference): Removal => {
        const failure = failed.get(reference);
        if (failure === undefined) return { outcome: 'removed' };
        // ECR knows better than we what an index has; archived ones cannot be read.
        if (failure.code === 'ImageReferencedByManifestList') return { outcome: 'kept', why: failure.reason };
        return { outcome: 'failed', error: new Error(failure.reason) };
      });
    } catch (error) {
      return references.map(() => ({ outcome: 'failed', error }));
    }
  }

  async function removeTags(targets: readonly TagTarget[]): Promise<Removal[]> {
    const results = new Map<Tag, Removal>();
    for (let from = 0; from < targets.length; from += 100) {
      const batch = targets.slice(from, from + 100);
      // Right before each deletion: a tag that was pushed again in the meantime stays.
      const now = await resolveEcrImages(
        ecr,
        batch.map(({ tag }) => tag),
        1,
      ).catch((error: unknown) => ({ error }));
      if ('error' in now) {
        for (const { tag } of batch) results.set(tag, { outcome: 'failed', error: now.error });
        continue;
      }
      const moved = batch.filter(({ tag, digest }) => now.has(tag) && now.get(tag) !== digest);
      for (const { tag } of moved) results.set(tag, { outcome: 'kept', why: 'it was pushed again in the meantime' });
      const still = batch.filter(({ tag, digest }) => now.get(tag) === digest).map(({ tag }) => tag);
      const removed = await remove(still);
      for (const [n, tag] of still.entries()) results.set(tag, removed[n] ?? { outcome: 'removed' });
    }
    return targets.map(({ tag }) => results.get(tag) ?? { outcome: 'removed' });
  }

  return {
    repository,
    listsUntagged: true,
    lastTagRemoves: true,
    tagsGoTogether: false,
    read,
    explore: async (graph) => graph,
    checkRemoves: async () => {},
    // What has no tag is listed.
    leaveJournal: async () => {},
    removeTags,
    removeManifests: remove,
    end: async () => {},
    resolve: (references) => resolveEcrImages(ecr, references, parallel),
  };
}
