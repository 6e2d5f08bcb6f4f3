import type { Digest } from '../../../lib/registry/digest.ts';
import { isDigest } from '../../../lib/registry/digest.ts';
import { MEDIA_TYPES, type StoredManifest } from '../../../lib/registry/manifest.ts';
import type { Tag } from '../../../lib/registry/reference.ts';
import { REMOVED_TAG_TYPE } from '../../../lib/registry/tag-removal.ts';
import { BRANCH_ANNOTATION } from '../assemble/annotations.ts';
import { journalEntries } from './journal.ts';

/** What `clean` keeps of a manifest: digests, so that thousands of tags fit in memory. */
export interface ManifestNode {
  /** The entries of an index, and what a journal lists; empty for an image. */
  readonly children: readonly Digest[];
  /** The manifest that this one is about: a signature's image, for example. */
  readonly subject?: Digest;
  /** The branch that an index says it was assembled for. */
  readonly branch?: string;
  /**
   * Set for what a run of `clean` makes while it removes: the list of what goes, and what a tag is moved to where the
   * registry removes no tags. Such a manifest needs nothing.
   */
  readonly own?: 'journal' | 'removed-tag';
  /** When it was pushed, in milliseconds since 1970; absent where the registry does not tell. */
  readonly pushedAt?: number;
}

/** What is known of a repository. */
export interface ImageGraph {
  /** All tags. */
  readonly tags: ReadonlyMap<Tag, Digest>;
  /** The manifests that were read: those of all tags, and whatever else may have to go. */
  readonly manifests: ReadonlyMap<Digest, ManifestNode>;
  /** Manifests that exist and were not read. Nothing is known of them, so they and what is about them stay. */
  readonly present: ReadonlySet<Digest>;
}

/** A tag that holds what is about another manifest. */
export interface AttachedTag {
  readonly subject: Digest;
  /**
   * `referrers`: the fallback of registries without a referrers API, whose subject is in the same repository.
   * `signature`: cosign's, whose image may also be in another repository.
   */
  readonly kind: 'referrers' | 'signature';
}

/** Source: distribution-spec, "Referrers Tag Schema"; cosign, "Tag-based discovery". */
const ATTACHED = /^sha256-([0-9a-f]{64})(\.(?:sig|att|sbom))?$/;

/** Reads `sha256-<hex>`, also with one of cosign's endings; undefined for every other tag. */
export function attachedTag(tag: string): AttachedTag | undefined {
  const [, hex, ending] = ATTACHED.exec(tag) ?? [];
  const subject = `sha256:${hex}`;
  if (!isDigest(subject)) return undefined;
  return { subject, kind: ending === undefined ? 'referrers' : 'signature' };
}

/** Makes a node of a manifest that was read. */
export function nodeOf({ manifest }: StoredManifest, pushedAt?: Date): ManifestNode {
  const isIndex = manifest.kind === 'index';
  const branch = isIndex ? manifest.annotations[BRANCH_ANNOTATION] : undefined;
  const listed = journalEntries(manifest);
  const own = listed !== undefined ? 'journal' : manifest.artifactType === REMOVED_TAG_TYPE ? 'removed-tag' : undefined;
  return {
    children: isIndex ? manifest.manifests.map(({ digest }) => digest) : (listed ?? []),
    ...(manifest.subject === undefined ? {} : { subject: manifest.subject.digest }),
    ...(branch === undefined ? {} : { branch }),
    ...(own === undefined ? {} : { own }),
    ...(pushedAt === undefined ? {} : { pushedAt: pushedAt.getTime() }),
  };
}

export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociIndex || mediaType === MEDIA_TYPES.dockerIndex;
}

/** Everything that a set of manifests leads to: entries, what is about them and, with `subjects`, what they are about. */
export function reach(graph: ImageGraph, from: Iterable<Digest>, also: { readonly subjects: boolean }): Set<Digest> {
  const about = attachments(graph);
  const found = new Set<Digest>(from);
  // A set hands out what is added while it is walked.
  for (const digest of found) {
    const node = graph.manifests.get(digest);
    for (const child of node?.children ?? []) found.add(child);
    if (also.subjects && node?.subject !== undefined) found.add(node.subject);
    for (const attached of about.get(digest) ?? []) found.add(attached);
  }
  return found;
}

/** What is about each manifest: by `subject`, and by the tags that say so in their name. */
function attachments({ tags, manifests }: ImageGraph): Map<Digest, Digest[]> {
  const about = new Map<Digest, Digest[]>();
  const add = (subject: Digest, attached: Digest) => {
    const known = about.get(subject);
    if (known === undefined) about.set(subject, [attached]);
    else known.push(attached);
  };
  for (const [digest, { subject }] of manifests) if (subject !== undefined) add(subject, digest);
  for (const [tag, digest] of tags) {
    const attached = attachedTag(tag);
    if (attached !== undefined) add(attached.subject, digest);
  }
  return about;
}

/**
 * The order of removal: nothing goes before all that leads to it has gone. So a run that ends in between leaves no
 * index without its entries.
 *
 * @returns groups, each of which may go at once
 */
export function removalWaves(graph: ImageGraph, digests: Iterable<Digest>): Digest[][] {
  const rest = new Set(digests);
  const above = new Map<Digest, number>([...rest].map((digest) => [digest, 0]));
  const leadsTo = (digest: Digest) => {
    const node = graph.manifests.get(digest);
    const all = [...(node?.children ?? []), ...(node?.subject === undefined ? [] : [node.subject])];
    return [...new Set(all)].filter((other) => rest.has(other) && other !== digest);
  };
  for (const digest of rest) for (const other of leadsTo(digest)) above.set(other, (above.get(other) ?? 0) + 1);
  const waves: Digest[][] = [];
  while (rest.size > 0) {
    const free = [...rest].filter((digest) => above.get(digest) === 0);
    // Digests cannot lead in a circle; should a registry say so, the order does not matter.
    const wave = free.length === 0 ? [...rest] : free;
    waves.push(wave);
    const next = wave.map(leadsTo);
    for (const digest of wave) rest.delete(digest);
    for (const other of next.flat()) above.set(other, (above.get(other) ?? 0) - 1);
  }
  return waves;
}
