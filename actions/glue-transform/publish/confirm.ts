import { onTargets } from '../../../lib/aws/targets.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { mapEach } from '../../../lib/parallel.ts';
import { openSite } from '../assets/site.ts';
import { isInstalled, isPublished, readState } from '../assets/state.ts';
import { findUses } from '../jobs/find-uses.ts';
import type { PublishContext } from '../publish.ts';
import type { Published, PublishedTarget } from './apply.ts';
import type { PUBLISH_OUTPUTS } from './inputs.ts';
import { type Confirmed, judge } from './outcome.ts';
import { AT_ONCE, filesOf, type PublishDetails, soughtOf } from './plan.ts';
import { pairToBringBack } from './versions.ts';

/**
 * Reads back what was written, and looks at the jobs again that were saved.
 *
 * @throws OperationFailed when something failed anywhere, with the whole report
 */
export async function confirm(
  context: PublishContext,
  plan: Plan<PublishDetails>,
  published: Published,
): Promise<Outcome<keyof typeof PUBLISH_OUTPUTS>> {
  const { inputs, signal } = context;
  const byLabel = new Map(published.targets.map((one) => [one.label, one]));
  const results = await onTargets(
    published.targets.map(({ target }) => target),
    { parallel: inputs.parallel, signal },
    async (target) => {
      const one = byLabel.get(target.label);
      if (one === undefined) throw new Error(`nothing was done in ${target.label}`);
      return await readBack(context, published, one);
    },
  );
  const targets = published.targets.map((one, n): Confirmed => {
    const result = results[n];
    if (result?.kind === 'done') return { ...one, ...result.value };
    return {
      ...one,
      changed: [],
      uses: one.planned.jobs,
      ...(result?.kind === 'failed' ? { error: one.error ?? result.error } : {}),
    };
  });
  return judge(plan, targets, signal);
}

async function readBack(
  context: PublishContext,
  { wanted }: Published,
  one: PublishedTarget,
): Promise<Pick<Confirmed, 'changed' | 'uses'>> {
  const written = one.transforms.filter(({ state }) => state === 'published');
  if (written.length === 0 && one.jobs.size === 0) return { changed: [], uses: one.planned.jobs };
  const site = await openSite(context, one.target);
  const looked = await mapEach(written, AT_ONCE, async ({ name, version }) => {
    const state = await readState(site.store, name);
    const files = filesOf(wanted, name);
    const kept = state.record?.value.kept.find((entry) => entry.version === version);
    const isThere = files === undefined ? kept !== undefined && isInstalled(state, kept) : isPublished(state, files);
    return isThere ? [] : [name];
  });
  if (one.jobs.size === 0) return { changed: looked.flat(), uses: one.planned.jobs };
  const names = new Set((one.planned.jobs ?? []).map(({ transform }) => transform));
  const sought = await Promise.all(
    one.transforms
      .filter(({ name }) => names.has(name))
      .map(async ({ name, version }) => {
        const pair =
          filesOf(wanted, name) ??
          (await pairToBringBack(site.store, name, await readState(site.store, name), version));
        return soughtOf(wanted, name, pair);
      }),
  );
  const uses = await findUses(await site.glue(), sought, site.store.bucket, context.signal);
  return { changed: looked.flat(), uses: uses.map((use) => ({ ...use, reasons: [...use.reasons] })) };
}
