import { errorMessage } from '../../../lib/errors.ts';
import type { ImagePackage, PackageVersion } from '../../../lib/hosts/host.ts';
import { PackageError } from '../../../lib/hosts/package-error.ts';
import { eachBounded } from '../../../lib/parallel.ts';
import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import { isTag, type Repository, type Tag } from '../../../lib/registry/reference.ts';
import { type ImageGraph, type ManifestNode, nodeOf } from './graph.ts';
import { type ImageStore, type Removal, type TagTarget, unreadable } from './store.ts';
import { listTags, type StoreSettings } from './store-oci.ts';

const REMOVED: Removal = { outcome: 'removed' };
const PUSHED_AGAIN: Removal = { outcome: 'kept', why: 'it was pushed again in the meantime' };

/**
 * A repository of ghcr.io. Its registry removes nothing and lists tags only; GitHub's API lists every image as a version of
 * a package, with the time of its last change, and removes it with all its tags. What images need is read from the
 * registry, whose requests do not count for the API's limit.
 */
export function openGhcrStore(
  repository: Repository,
  images: ImagePackage,
  { registry, signal, parallel }: StoreSettings,
): ImageStore {
  /** What was read: the content of a digest never changes. */
  const known = new Map<Digest, ManifestNode>();

  async function read(): Promise<ImageGraph> {
    // The tags first: pages of the versions shift when one is removed meanwhile, and then one may not be seen.
    const names = await listTags(registry, repository);
    const versions = await listVersions(names.length > 0);
    const tags = new Map<Tag, Digest>();
    for (const { digest, version } of versions.values()) {
      for (const tag of version.tags) {
        if (!isTag(tag)) throw unreadable(repository, 'the list of tags', 'it holds text that is no tag');
        tags.set(tag, digest);
      }
    }
    const manifests = new Map<Digest, ManifestNode>();
    await eachBounded([...versions.values()], parallel, async ({ digest, version }) => {
      const node = (await readNode(digest)) ?? (await checkGone(digest, version));
      if (node !== undefined) manifests.set(digest, { ...node, pushedAt: version.changedAt.getTime() });
    });
    for (const [tag, digest] of tags) if (!manifests.has(digest)) tags.delete(tag);

    const unlisted = new Set<Digest>();
    const unseen = names.filter((tag) => !tags.has(tag));
    await eachBounded(unseen, parallel, async (tag) => {
      const digest = await registry.resolve(repository, tag);
      if (digest === undefined) return;
      tags.set(tag, digest);
      if (!manifests.has(digest)) unlisted.add(digest);
    });
    return { tags, manifests, present: await addUnlisted(manifests, unlisted) };
  }

  /** Every version by its digest. None of a package that does not exist. */
  async function listVersions(
    mustExist: boolean,
  ): Promise<ReadonlyMap<Digest, { readonly digest: Digest; readonly version: PackageVersion }>> {
    const found = new Map<Digest, { digest: Digest; version: PackageVersion }>();
    try {
      for await (const version of images.versions()) {
        const { digest } = version;
        if (!isDigest(digest)) throw unreadable(repository, 'the list of images', `'${digest}' in it is no digest`);
        found.set(digest, { digest, version });
      }
    } catch (error) {
      if (mustExist || !(error instanceof PackageError) || error.kind !== 'missing') throw error;
    }
    return found;
  }

  async function readNode(digest: Digest): Promise<ManifestNode | undefined> {
    const before = known.get(digest);
    if (before !== undefined) return before;
    try {
      const stored = await registry.manifest(repository, digest);
      if (stored === undefined) return undefined;
      const node = nodeOf(stored);
      known.set(digest, node);
      return node;
    } catch (error) {
      signal.throwIfAborted();
      throw unreadable(repository, digest, errorMessage(error));
    }
  }

  /** What was removed after it was listed needs nothing. */
  async function checkGone(digest: Digest, { id }: PackageVersion): Promise<undefined> {
    if ((await images.version(id)) === undefined) return;
    throw unreadable(repository, digest, 'GitHub lists it, and its registry says that there is no such manifest');
  }

  /**
   * Reads what tags and indexes lead to and the list does not have, and adds it.
   *
   * @returns these manifests; they stay, because GitHub has not said since when they are there
   */
  async function addUnlisted(manifests: Map<Digest, ManifestNode>, first: Iterable<Digest>): Promise<Set<Digest>> {
    const present = new Set<Digest>();
    const asked = new Set<Digest>();
    const needs = [...manifests.values()].filter(({ own }) => own === undefined).flatMap(leadsTo);
    let next = [...first, ...needs].filter((digest) => !manifests.has(digest));
    while (next.length > 0) {
      const found: ManifestNode[] = [];
      const batch = [...new Set(next)];
      await eachBounded(batch, parallel, async (digest) => {
        asked.add(digest);
        const node = await readNode(digest);
        if (node === undefined) return;
        manifests.set(digest, node);
        present.add(digest);
        found.push(node);
      });
      next = found.flatMap(leadsTo).filter((digest) => !manifests.has(digest) && !asked.has(digest));
    }
    return present;
  }

  /**
   * Each on its own and one after the other, as GitHub wants it (GitHub Docs, "Best practices for using the REST API"). One
   * failure does not stop the others, but where nothing more can come of it, GitHub is not asked again.
   */
  async function inTurn<Item>(
    items: Iterable<Item>,
    work: (item: Item) => Promise<void>,
    fail: (item: Item, error: unknown) => void,
  ) {
    let hopeless: { readonly error: unknown } | undefined;
    for (const item of items) {
      try {
        if (hopeless !== undefined) throw hopeless.error;
        signal.throwIfAborted();
        await work(item);
      } catch (error) {
        if (signal.aborted || (error instanceof PackageError && error.kind !== 'failed')) hopeless = { error };
        fail(item, error);
      }
    }
  }

  async function removeTags(targets: readonly TagTarget[]): Promise<Removal[]> {
    const results = new Map<Tag, Removal>();
    const byDigest = new Map<Digest, Tag[]>();
    for (const { tag, digest } of targets) byDigest.set(digest, [...(byDigest.get(digest) ?? []), tag]);
    let listed: ReturnType<typeof listVersions> | undefined;
    await inTurn(
      byDigest,
      async ([digest, going]) => {
        listed ??= listVersions(true);
        const versions = await listed;
        const entry = versions.get(digest);
        // Right before each removal: all tags of the version go with it.
        const now = entry === undefined ? undefined : await images.version(entry.version.id);
        const still = going.filter((tag) => now?.tags.includes(tag));
        for (const tag of going.filter((other) => !still.includes(other))) {
          results.set(tag, (await registry.resolve(repository, tag)) === undefined ? REMOVED : PUSHED_AGAIN);
        }
        if (now === undefined || still.length === 0) return;
        const removal = await removeVersion(now, still);
        for (const tag of still) results.set(tag, removal);
      },
      ([, going], error) => {
        for (const tag of going) results.set(tag, { outcome: 'failed', error });
      },
    );
    return targets.map(({ tag }) => results.get(tag) ?? REMOVED);
  }

  async function removeManifests(digests: readonly Digest[]): Promise<Removal[]> {
    const results = new Map<Digest, Removal>();
    let listed: ReturnType<typeof listVersions> | undefined;
    await inTurn(
      digests,
      async (digest) => {
        listed ??= listVersions(true);
        const versions = await listed;
        const entry = versions.get(digest);
        results.set(digest, entry === undefined ? REMOVED : await removeVersion(entry.version, []));
      },
      (digest, error) => results.set(digest, { outcome: 'failed', error }),
    );
    return digests.map((digest) => results.get(digest) ?? REMOVED);
  }

  /** Removes a version that has no other tags than these. */
  async function removeVersion({ id, tags }: PackageVersion, going: readonly string[]): Promise<Removal> {
    const other = tags.find((tag) => !going.includes(tag));
    if (other !== undefined)
      return { outcome: 'kept', why: `its image has the tag '${other}' now, with which it would go` };
    const answer = await images.remove(id);
    return answer.removed ? REMOVED : { outcome: 'kept', why: answer.why };
  }

  async function resolve(references: readonly (Tag | Digest)[]): Promise<ReadonlyMap<string, Digest>> {
    const found = new Map<string, Digest>();
    if (references.length === 0) return found;
    const asked = new Set<string>(references);
    for (const { digest, version } of (await listVersions(false)).values()) {
      for (const name of [digest, ...version.tags]) if (asked.has(name)) found.set(name, digest);
    }
    return found;
  }

  return {
    repository,
    listsUntagged: true,
    lastTagRemoves: true,
    tagsGoTogether: true,
    read,
    explore: async (graph) => graph,
    // GitHub tells only by removing.
    checkRemoves: async () => {},
    // What has no tag is listed.
    leaveJournal: async () => {},
    removeTags,
    removeManifests,
    end: async () => {},
    resolve,
  };
}

function leadsTo({ children, subject }: ManifestNode): readonly Digest[] {
  return subject === undefined ? children : [...children, subject];
}
