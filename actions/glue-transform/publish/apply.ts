import { mayPass } from '../../../lib/aws/passing-failure.ts';
import { contextOf, onTargets, type Target } from '../../../lib/aws/targets.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import { mapBounded } from '../../../lib/parallel.ts';
import { explainBucket, makeBucket } from '../assets/bucket.ts';
import { prune } from '../assets/copies.ts';
import { type InstallContext, type Installed, install, type Seen } from '../assets/install.ts';
import type { Pair } from '../assets/keys.ts';
import { openSite, type Site, targetsOf } from '../assets/site.ts';
import { readState, readStoredRecord } from '../assets/state.ts';
import { type SavedJob, saveJob } from '../jobs/save-job.ts';
import type { PublishContext } from '../publish.ts';
import { readWanted, type Wanted } from './pairs.ts';
import {
  AT_ONCE,
  filesOf,
  type PlannedTarget,
  type PlannedTransform,
  type PublishDetails,
  planTarget,
  soughtOf,
  versionOf,
} from './plan.ts';
import { pairToBringBack } from './versions.ts';

/** What became of one transform in one bucket. */
export type PublishedTransform = { readonly name: string; readonly version: string } & (
  | { readonly state: 'published' | 'unchanged' | 'not tried' }
  | { readonly state: 'overtaken'; readonly by: Extract<Installed, { kind: 'overtaken' }> }
  | { readonly state: 'failed'; readonly error: unknown }
);

/** What became of one account and Region. */
export interface PublishedTarget {
  readonly label: string;
  readonly planned: PlannedTarget;
  readonly target: Target;
  readonly transforms: readonly PublishedTransform[];
  /** Jobs that were to be saved again, by name. */
  readonly jobs: ReadonlyMap<string, SavedJob | { readonly kind: 'failed'; readonly error: unknown }>;
  /** Why nothing could be done there at all. */
  readonly error?: unknown;
}

export interface Published {
  readonly wanted: Wanted;
  readonly targets: readonly PublishedTarget[];
}

/** Carries a plan out in every account and Region; one that fails stops no other. */
export async function applyPublishing(context: PublishContext, { details }: Plan<PublishDetails>): Promise<Published> {
  const targets = targetsOf(context);
  const wanted = await readWanted(context);
  // What opens a definition must be told from every other process.
  const maker = `${context.randomHex(8)}-${process.pid}`;
  const results = await onTargets(targets, { parallel: context.inputs.parallel, signal: context.signal }, (target) =>
    publishTo(contextOf(context, target, targets.length), { wanted, details, maker, target }),
  );
  return {
    wanted,
    targets: results.map((result): PublishedTarget => {
      if (result.kind === 'done') return result.value;
      const { label } = result.target;
      const planned = plannedOf(details, label);
      const nothing = { label, planned, target: result.target, transforms: [], jobs: new Map() };
      return result.kind === 'failed' ? { ...nothing, error: result.error } : nothing;
    }),
  };
}

async function publishTo(
  context: PublishContext,
  work: {
    readonly wanted: Wanted;
    readonly details: PublishDetails;
    readonly maker: string;
    readonly target: Target;
  },
): Promise<PublishedTarget> {
  const { wanted, details, maker, target } = work;
  const { inputs, clock, log, randomHex, signal } = context;
  const before = plannedOf(details, target.label);
  const planned = before.unreadable === null ? before : await planTarget(context, wanted, details.owner, target);
  const site = await openSite(context, target);
  const { store } = site;
  const due = planned.transforms.filter(({ state }) => state === 'publish');
  if (planned.makesBucket && due.length > 0) {
    const made = await makeBucket(target.aws, site.s3, store.bucket, { 'headgate:glue-transform': details.owner });
    if (made) log.info(`  made the bucket ${store.bucket}`);
  }
  const keepVersions = inputs['keep-versions'];
  const installer: InstallContext = {
    store,
    clock,
    randomHex,
    maker,
    owner: details.owner,
    keepVersions,
    adopts: inputs.adopt,
  };
  let isDown = false;
  const transforms = await mapBounded(planned.transforms, AT_ONCE, async (one): Promise<PublishedTransform> => {
    const { name, version } = one;
    if (one.state === 'unchanged') return { name, version, state: 'unchanged' };
    if (isDown || signal.aborted) return { name, version, state: 'not tried' };
    try {
      const pair = await pairOf(site, wanted, one);
      const installed = await install(installer, name, pair, seenOf(one));
      if (installed.kind === 'overtaken') return { name, version, state: 'overtaken', by: installed };
      if (installed.kind === 'unchanged') return { name, version, state: 'unchanged' };
      log.info(`  published ${name} (${version})`);
      await removeOld(context, site, name);
      return { name, version, state: 'published' };
    } catch (error) {
      isDown ||= mayPass(error);
      return { name, version, state: 'failed', error: explainBucket(store.bucket, error) };
    }
  });
  const jobs = details.savesJobs ? await saveJobs(context, site, wanted, planned, transforms) : new Map();
  return { label: target.label, planned, target, transforms, jobs };
}

/** Saves the older jobs all of whose transforms are published. */
async function saveJobs(
  { log, signal }: PublishContext,
  site: Site,
  wanted: Wanted,
  planned: PlannedTarget,
  transforms: readonly PublishedTransform[],
): Promise<PublishedTarget['jobs']> {
  const saved = new Map<string, SavedJob | { readonly kind: 'failed'; readonly error: unknown }>();
  const done = new Set(
    transforms.filter(({ state }) => state === 'published' || state === 'unchanged').map(({ name }) => name),
  );
  const older = (planned.jobs ?? []).filter(({ state }) => state === 'older');
  for (const job of new Set(older.map((use) => use.job))) {
    if (signal.aborted) break;
    const uses = older.filter((use) => use.job === job);
    try {
      const open = uses.find(({ transform }) => !done.has(transform));
      if (open !== undefined) {
        saved.set(job, { kind: 'left', why: `${open.transform} was not published` });
        continue;
      }
      const sought = await Promise.all(
        uses.map(async ({ transform }) => {
          const one = planned.transforms.find(({ name }) => name === transform);
          if (one === undefined) throw new Error(`the plan has no transform ${transform}`);
          return soughtOf(wanted, transform, await pairOf(site, wanted, one));
        }),
      );
      const result = await saveJob(await site.glue(), job, sought, site.store.bucket, uses[0]?.modified ?? 0);
      saved.set(job, result);
      log.info(result.kind === 'saved' ? `  saved the job ${job} again` : `  left the job ${job}: ${result.why}`);
    } catch (error) {
      saved.set(job, { kind: 'failed', error });
    }
  }
  return saved;
}

async function pairOf({ store }: Site, wanted: Wanted, { name, version }: PlannedTransform): Promise<Pair> {
  const files = filesOf(wanted, name);
  if (files !== undefined) return files;
  const asked = versionOf(wanted, name);
  const exact = asked === 'previous' ? version : asked;
  return await pairToBringBack(store, name, await readState(store, name), exact);
}

/** Old versions cost a few bytes only, so a failure here is none of the publishing. */
async function removeOld({ inputs, clock, log }: PublishContext, { store }: Site, name: string): Promise<void> {
  try {
    const record = (await readStoredRecord(store, name))?.value;
    // As long as there is room, nothing has fallen out.
    if (record === undefined || record.kept.length < inputs['keep-versions']) return;
    const removed = await prune(store, name, record, clock.now());
    for (const version of removed) log.info(`  removed the version ${version} of ${name}, which is no longer kept`);
  } catch (error) {
    log.warning(`Old versions of ${name} could not be removed: ${error instanceof Error ? error.message : error}`);
  }
}

function seenOf({ seen }: PlannedTransform): Seen | undefined {
  if (seen === null) return undefined;
  const { record, definition, python } = seen;
  return { record: record ?? undefined, definition: definition ?? undefined, python: python ?? undefined };
}

function plannedOf({ targets }: PublishDetails, label: string): PlannedTarget {
  const found = targets.find((target) => target.label === label);
  if (found === undefined) throw new Error(`the plan has no ${label}`);
  return found;
}
