import { mayPass } from '../../../lib/aws/passing-failure.ts';
import { contextOf, onTargets, type Target } from '../../../lib/aws/targets.ts';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import { mapBounded } from '../../../lib/parallel.ts';
import { explainBucket } from '../assets/bucket.ts';
import { type InstallContext, type Installed, install } from '../assets/install.ts';
import { openSite, targetsOf } from '../assets/site.ts';
import { readState } from '../assets/state.ts';
import type { RetireContext } from '../retire.ts';
import { AT_ONCE, type PlannedRemoval, planTarget, type RetireDetails, type RetiringTarget } from './plan.ts';

/** What became of one transform in one bucket. */
export type RetiredTransform = { readonly name: string } & (
  | { readonly state: 'retired' | 'not there' | 'not tried' }
  | { readonly state: 'overtaken'; readonly by: Extract<Installed, { kind: 'overtaken' }> }
  | { readonly state: 'failed'; readonly error: unknown }
);

/** What became of one account and Region. */
export interface RetiredTarget {
  readonly label: string;
  readonly planned: RetiringTarget;
  readonly transforms: readonly RetiredTransform[];
  /** Why nothing could be done there at all. */
  readonly error?: unknown;
}

/** More than a record may hold: a removal lets no version fall out. */
const ALL_VERSIONS = 1000;

/** Removes the transforms in every account and Region, and looks whether they are gone; one that fails stops no other. */
export async function applyRetiring(
  context: RetireContext,
  { details }: Plan<RetireDetails>,
): Promise<readonly RetiredTarget[]> {
  const targets = targetsOf(context);
  const maker = `${context.randomHex(8)}-${process.pid}`;
  const results = await onTargets(targets, { parallel: context.inputs.parallel, signal: context.signal }, (target) =>
    retireIn(contextOf(context, target, targets.length), details, maker, target),
  );
  return results.map((result): RetiredTarget => {
    if (result.kind === 'done') return result.value;
    const { label } = result.target;
    const nothing = { label, planned: plannedOf(details, label), transforms: [] };
    return result.kind === 'failed' ? { ...nothing, error: result.error } : nothing;
  });
}

async function retireIn(
  context: RetireContext,
  details: RetireDetails,
  maker: string,
  target: Target,
): Promise<RetiredTarget> {
  const { clock, log, randomHex, signal } = context;
  const { names, owner } = details;
  const before = plannedOf(details, target.label);
  const planned = before.unreadable === null ? before : await planTarget(context, names, owner, target);
  const { store } = await openSite(context, target);
  const remover: InstallContext = {
    store,
    clock,
    randomHex,
    maker,
    owner,
    keepVersions: ALL_VERSIONS,
    adopts: context.inputs['any-owner'],
  };
  let isDown = false;
  const transforms = await mapBounded(planned.transforms, AT_ONCE, async (one): Promise<RetiredTransform> => {
    const { name } = one;
    if (!one.isThere) return { name, state: 'not there' };
    if (isDown || signal.aborted) return { name, state: 'not tried' };
    try {
      const removed = await install(remover, name, undefined, seenOf(one));
      if (removed.kind === 'overtaken') return { name, state: 'overtaken', by: removed };
      const { definition, python } = await readState(store, name);
      if (definition !== undefined || python !== undefined) {
        return { name, state: 'failed', error: thereAgain(store.bucket) };
      }
      log.info(`  retired ${name}`);
      return { name, state: 'retired' };
    } catch (error) {
      isDown ||= mayPass(error);
      return { name, state: 'failed', error: explainBucket(store.bucket, error) };
    }
  });
  return { label: target.label, planned, transforms };
}

function thereAgain(bucket: string): OperationFailed {
  return new OperationFailed({
    what: `it was removed from ${bucket}, but is there again`,
    cause: 'another run, or somebody by hand, has published it since',
    next: 'Put the jobs that change transforms into one concurrency or resource group, and run again',
  });
}

function seenOf({ record, definition, python }: PlannedRemoval) {
  return { record: record ?? undefined, definition: definition ?? undefined, python: python ?? undefined };
}

function plannedOf({ targets }: RetireDetails, label: string): RetiringTarget {
  const found = targets.find((target) => target.label === label);
  if (found === undefined) throw new Error(`the plan has no ${label}`);
  return found;
}
