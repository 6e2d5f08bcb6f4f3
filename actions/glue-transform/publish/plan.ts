import { contextOf, onTargets, type Target } from '../../../lib/aws/targets.ts';
import { errorMessage, Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Plan, PlannedAction } from '../../../lib/operation/define.ts';
import { mapEach } from '../../../lib/parallel.ts';
import { explainBucket } from '../assets/bucket.ts';
import { hasContent } from '../assets/etag.ts';
import { type Seen, seenIn } from '../assets/install.ts';
import { definitionKey, FIXED_PREFIX, type Pair, pairId, pythonKey } from '../assets/keys.ts';
import { openSite, type Site, targetsOf } from '../assets/site.ts';
import { isPublished, NOTHING, OWNER, readState, type TransformState } from '../assets/state.ts';
import { nameOf } from '../assets/store.ts';
import { definitionOf } from '../definition-of.ts';
import { type FoundUse, findUses } from '../jobs/find-uses.ts';
import type { Sought } from '../jobs/use.ts';
import { objectionTo, ownerOfRun } from '../ownership.ts';
import type { PublishContext } from '../publish.ts';
import { refuseTogether } from '../target-problems.ts';
import { readWanted, type Wanted } from './pairs.ts';
import { pairToBringBack } from './versions.ts';

/** One transform in one bucket. */
export type PlannedTransform = {
  readonly [key: string]: Json;
  readonly name: string;
  readonly version: string;
  readonly state: 'publish' | 'unchanged';
  /** Null where nothing is written. */
  readonly seen: null | { readonly [Member in keyof Seen]: string | null };
};

/** One account and Region of a plan. */
export type PlannedTarget = {
  readonly [key: string]: Json;
  readonly label: string;
  /** Empty where it could not be read. */
  readonly bucket: string;
  readonly makesBucket: boolean;
  /** The name of the error that kept it from being read; null when it was read. */
  readonly unreadable: string | null;
  readonly transforms: readonly PlannedTransform[];
  /** Null where the jobs could not be read. */
  readonly jobs: readonly PlannedUse[] | null;
};

export type PlannedUse = {
  readonly [key: string]: Json;
  readonly job: string;
  readonly transform: string;
  readonly state: 'older' | 'current' | 'library';
  readonly reasons: readonly string[];
  readonly modified: number;
};

export type PublishDetails = {
  readonly [key: string]: Json;
  readonly owner: string;
  readonly names: readonly string[];
  readonly savesJobs: boolean;
  readonly targets: readonly PlannedTarget[];
};

/** How many transforms of one bucket are looked at, or written, at the same time. */
export const AT_ONCE = 8;

/**
 * Compares what shall be published with every bucket, and finds the jobs that use it. An account or Region that cannot be
 * read now is part of the plan all the same, and is tried when the plan is carried out.
 *
 * @throws BadInput; OperationFailed for wrong transforms, before any call; Refused for transforms of somebody else
 */
export async function planPublishing(context: PublishContext): Promise<Plan<PublishDetails>> {
  const { inputs, signal } = context;
  const targets = targetsOf(context);
  const wanted = await readWanted(context);
  const owner = await ownerOfRun(context);
  const results = await onTargets(targets, { parallel: inputs.parallel, signal }, (target) =>
    planTarget(contextOf(context, target, targets.length), wanted, owner, target),
  );
  refuseTogether(results);
  const planned = results.map((result): PlannedTarget => {
    if (result.kind === 'done') return result.value;
    const why = result.kind === 'failed' ? nameOf(result.error) || 'unknown error' : 'not tried';
    const { label } = result.target;
    return { label, bucket: '', makesBucket: false, unreadable: why, transforms: [], jobs: null };
  });
  const details: PublishDetails = {
    owner,
    names: namesOf(wanted),
    savesJobs: inputs['save-jobs'],
    targets: planned,
  };
  const actions = planned.flatMap((target) => actionsIn(target, inputs['save-jobs']));
  const count = details.names.length === 1 ? '1 transform' : `${details.names.length} transforms`;
  return {
    summary: `Publish ${count} in ${targets.map(({ label }) => label).join(', ')}.`,
    actions,
    notes: planned.flatMap((target) => notesOn(target, inputs['save-jobs'])),
    details,
    ...(actions.length === 0 && planned.every(({ unreadable }) => unreadable === null)
      ? {
          nothing: `Every bucket has ${count === '1 transform' ? 'it' : `all ${count}`} already, with the same content.`,
        }
      : {}),
  };
}

/**
 * Looks at one account and Region. Reads only.
 *
 * @throws Refused for a transform of somebody else; OperationFailed for a bucket that cannot be used
 */
export async function planTarget(
  context: PublishContext,
  wanted: Wanted,
  owner: string,
  target: Target,
): Promise<PlannedTarget> {
  const site = await openSite(context, target);
  const { adopt } = context.inputs;
  const listed = await listFixed(site);
  const names = namesOf(wanted);
  const looked = await mapEach(names, AT_ONCE, async (name): Promise<Looked> => {
    context.signal.throwIfAborted();
    const files = filesOf(wanted, name);
    if (files !== undefined && !adopt && isListed(listed, name, files)) {
      return { name, pair: files, state: undefined };
    }
    const state = listed === undefined ? NOTHING : await readState(site.store, name);
    const pair = files ?? (await pairToBringBack(site.store, name, state, versionOf(wanted, name)));
    return { name, pair, state };
  });
  const objections = looked.flatMap(({ name, pair, state }) => {
    if (state === undefined || (isPublished(state, pair) && !adopt)) return [];
    const objection = objectionTo(name, state, owner);
    return objection === undefined || adopt ? [] : [objection];
  });
  if (objections.length > 0) throw refusal(objections);
  const transforms = looked.map(({ name, pair, state }): PlannedTransform => {
    const { version } = pairId(pair);
    const isThere =
      state === undefined || (isPublished(state, pair) && !(adopt && state.definition?.metadata[OWNER] !== owner));
    return { name, version, state: isThere ? 'unchanged' : 'publish', seen: isThere ? null : jsonOf(seenIn(state)) };
  });
  const sought = looked.map(({ name, pair }) => soughtOf(wanted, name, pair));
  return {
    label: target.label,
    bucket: site.store.bucket,
    makesBucket: listed === undefined,
    unreadable: null,
    transforms,
    jobs: await readJobs(context, site, sought),
  };
}

function refusal(objections: readonly string[]): Refused {
  return new Refused({
    what: objections.join('\n'),
    cause: 'a transform of the same name was there before, or the repository was renamed',
    next: "Give the transform another name; or, if it is this one that is meant, give 'adopt: true'",
  });
}

interface Looked {
  readonly name: string;
  readonly pair: Pair;
  /** Undefined where the listing told enough. */
  readonly state: TransformState | undefined;
}

/** ETags by key; undefined when there is no bucket. */
async function listFixed({ store }: Site): Promise<ReadonlyMap<string, string> | undefined> {
  const etags = new Map<string, string>();
  try {
    for await (const { key, etag } of store.list(FIXED_PREFIX)) etags.set(key, etag);
    return etags;
  } catch (error) {
    if (nameOf(error) === 'NoSuchBucket') return undefined;
    throw explainBucket(store.bucket, error);
  }
}

function isListed(listed: ReadonlyMap<string, string> | undefined, name: string, pair: Pair): boolean {
  const definition = listed?.get(definitionKey(name));
  const python = listed?.get(pythonKey(name));
  if (definition === undefined || python === undefined) return false;
  return hasContent(definition, pair.definition) && hasContent(python, pair.python);
}

async function readJobs(
  context: PublishContext,
  site: Site,
  sought: readonly Sought[],
): Promise<readonly PlannedUse[] | null> {
  try {
    const uses = await findUses(await site.glue(), sought, site.store.bucket, context.signal);
    return uses.map((use: FoundUse) => ({ ...use, reasons: [...use.reasons] }));
  } catch (error) {
    context.signal.throwIfAborted();
    if (context.inputs['save-jobs']) throw error;
    context.log.warning(`The jobs in ${site.target.label} could not be read: ${errorMessage(error)}`);
    return null;
  }
}

export function soughtOf(wanted: Wanted, name: string, pair: Pair): Sought {
  const own = wanted.kind === 'files' ? wanted.transforms.find((transform) => transform.name === name) : undefined;
  return { name, definition: own?.definition ?? definitionOf(pair.definition) };
}

export function namesOf(wanted: Wanted): readonly string[] {
  return wanted.kind === 'files' ? wanted.transforms.map(({ name }) => name) : [...wanted.versions.keys()].sort();
}

export function filesOf(wanted: Wanted, name: string): Pair | undefined {
  if (wanted.kind === 'versions') return undefined;
  const transform = wanted.transforms.find((one) => one.name === name);
  if (transform === undefined) throw new Error(`the plan names ${name}`);
  return { definition: transform.definitionFile.content, python: transform.pythonFile.content };
}

export function versionOf(wanted: Wanted, name: string): string {
  return (wanted.kind === 'versions' ? wanted.versions.get(name) : undefined) ?? 'previous';
}

function jsonOf({ record, definition, python }: Seen): PlannedTransform['seen'] {
  return { record: record ?? null, definition: definition ?? null, python: python ?? null };
}

function actionsIn(
  { label, bucket, makesBucket, transforms, jobs }: PlannedTarget,
  savesJobs: boolean,
): PlannedAction[] {
  const isAnything = transforms.some(({ state }) => state === 'publish');
  const older = [...new Set((jobs ?? []).filter(({ state }) => state === 'older').map(({ job }) => job))];
  return [
    ...(makesBucket && isAnything ? [{ verb: 'create', what: 'bucket', name: bucket } as const] : []),
    ...transforms.flatMap(({ name, version, state, seen }): PlannedAction[] =>
      state === 'unchanged'
        ? []
        : [
            {
              verb: seen?.definition === null ? 'create' : 'update',
              what: 'transform',
              name: `${name} in ${label}`,
              detail: `version ${version}`,
            },
          ],
    ),
    ...(savesJobs
      ? older.map((job): PlannedAction => ({ verb: 'update', what: 'job', name: `${job} in ${label}` }))
      : []),
  ];
}

function notesOn({ label, unreadable, jobs }: PlannedTarget, savesJobs: boolean): string[] {
  if (unreadable !== null) {
    return [`${label} could not be read (${unreadable}); it is tried again when the plan is carried out`];
  }
  if (jobs === null) return [`the jobs in ${label} could not be read, so nothing is known of those to save again`];
  if (savesJobs) return [];
  const older = [...new Set(jobs.filter(({ state }) => state === 'older').map(({ job }) => job))];
  return older.length === 0
    ? []
    : [`in ${label} these jobs must be saved again, by hand or with 'save-jobs': ${older.join(', ')}`];
}
