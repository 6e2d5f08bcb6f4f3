import { contextOf, onTargets, type Target } from '../../../lib/aws/targets.ts';
import { badInput, Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Plan, PlannedAction } from '../../../lib/operation/define.ts';
import { mapEach } from '../../../lib/parallel.ts';
import { explainBucket } from '../assets/bucket.ts';
import { seenIn } from '../assets/install.ts';
import { definitionKey } from '../assets/keys.ts';
import { openSite, type Site, targetsOf } from '../assets/site.ts';
import { NOTHING, readState, type TransformState } from '../assets/state.ts';
import { nameOf } from '../assets/store.ts';
import { definitionOf } from '../definition-of.ts';
import { findUses } from '../jobs/find-uses.ts';
import { objectionTo, ownerOfRun } from '../ownership.ts';
import type { RetireContext } from '../retire.ts';
import { refuseTogether } from '../target-problems.ts';

/** One transform in one bucket. */
export type PlannedRemoval = {
  readonly [key: string]: Json;
  readonly name: string;
  readonly isThere: boolean;
  /** ETags of what it was planned on; null for what is not there. */
  readonly record: string | null;
  readonly definition: string | null;
  readonly python: string | null;
  /** Names of the jobs that use it. */
  readonly jobs: readonly string[];
};

/** One account and Region of a plan. */
export type RetiringTarget = {
  readonly [key: string]: Json;
  readonly label: string;
  /** The name of the error that kept it from being read; null when it was read. */
  readonly unreadable: string | null;
  readonly transforms: readonly PlannedRemoval[];
};

export type RetireDetails = {
  readonly [key: string]: Json;
  readonly owner: string;
  readonly names: readonly string[];
  readonly targets: readonly RetiringTarget[];
};

/** How many transforms of one bucket are worked on at the same time. */
export const AT_ONCE = 8;

/**
 * Looks for the transforms, their owners and the jobs that use them, in every account and Region before anything is
 * removed in one.
 *
 * @throws Refused when a job uses one, or one is somebody else's
 */
export async function planRetiring(context: RetireContext): Promise<Plan<RetireDetails>> {
  const { inputs, signal } = context;
  if (inputs.names.length === 0)
    throw badInput('names', "is required and was not given; write for example 'repartition_date'");
  const names = [...new Set(inputs.names)].sort();
  const targets = targetsOf(context);
  const owner = await ownerOfRun(context);
  const results = await onTargets(targets, { parallel: inputs.parallel, signal }, (target) =>
    planTarget(contextOf(context, target, targets.length), names, owner, target),
  );
  refuseTogether(results);
  const planned = results.map((result): RetiringTarget => {
    if (result.kind === 'done') return result.value;
    const why = result.kind === 'failed' ? nameOf(result.error) || 'unknown error' : 'not tried';
    return { label: result.target.label, unreadable: why, transforms: [] };
  });
  const actions = planned.flatMap(({ label, transforms }) =>
    transforms.flatMap(({ name, isThere, jobs }): PlannedAction[] => {
      const detail = jobs.length === 0 ? {} : { detail: `used by ${jobs.join(', ')}` };
      return isThere ? [{ verb: 'delete', what: 'transform', name: `${name} in ${label}`, ...detail }] : [];
    }),
  );
  const unread = planned.filter(({ unreadable }) => unreadable !== null);
  return {
    summary: `Retire ${names.join(', ')} in ${targets.map(({ label }) => label).join(', ')}.`,
    actions,
    notes: unread.map(
      ({ label, unreadable }) =>
        `${label} could not be read (${unreadable}); it is tried again when the plan is carried out`,
    ),
    details: { owner, names, targets: planned },
    ...(actions.length === 0 && unread.length === 0
      ? { nothing: `There is no ${names.join(' and no ')} anywhere.` }
      : {}),
  };
}

/**
 * Looks at one account and Region. Reads only.
 *
 * @throws Refused when a job uses one of them, or one is somebody else's
 */
export async function planTarget(
  context: RetireContext,
  names: readonly string[],
  owner: string,
  target: Target,
): Promise<RetiringTarget> {
  const { inputs, signal } = context;
  const site = await openSite(context, target);
  const states = await readStates(site, names);
  const there = states.filter(({ state }) => isThere(state));
  const objections = inputs['any-owner']
    ? []
    : there.flatMap(({ name, state }) => objectionTo(name, state, owner) ?? []);
  if (objections.length > 0) throw somebodyElses(objections);
  const sought = await Promise.all(
    there.map(async ({ name }) => {
      const found = await site.store.get(definitionKey(name));
      return { name, definition: found && definitionOf(found.content) };
    }),
  );
  const uses = there.length === 0 ? [] : await findUses(await site.glue(), sought, site.store.bucket, signal);
  if (uses.length > 0 && !inputs.force) throw inUse(uses);
  return {
    label: target.label,
    unreadable: null,
    transforms: states.map(({ name, state }): PlannedRemoval => {
      const { record = null, definition = null, python = null } = seenIn(state);
      const jobs = uses.filter(({ transform }) => transform === name).map(({ job }) => job);
      return { name, isThere: isThere(state), record, definition, python, jobs };
    }),
  };
}

async function readStates(
  { store }: Site,
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly state: TransformState }[]> {
  try {
    return await mapEach(names, AT_ONCE, async (name) => ({ name, state: await readState(store, name) }));
  } catch (error) {
    if (nameOf(error) === 'NoSuchBucket') return names.map((name) => ({ name, state: NOTHING }));
    throw explainBucket(store.bucket, error);
  }
}

function isThere({ definition, python }: TransformState): boolean {
  return definition !== undefined || python !== undefined;
}

function somebodyElses(objections: readonly string[]): Refused {
  return new Refused({
    what: objections.join('\n'),
    cause: 'the name is that of a transform which somebody else looks after',
    next: "Let them retire it; or, if it is this one that is meant, give 'any-owner: true'",
  });
}

function inUse(uses: readonly { readonly job: string; readonly transform: string }[]): Refused {
  return new Refused({
    what: uses.map(({ job, transform }) => `The job ${job} uses ${transform}`).join('\n'),
    cause: 'the jobs would fail at their next run',
    next: "Take the transform out of the jobs first, or give 'force: true'",
    data: { jobs: uses.map(({ job }) => job) },
  });
}
