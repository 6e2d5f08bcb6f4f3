import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import { isTag } from '../../../lib/registry/reference.ts';
import type { CleanContext } from '../clean.ts';
import { reach, removalWaves } from './graph.ts';
import type { ImageStore, Removal, TagTarget } from './store.ts';
import { type RepositoryPlan, surveyAgain } from './survey.ts';

const REMOVED: Removal = { outcome: 'removed' };
const NEEDED_AGAIN: Removal = { outcome: 'kept', why: 'it is needed again' };

/** What became of one tag or manifest. */
export interface CleanedItem {
  readonly kind: 'tag' | 'manifest';
  /** The tag or the digest. */
  readonly name: string;
  readonly removal: Removal;
}

/** What became of one repository. */
export interface Cleaned {
  readonly repository: string;
  readonly items: readonly CleanedItem[];
  /** What ended the work in this repository early. */
  readonly error?: unknown;
}

/**
 * Removes what was planned and is still due. A failure in one repository does not stop the others; but when one of them
 * removes nothing at all, that shows before anything is removed from any.
 */
export async function cleanRepositories(
  context: CleanContext,
  plans: readonly RepositoryPlan[],
  stores: ReadonlyMap<string, ImageStore>,
): Promise<readonly Cleaned[]> {
  const due = plans.flatMap((plan) => {
    const store = stores.get(plan.repository);
    return store === undefined || plan.tags.length + plan.manifests.length === 0 ? [] : [{ plan, store }];
  });
  for (const { store } of due) await store.checkRemoves();
  const cleaned: Cleaned[] = [];
  for (const { plan, store } of due) {
    const items: CleanedItem[] = [];
    try {
      await cleanOne(context, plan, store, items);
      cleaned.push({ repository: plan.repository, items });
    } catch (error) {
      context.signal.throwIfAborted();
      cleaned.push({ repository: plan.repository, items, error });
    }
  }
  return cleaned;
}

/**
 * Tags first; then all tags are read again, and what nothing needs now goes, indexes before their entries. So a run that
 * ends in between leaves nothing broken, and whatever was pushed in the meantime stays whole.
 */
async function cleanOne(
  { inputs, clock, log, signal }: CleanContext,
  plan: RepositoryPlan,
  store: ImageStore,
  items: CleanedItem[],
): Promise<void> {
  /** Whether nothing failed. What comes later may go only when what leads to it has gone. */
  const add = (kind: CleanedItem['kind'], names: readonly string[], removals: readonly Removal[]): boolean => {
    for (const [n, name] of names.entries()) {
      const removal = removals[n] ?? { outcome: 'removed' };
      items.push({ kind, name, removal });
      const why = removal.outcome === 'kept' ? `: ${removal.why}` : '';
      log.info(`  ${removal.outcome} ${kind} ${plan.repository}${kind === 'tag' ? ':' : '@'}${name}${why}`);
    }
    signal.throwIfAborted();
    return removals.every(({ outcome }) => outcome !== 'failed');
  };
  const removeTags = async (targets: readonly TagTarget[]) => {
    const names = targets.map(({ tag }) => tag);
    return add('tag', names, await store.removeTags(targets));
  };

  const tags = plan.tags.flatMap(({ tag, digest, attached }) =>
    isTag(tag) && isDigest(digest) ? [{ tag, digest, attached }] : [],
  );
  const planned = new Set(plan.manifests.map(({ digest }) => digest).filter(isDigest));
  await store.leaveJournal([...planned]);
  if (!(await removeTags(tags.filter(({ attached }) => !attached)))) return;

  const attached = tags.filter((tag) => tag.attached);
  if (planned.size + attached.length > 0) {
    const pushedBefore = clock.now().getTime() - inputs['older-than'] * 1000;
    const { graph, decision } = await surveyAgain(store, planned, pushedBefore, inputs.keep);

    const dueTags = new Set(decision.tags.map(({ tag, digest }) => `${tag}@${digest}`));
    const stillDue = attached.filter(({ tag, digest }) => dueTags.has(`${tag}@${digest}`));
    const notDue = attached.filter((target) => !stillDue.includes(target)).map(({ tag }) => tag);
    add(
      'tag',
      notDue,
      notDue.map((tag) => (graph.tags.has(tag) ? NEEDED_AGAIN : REMOVED)),
    );
    if (!(await removeTags(stillDue))) return;

    const dueManifests = new Set(decision.manifests.map(({ digest }) => digest));
    const needed = [...planned].filter((digest) => !dueManifests.has(digest));
    // With the last tag of an image, ECR has removed it already.
    add(
      'manifest',
      needed,
      needed.map((digest) => (graph.manifests.has(digest) ? NEEDED_AGAIN : REMOVED)),
    );
    const free = [...planned].filter((digest) => dueManifests.has(digest));
    // What stays after all needs what it leads to.
    const stays = new Set<Digest>();
    for (const wave of removalWaves(graph, free)) {
      const needs = reach(graph, stays, { subjects: true });
      const held = wave.filter((digest) => needs.has(digest));
      add(
        'manifest',
        held,
        held.map(() => NEEDED_AGAIN),
      );
      const goes = wave.filter((digest) => !needs.has(digest));
      const removals = await store.removeManifests(goes);
      if (!add('manifest', goes, removals)) return;
      for (const [n, digest] of goes.entries()) if (removals[n]?.outcome === 'kept') stays.add(digest);
    }
  }
  await store.end();
}
