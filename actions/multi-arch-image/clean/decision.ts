import type { Branches } from '../../../lib/branches/alive-branches.ts';
import { imageTag } from '../../../lib/naming/image-tag.ts';
import { checkBranchName } from '../../../lib/naming/ref.ts';
import type { RepositoryId } from '../../../lib/naming/repository.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import type { Tag } from '../../../lib/registry/reference.ts';
import { attachedTag, type ImageGraph, type ManifestNode, reach } from './graph.ts';
import { isJournalTag } from './journal.ts';

/** Which tags of branches may go. */
export interface TagPolicy {
  /** Whose branches; undefined removes no tag of a branch. */
  readonly repository: RepositoryId | undefined;
  /** Only the tag of this branch; undefined for all. */
  readonly only: string | undefined;
  readonly branches: Branches | undefined;
  /** Whether what ended runs left is removed, with what they listed. */
  readonly journals: boolean;
  /** Whether a pattern of `keep` names the tag. */
  readonly isKept: (tag: string) => boolean;
}

/** Which manifests may go. */
export interface ManifestPolicy {
  /** `none`: tags only. A set: nothing else. `all`: whatever nothing needs. */
  readonly candidates: 'none' | 'all' | ReadonlySet<Digest>;
  /** Manifests without a tag that were pushed later than this (milliseconds since 1970) stay. */
  readonly pushedBefore: number;
  /** Whether the registry removes a manifest together with its last tag, as ECR does. */
  readonly lastTagRemoves: boolean;
  /** Whether the registry removes a manifest only with all its tags, and no tag alone, as ghcr.io does. */
  readonly tagsGoTogether?: boolean;
  readonly isKept: (tag: string) => boolean;
}

export interface TagRemoval {
  readonly tag: Tag;
  readonly digest: Digest;
  readonly reason: string;
  /** Whether it goes with a manifest that is removed, so together with manifests and not with branches. */
  readonly attached?: boolean;
}

export interface ManifestRemoval {
  readonly digest: Digest;
  readonly reason: string;
}

/** What stays, by reason. */
export interface Kept {
  readonly tag: Tag;
  readonly why: string;
}

export interface TagDecision {
  readonly remove: readonly TagRemoval[];
  readonly keep: readonly Kept[];
}

/**
 * Decides about every tag but those that belong to a manifest. A tag is a branch's only when its index says so and the
 * tag is the one that `lib/naming` makes of that branch and this repository: so tags of other repositories, tags made by
 * hand and look-alikes stay. Pure.
 */
export function decideTags(graph: ImageGraph, policy: TagPolicy): TagDecision {
  const remove: TagRemoval[] = [];
  const keep: Kept[] = [];
  for (const [tag, digest] of graph.tags) {
    if (attachedTag(tag) !== undefined) continue;
    const node = graph.manifests.get(digest);
    const verdict = verdictOn(tag, node, policy);
    if ('remove' in verdict) remove.push({ tag, digest, reason: verdict.remove });
    else keep.push({ tag, why: verdict.keep });
  }
  return { remove, keep };
}

function verdictOn(tag: Tag, node: ManifestNode | undefined, policy: TagPolicy): { remove: string } | { keep: string } {
  const { repository, branches, only, isKept } = policy;
  if (node?.own === 'removed-tag' || (node?.own === 'journal' && isJournalTag(tag))) {
    return policy.journals
      ? { remove: 'left by a run that was ended' }
      : { keep: 'left for a run that removes images' };
  }
  const branch = node?.branch === undefined || repository === undefined ? undefined : checkBranchName(node.branch);
  if (branch?.ok !== true || imageTag({ repository, branch: branch.branch }) !== tag)
    return { keep: 'not of a branch' };
  if (isKept(tag)) return { keep: "named by 'keep'" };
  if (only !== undefined && branch.branch !== only) return { keep: 'of another branch' };
  if (branches === undefined) return { keep: 'of a branch' };
  if (branch.branch === branches.defaultBranch || branches.isProtected(branch.branch)) {
    return { keep: 'of a protected branch' };
  }
  if (branches.alive.has(branch.branch)) return { keep: 'its branch exists' };
  return { remove: `branch '${branch.branch}' is gone` };
}

export interface CleanDecision {
  readonly tags: readonly TagRemoval[];
  readonly manifests: readonly ManifestRemoval[];
  readonly keptTags: readonly Kept[];
  /** How many manifests without a tag stay because they are too young. */
  readonly young: number;
}

/**
 * Decides what goes with the tags that go: manifests that no tag and no index needs any more, and the tags that belong
 * to them. What a tag that stays leads to is needed: the entries of an index, what a manifest is about, and what is about
 * it. Pure.
 */
export function decideManifests(graph: ImageGraph, tags: TagDecision, policy: ManifestPolicy): CleanDecision {
  const { live, young } = liveDigests(graph, tags, policy);
  const gone = [...graph.manifests.keys()].filter((digest) => !live.has(digest));
  const attached = [...graph.tags].flatMap(([tag, digest]): TagRemoval[] => {
    const belongs = attachedTag(tag);
    if (belongs === undefined || live.has(belongs.subject) || staysAnyway(graph, tag, policy)) return [];
    const reason = graph.manifests.has(belongs.subject) ? 'its image is removed' : 'its image is gone';
    return [{ tag, digest, reason, attached: true }];
  });
  const remove = [...tags.remove, ...attached];
  const held = heldTags(graph, remove, live, policy);
  const holder = policy.tagsGoTogether ? 'GitHub removes no tag without' : 'ECR would remove';
  const removed = new Set(remove.map(({ tag }) => tag));
  const reasons = new Map(remove.map(({ digest, reason }) => [digest, reason]));
  const attachedKept = [...graph.tags.keys()].filter((tag) => attachedTag(tag) !== undefined && !removed.has(tag));
  return {
    tags: remove.filter(({ tag }) => !held.has(tag)),
    manifests: gone.map((digest) => ({ digest, reason: reasonOf(graph.manifests.get(digest), reasons.get(digest)) })),
    keptTags: [
      ...tags.keep,
      ...attachedKept.map((tag) => ({ tag, why: 'belongs to an image that stays' })),
      ...[...held].map((tag) => ({ tag, why: `${holder} its image, which is still needed` })),
    ],
    young,
  };
}

/** The digests that stay, and how many of them do so only because they are young. */
function liveDigests(
  graph: ImageGraph,
  tags: TagDecision,
  policy: ManifestPolicy,
): { live: ReadonlySet<Digest>; young: number } {
  const tagged = new Set(graph.tags.values());
  const roots = new Set<Digest>(graph.present);
  for (const { tag } of tags.keep) {
    const digest = graph.tags.get(tag);
    if (digest !== undefined) roots.add(digest);
  }
  for (const [tag, digest] of graph.tags) if (staysAnyway(graph, tag, policy)) roots.add(digest);

  const young: Digest[] = [];
  for (const [digest, { pushedAt, own }] of graph.manifests) {
    // What we made ourselves needs nothing.
    if (own !== undefined || (tagged.has(digest) && policy.lastTagRemoves)) continue;
    if (!mayGo(policy, digest)) roots.add(digest);
    else if (!tagged.has(digest) && pushedAt !== undefined && pushedAt >= policy.pushedBefore) young.push(digest);
  }
  const needed = reach(graph, roots, { subjects: true });
  return {
    live: reach(graph, [...needed, ...young], { subjects: true }),
    young: young.filter((digest) => !needed.has(digest)).length,
  };
}

function mayGo({ candidates }: ManifestPolicy, digest: Digest | undefined): boolean {
  if (candidates === 'all' || candidates === 'none' || digest === undefined) return candidates === 'all';
  return candidates.has(digest);
}

/** Whether a tag that belongs to a manifest stays whatever becomes of that. */
function staysAnyway(graph: ImageGraph, tag: Tag, policy: ManifestPolicy): boolean {
  const attached = attachedTag(tag);
  if (attached === undefined) return false;
  if (policy.isKept(tag)) return true;
  if (graph.manifests.has(attached.subject)) return false;
  // The subject is not here; that of a signature may be in another repository.
  return attached.kind === 'signature' || !mayGo(policy, graph.tags.get(tag));
}

/** Tags that would take a manifest along that is needed: one of each that would lose all it has, or all. */
function heldTags(
  graph: ImageGraph,
  remove: readonly TagRemoval[],
  live: ReadonlySet<Digest>,
  { lastTagRemoves, tagsGoTogether = false }: ManifestPolicy,
): Set<Tag> {
  if (tagsGoTogether) return new Set(remove.filter(({ digest }) => live.has(digest)).map(({ tag }) => tag));
  if (!lastTagRemoves) return new Set();
  const going = new Set(remove.map(({ tag }) => tag));
  const stillTagged = new Set([...graph.tags].flatMap(([tag, digest]) => (going.has(tag) ? [] : [digest])));
  const held = new Set<Tag>();
  for (const { tag, digest } of remove) {
    if (!live.has(digest) || stillTagged.has(digest)) continue;
    held.add(tag);
    stillTagged.add(digest);
  }
  return held;
}

function reasonOf(node: ManifestNode | undefined, ofTag: string | undefined): string {
  if (ofTag !== undefined) return ofTag;
  return node?.subject === undefined
    ? 'no tag and no index needs it'
    : 'nothing that stays needs it or what it is about';
}
