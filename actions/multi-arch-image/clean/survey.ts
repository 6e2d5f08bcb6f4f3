import type { Branches } from '../../../lib/branches/alive-branches.ts';
import { matcher } from '../../../lib/branches/patterns.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { formatReference, type Tag } from '../../../lib/registry/reference.ts';
import type { CleanContext } from '../clean.ts';
import {
  type CleanDecision,
  decideManifests,
  decideTags,
  type Kept,
  type ManifestPolicy,
  type TagDecision,
} from './decision.ts';
import { attachedTag, type ImageGraph, reach } from './graph.ts';
import type { Scope } from './scope.ts';
import type { ImageStore } from './store.ts';

/** What would go from one repository, and what stays; JSON, because it is part of the plan. */
export type RepositoryPlan = {
  readonly repository: string;
  readonly tags: readonly PlannedTag[];
  readonly manifests: readonly PlannedManifest[];
  readonly keptTags: number;
  /** How many tags stay for each reason, with the first of them. */
  readonly kept: readonly { readonly why: string; readonly count: number; readonly first: readonly string[] }[];
  readonly notes: readonly string[];
};

export type PlannedTag = {
  readonly tag: string;
  readonly digest: string;
  readonly reason: string;
  /** Whether it goes with a manifest, not with a branch. */
  readonly attached: boolean;
};

export type PlannedManifest = {
  readonly digest: string;
  readonly reason: string;
};

/** So many kept tags are named for each reason. */
const NAMED = 10;

/**
 * Reads all repositories and decides what goes. All tags are read before the branches, so that a branch that is made in
 * between is seen alive.
 */
export async function surveyAll(
  context: CleanContext,
  stores: readonly ImageStore[],
  scope: Exclude<Scope, { kind: 'skip' }>,
  readBranches: () => Promise<Branches | undefined>,
  at: Date,
): Promise<RepositoryPlan[]> {
  const { inputs } = context;
  const graphs: { readonly store: ImageStore; readonly graph: ImageGraph }[] = [];
  for (const store of stores) graphs.push({ store, graph: await store.read() });
  const branches = await readBranches();
  const isKept = await matcher(inputs.keep);
  const plans: RepositoryPlan[] = [];
  for (const { store, graph } of graphs) {
    const tags = decideTags(graph, {
      repository: scope.kind === 'leftovers' ? undefined : scope.repository,
      only: scope.kind === 'branch' ? scope.branch : undefined,
      branches,
      journals: inputs.untagged,
      isKept,
    });
    const whole = await withLeftovers(store, graph, tags, inputs.untagged);
    const decision = decideManifests(whole, tags, {
      candidates: candidatesOf(store, whole, tags, scope, inputs.untagged),
      pushedBefore: at.getTime() - inputs['older-than'] * 1000,
      lastTagRemoves: store.lastTagRemoves,
      tagsGoTogether: store.tagsGoTogether,
      isKept,
    });
    plans.push(planOf(store, whole, decision));
  }
  return plans;
}

/** Adds what may go with the tags that go. */
async function withLeftovers(
  store: ImageStore,
  graph: ImageGraph,
  tags: TagDecision,
  untagged: boolean,
): Promise<ImageGraph> {
  if (!untagged) return graph;
  const going = new Set(tags.remove.map(({ tag }) => tag));
  const staying = tags.keep.flatMap(({ tag }) => graph.tags.get(tag) ?? []);
  const live = reach(graph, [...staying, ...graph.present], { subjects: true });
  for (const tag of graph.tags.keys()) {
    const subject = attachedTag(tag)?.subject;
    if (subject !== undefined && !live.has(subject)) going.add(tag);
  }
  return going.size === 0 ? graph : await store.explore(graph, going);
}

/**
 * What may go. Where the registry lists all manifests with their age, everything; otherwise, and where one branch is
 * asked for, what the tags that go lead to: an image that was only found may be one that a job is about to assemble.
 */
function candidatesOf(
  { listsUntagged }: ImageStore,
  graph: ImageGraph,
  tags: TagDecision,
  scope: Scope,
  untagged: boolean,
): ManifestPolicy['candidates'] {
  if (!untagged) return 'none';
  if (scope.kind !== 'branch' && listsUntagged) return 'all';
  const orphaned = scope.kind === 'branch' ? [] : [...graph.tags].filter(([tag]) => isOrphaned(graph, tag));
  const from = [...tags.remove.map(({ digest }) => digest), ...orphaned.map(([, digest]) => digest)];
  return reach(graph, from, { subjects: false });
}

/** Whether a tag lists what is about a manifest that does not exist any more. */
function isOrphaned(graph: ImageGraph, tag: Tag): boolean {
  const attached = attachedTag(tag);
  if (attached?.kind !== 'referrers') return false;
  const { subject } = attached;
  if (graph.manifests.has(subject) || graph.present.has(subject)) return false;
  return ![...graph.manifests.values()].some(({ children }) => children.includes(subject));
}

/**
 * Decides again, right before manifests are removed, what of them is still needed by nothing: a tag may have moved since
 * the plan. No tag of a branch goes in this step, so whatever has one now stays.
 */
export async function surveyAgain(
  store: ImageStore,
  planned: ReadonlySet<Digest>,
  pushedBefore: number,
  keep: readonly string[],
): Promise<{ readonly graph: ImageGraph; readonly decision: CleanDecision }> {
  const graph = await store.read();
  const isKept = await matcher(keep);
  const nothingMore = { repository: undefined, only: undefined, branches: undefined, journals: true, isKept };
  const tags = decideTags(graph, nothingMore);
  const whole = await withLeftovers(store, graph, tags, true);
  const { lastTagRemoves, tagsGoTogether } = store;
  const policy = { candidates: planned, pushedBefore, lastTagRemoves, tagsGoTogether, isKept };
  const decision = decideManifests(whole, tags, policy);
  return { graph: whole, decision };
}

function planOf(store: ImageStore, graph: ImageGraph, decision: CleanDecision): RepositoryPlan {
  const { tags, manifests, keptTags, young } = decision;
  return {
    repository: formatReference(store.repository),
    tags: tags
      .map(({ tag, digest, reason, attached = false }) => ({ tag, digest, reason, attached }))
      .sort((one, other) => (one.tag < other.tag ? -1 : 1)),
    manifests: [...manifests].sort((one, other) => (one.digest < other.digest ? -1 : 1)),
    keptTags: keptTags.length,
    kept: keptByReason(keptTags),
    notes: [
      ...(graph.tags.size + graph.manifests.size === 0 ? ['it has no image, or does not exist'] : []),
      ...(young === 0 ? [] : [`${young} images without a tag are younger than 'older-than' and stay`]),
      ...(store.listsUntagged
        ? []
        : ['it lists no images without a tag; its own garbage collection takes those that were never assembled']),
    ],
  };
}

function keptByReason(kept: readonly Kept[]): RepositoryPlan['kept'] {
  const reasons = new Map<string, string[]>();
  for (const { tag, why } of kept) {
    const tags = reasons.get(why);
    if (tags === undefined) reasons.set(why, [tag]);
    else tags.push(tag);
  }
  return [...reasons]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([why, tags]) => ({ why, count: tags.length, first: tags.sort().slice(0, NAMED) }));
}
