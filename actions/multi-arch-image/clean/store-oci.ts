import { Readable } from 'node:stream';
import { errorMessage } from '../../../lib/errors.ts';
import { eachBounded, mapBounded } from '../../../lib/parallel.ts';
import { type Digest, digestOf } from '../../../lib/registry/digest.ts';
import { RegistryError } from '../../../lib/registry/error.ts';
import type { StoredManifest } from '../../../lib/registry/manifest.ts';
import { formatReference, isTag, type Repository, type Tag } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { EMPTY, EMPTY_DESCRIPTOR } from '../../../lib/registry/tag-removal.ts';
import { attachedTag, type ImageGraph, isIndexType, type ManifestNode, nodeOf, reach } from './graph.ts';
import { JOURNAL_ENTRIES, journalOf, journalTag } from './journal.ts';
import { type ImageStore, type Removal, type TagTarget, unreadable } from './store.ts';

/** What a store needs to work. */
export interface StoreSettings {
  readonly registry: Registry;
  readonly signal: AbortSignal;
  /** How many requests are under way at once. */
  readonly parallel: number;
}

/**
 * A repository of a registry that speaks no more than the distribution specification. It lists tags only. So manifests
 * are found through the tags that go; and while they go, a journal lists them, so that a run that was killed leaves nothing
 * that a later one cannot find.
 *
 * What stays is read as far as tags, indexes and the subjects of both lead; its single images and what is about them are
 * not read, so that a repository of thousands of tags is read in as many requests. So two needs are not seen: those of an
 * index that is the subject of an image without a tag, and those of an index that is itself about an image that stays.
 */
export function openOciStore(repository: Repository, { registry, signal, parallel }: StoreSettings): ImageStore {
  const journals: StoredManifest[] = [];

  async function read(): Promise<ImageGraph> {
    const names = await listTags(registry, repository);
    const tags = new Map<Tag, Digest>();
    const manifests = new Map<Digest, ManifestNode>();
    const vanished: Tag[] = [];
    await eachBounded(names, parallel, async (tag) => {
      const stored = await readOrRefuse(tag);
      if (stored === undefined) vanished.push(tag);
      else {
        tags.set(tag, stored.digest);
        await addWithNeeds(manifests, stored);
      }
    });
    await checkVanished(vanished);
    const order = new Map(names.flatMap((tag) => (tags.has(tag) ? [[tag, tags.get(tag) as Digest] as const] : [])));
    return { tags: order, manifests, present: await presentSubjects(order, manifests) };
  }

  async function readOrRefuse(reference: Tag | Digest): Promise<StoredManifest | undefined> {
    try {
      return await registry.manifest(repository, reference);
    } catch (error) {
      signal.throwIfAborted();
      throw unreadable(repository, isTag(reference) ? `the tag '${reference}'` : reference, errorMessage(error));
    }
  }

  /** An index in an index has needs of its own, and so may have what a manifest is about. */
  async function addWithNeeds(manifests: Map<Digest, ManifestNode>, stored: StoredManifest): Promise<void> {
    if (manifests.has(stored.digest)) return;
    manifests.set(stored.digest, nodeOf(stored));
    const { manifest } = stored;
    const inner = manifest.kind === 'index' ? manifest.manifests.filter((entry) => isIndexType(entry.mediaType)) : [];
    for (const { digest } of [...inner, ...(manifest.subject === undefined ? [] : [manifest.subject])]) {
      if (manifests.has(digest)) continue;
      const needed = await readOrRefuse(digest);
      if (needed !== undefined) await addWithNeeds(manifests, needed);
    }
  }

  /** A tag that was removed while we read needs nothing. One that is still listed needs what we could not see. */
  async function checkVanished(vanished: readonly Tag[]): Promise<void> {
    if (vanished.length === 0) return;
    const listed = new Set(await listTags(registry, repository));
    const broken = vanished.find((tag) => listed.has(tag));
    if (broken === undefined) return;
    throw unreadable(
      repository,
      `the tag '${broken}'`,
      'the registry lists the tag and says that it has no manifest of a kind that is known here',
    );
  }

  /** What the fallback tags are about, and nothing else shows. */
  async function presentSubjects(
    tags: ReadonlyMap<Tag, Digest>,
    manifests: ReadonlyMap<Digest, ManifestNode>,
  ): Promise<Set<Digest>> {
    const children = new Set([...manifests.values()].flatMap((node) => node.children));
    const asked = new Set<Digest>();
    for (const tag of tags.keys()) {
      const subject = attachedTag(tag)?.subject;
      if (subject !== undefined && !manifests.has(subject) && !children.has(subject)) asked.add(subject);
    }
    const present = new Set<Digest>();
    await eachBounded([...asked], parallel, async (subject) => {
      if ((await registry.resolve(repository, subject)) !== undefined) present.add(subject);
    });
    return present;
  }

  async function explore(graph: ImageGraph, going: ReadonlySet<Tag>): Promise<ImageGraph> {
    const starts = new Set<Digest>();
    const staying: Digest[] = [];
    for (const [tag, digest] of graph.tags) {
      if (going.has(tag)) starts.add(digest);
      else if (attachedTag(tag) === undefined) staying.push(digest);
    }
    const live = reach(graph, [...staying, ...graph.present], { subjects: true });
    const manifests = new Map(graph.manifests);
    const seen = new Set<Digest>();
    let next = [...starts];
    while (next.length > 0) {
      const found = new Set<Digest>();
      await eachBounded(next, parallel, async (digest) => {
        seen.add(digest);
        const node = manifests.get(digest) ?? (await addNode(manifests, digest));
        // What stays is needed for what it is about; what it leads to stays with it.
        if (node === undefined || live.has(digest)) return;
        for (const child of node.children) found.add(child);
        for (const { digest: referrer } of await registry.referrers(repository, digest)) found.add(referrer);
      });
      next = [...found].filter((digest) => !seen.has(digest));
    }
    return { ...graph, manifests };
  }

  async function addNode(manifests: Map<Digest, ManifestNode>, digest: Digest): Promise<ManifestNode | undefined> {
    const stored = await readOrRefuse(digest);
    if (stored === undefined) return undefined;
    const node = nodeOf(stored);
    manifests.set(digest, node);
    return node;
  }

  async function checkRemoves(): Promise<void> {
    refuseKnown(repository);
    // Nothing has this digest. A registry that removes nothing says so before it looks.
    await registry.deleteManifest(repository, digestOf(''));
  }

  async function leaveJournal(digests: readonly Digest[]): Promise<void> {
    if (digests.length === 0) return;
    await registry.uploadBlob(repository, EMPTY_DESCRIPTOR, () => Readable.from([EMPTY]));
    for (let at = 0; at < digests.length; at += JOURNAL_ENTRIES) {
      const journal = journalOf(digests.slice(at, at + JOURNAL_ENTRIES));
      await registry.putManifest(repository, journal, journalTag(journal.digest));
      journals.push(journal);
    }
  }

  async function removeTag({ tag, digest }: TagTarget): Promise<Removal> {
    const now = await registry.resolve(repository, tag);
    if (now === undefined) return { outcome: 'removed' };
    if (now !== digest) return { outcome: 'kept', why: 'it was pushed again in the meantime' };
    await registry.deleteTag(repository, tag);
    return { outcome: 'removed' };
  }

  async function removeManifest(digest: Digest): Promise<Removal> {
    try {
      await registry.deleteManifest(repository, digest);
      return { outcome: 'removed' };
    } catch (error) {
      // GitLab's registry removes nothing that an index has, and collects by itself what no tag has.
      if (error instanceof RegistryError && error.status === 409) return { outcome: 'kept', why: errorMessage(error) };
      throw error;
    }
  }

  async function end(): Promise<void> {
    for (const { digest } of journals.splice(0)) {
      const tag = journalTag(digest);
      const isGone = await removeWithTags(digest);
      // Some registries keep a tag whose manifest is removed.
      if ((await registry.resolve(repository, tag)) !== undefined) await registry.deleteTag(repository, tag);
      if (!isGone) await registry.deleteManifest(repository, digest);
    }
  }

  /** False where the registry removes nothing that has a tag, as Docker Hub. */
  async function removeWithTags(digest: Digest): Promise<boolean> {
    try {
      await registry.deleteManifest(repository, digest);
      return true;
    } catch (error) {
      if (error instanceof RegistryError && error.kind === 'denied') return false;
      throw error;
    }
  }

  /** Each on its own: one failure never stops the others, but a registry that removes nothing need not be asked again. */
  async function removeEach<Item>(items: readonly Item[], bound: number, remove: (item: Item) => Promise<Removal>) {
    let hopeless: unknown;
    return await mapBounded(items, bound, async (item): Promise<Removal> => {
      if (hopeless !== undefined) return { outcome: 'failed', error: hopeless };
      try {
        signal.throwIfAborted();
        return await remove(item);
      } catch (error) {
        const isFinal = error instanceof RegistryError && (error.kind === 'unsupported' || error.kind === 'denied');
        if (isFinal || signal.aborted) hopeless = error;
        return { outcome: 'failed', error };
      }
    });
  }

  return {
    repository,
    listsUntagged: false,
    lastTagRemoves: false,
    tagsGoTogether: false,
    read,
    explore,
    checkRemoves,
    leaveJournal,
    // One after the other: Distribution on a file system reads a tag that is just being written as a broken one, and
    // removing a manifest reads all tags.
    removeTags: (targets) => removeEach(targets, 1, removeTag),
    removeManifests: (digests) => removeEach(digests, parallel, removeManifest),
    end,
    resolve: async (references) => {
      const found = new Map<string, Digest>();
      await eachBounded(references, parallel, async (reference) => {
        const digest = await registry.resolve(repository, reference);
        if (digest !== undefined) found.set(reference, digest);
      });
      return found;
    },
  };
}

/**
 * All tags of a repository, each once.
 *
 * @throws Refused when the list holds something else
 */
export async function listTags(registry: Registry, repository: Repository): Promise<Tag[]> {
  const tags: Tag[] = [];
  for await (const tag of registry.tags(repository)) {
    if (!isTag(tag)) throw unreadable(repository, 'the list of tags', 'it holds text that is no tag');
    tags.push(tag);
  }
  return [...new Set(tags)];
}

/** ghcr.io answers a DELETE with 405; what is removed there is a version of a package, by GitHub's own API. */
function refuseKnown(repository: Repository): void {
  if (repository.registry !== 'ghcr.io') return;
  throw new RegistryError('unsupported', {
    what: `Nothing can be removed from ${formatReference(repository)}: ghcr.io has no call for it`,
    cause: "GitHub removes images only as versions of a package, on the package's page or by its packages API",
    next: "Run this in a workflow of GitHub, which may use that API; or remove by hand what 'dry-run: offline' lists. Nothing was changed",
  });
}
