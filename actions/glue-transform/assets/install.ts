import { OperationFailed } from '../../../lib/errors.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import { keepCopies, keepExisting, readCopies } from './copies.ts';
import { etagsOf } from './etag.ts';
import { definitionKey, type Pair, type PairId, pairId, pythonKey, recordKey } from './keys.ts';
import { type KeptVersion, nextRecord, recordText, type TransformRecord } from './record.ts';
import {
  CLOSED,
  isInstalled,
  isPublished,
  isSettled,
  OPENED_BY,
  OWNER,
  RECORD,
  readState,
  readStoredRecord,
  type TransformState,
} from './state.ts';
import { type Condition, SHA256, type Store, type Stored, WRITE } from './store.ts';

/*
 * How two files change as one, although S3 changes one key at a time.
 *
 * Glue Studio finds a transform by its definition, and loads none that is not valid; a job runs the Python file only. So
 * the definition is the door. To change a transform, a run
 *
 *   1. keeps a copy of both files under a key made of their content,
 *   2. announces the version in the record, on condition that nobody else has announced one since it looked,
 *   3. closes the definition: replaces it by one that is none and that no other run writes,
 *   4. looks whether the record is still its own, and whether the Python file is as it was,
 *   5. replaces the Python file, on condition that it is the one which the record names,
 *   6. opens: replaces its own closed definition by the new one, on condition that it is still there.
 *
 * A reader sees the old pair, or no definition with either Python file, or the new pair; never halves of two versions.
 * The price: for the time of about four requests Glue Studio does not list the transform. Jobs that run then get the
 * whole old or the whole new Python file. A run that is killed leaves the old pair, a closed definition, or the new pair;
 * the next run goes on from each of them, because it compares contents and begins anew at 2.
 *
 * Several runs. Whoever loses at 2 has touched nothing. One that was overtaken later fails at 6, because the other has
 * closed the definition by its own. Its step 5 cannot come too late either: S3 refuses it once the Python file has
 * another ETag. ETags follow from content, so an older file that comes back would bring back its ETag; therefore a
 * record carries the ETags on which writes of others may still depend (`unsettled`), and where the file would have one of
 * them, it is sent as an upload of one part, which gives the same bytes another ETag. This holds for as long as S3 accepts
 * the signature of a request; a process that is stopped between step 4 and the sending of 5 for longer than that, and
 * then goes on, is the one case that is not covered. Source of the conditions: S3 user guide, "Conditional writes".
 */

export interface InstallContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  /** Unlike that of any other process. */
  readonly maker: string;
  readonly owner: string;
  readonly keepVersions: number;
  /** Whether files that have this content already, but another owner, are written again. */
  readonly adopts: boolean;
}

/** The ETags of what a change was planned on; undefined for what was not there. */
export interface Seen {
  readonly record: string | undefined;
  readonly definition: string | undefined;
  readonly python: string | undefined;
}

export function seenIn({ record, definition, python }: TransformState): Seen {
  return { record: record?.etag, definition: definition?.etag, python: python?.etag };
}

/** What became of a transform. */
export type Installed =
  | { readonly kind: 'changed'; readonly version: string | undefined }
  /** It was so already. */
  | { readonly kind: 'unchanged'; readonly version: string | undefined }
  /** Another run has announced something else in the meantime. */
  | { readonly kind: 'overtaken'; readonly version: string | undefined; readonly owner: string };

/** How often a run begins anew when something that is no record of a run has changed a file under its hands. */
const ATTEMPTS = 5;

/**
 * Brings both files of a transform to a pair, or away.
 *
 * @param pair undefined to remove the transform; its versions stay
 * @param seen what the change was planned on; undefined where that could not be read
 * @throws OperationFailed when somebody else changes the files by hand
 */
export async function install(
  context: InstallContext,
  name: string,
  pair: Pair | undefined,
  seen: Seen | undefined,
): Promise<Installed> {
  const { store, clock, maker, owner, keepVersions } = context;
  const ids = pair === undefined ? null : pairId(pair);
  let own: TransformRecord | undefined;
  let earlier: KeptVersion | undefined;
  for (let n = 1; n <= ATTEMPTS; n++) {
    const state = await readState(store, name);
    if (isWanted(context, state, pair)) {
      return { kind: own === undefined ? 'unchanged' : 'changed', version: ids?.version };
    }
    if (own === undefined) {
      if (seen !== undefined && state.record?.etag !== seen.record) return await giveWay(context, name, ids);
      if (seen !== undefined && !isAsSeen(state, seen)) throw changedByHand(name, store);
      earlier = await keepExisting(store, name, state, clock.now());
      if (pair !== undefined) await keepCopies(store, name, pair, owner);
    } else if (state.record?.value.id !== own.id) return await giveWay(context, name, ids);
    const record = nextRecord({
      before: state.record?.value,
      isSettled: isSettled(state),
      pair: ids,
      replaces: state.python?.etag,
      earlier,
      id: `${clock.now().getTime().toString(36)}-${context.randomHex(8)}-${n}`,
      maker,
      owner,
      now: clock.now(),
      keepVersions,
    });
    if (!(await announce(store, name, record, state.record?.etag))) return await giveWay(context, name, ids);
    own = record;
    if (await carryOut(context, name, record, pair, state)) {
      if (pair === undefined) await settle(store, name, record);
      return { kind: 'changed', version: ids?.version };
    }
  }
  throw new OperationFailed({
    what: `The files of ${name} in ${store.bucket} changed ${ATTEMPTS} times while they were replaced`,
    cause: 'somebody uploads them by hand, or with another tool',
    next: 'End that, then run again. The definition is the one that was there last, or none that Glue Studio loads',
  });
}

/** Announces what this run is going to do; false when another run was first. */
async function announce(
  store: Store,
  name: string,
  record: TransformRecord,
  before: string | undefined,
): Promise<boolean> {
  const written = await store.put({
    key: recordKey(name),
    content: recordText(record),
    type: 'application/json',
    metadata: { [WRITE]: record.id },
    condition: before === undefined ? 'absent' : { etag: before },
  });
  return written !== undefined;
}

/** Notes that no write of a removal is under way any more; of a pair, the open definition says so. */
async function settle(store: Store, name: string, record: TransformRecord): Promise<void> {
  const now = await readStoredRecord(store, name);
  if (now?.value.id === record.id) await announce(store, name, { ...record, replaces: null }, now.etag);
}

/** Steps 3 to 6; false when something was not as the record says, so that nothing more may be done under it. */
async function carryOut(
  context: InstallContext,
  name: string,
  record: TransformRecord,
  pair: Pair | undefined,
  state: TransformState,
): Promise<boolean> {
  const { store } = context;
  const closed = await close(store, name, record, state.definition);
  if (closed === undefined) return false;
  const [now, python] = await Promise.all([readStoredRecord(store, name), store.head(pythonKey(name))]);
  if (now?.value.id !== record.id) return false;
  if (pair === undefined) {
    const isGone = python === undefined || (await store.remove(pythonKey(name), python.etag));
    return isGone && (await store.remove(definitionKey(name), closed));
  }
  const isReplaced = await replacePython(store, name, record, pair, python);
  return isReplaced && (await open(context, name, record, pair, closed));
}

/** Replaces the definition by one that Glue Studio does not load; undefined when it has changed since it was read. */
async function close(
  store: Store,
  name: string,
  record: TransformRecord,
  definition: Stored | undefined,
): Promise<string | undefined> {
  if (definition?.metadata[CLOSED] === record.id) return definition.etag;
  const text = `A run of 'glue-transform ${record.pair === null ? 'retire' : 'publish'}' is replacing ${name}. If this stays, run it again.`;
  return await store.put({
    key: definitionKey(name),
    content: Buffer.from(`${JSON.stringify({ headgate: text, record: record.id }, null, 2)}\n`),
    type: 'application/json',
    metadata: { [CLOSED]: record.id, [OWNER]: record.owner, [WRITE]: `${record.id} close` },
    condition: conditionOf(definition),
  });
}

/** Brings the Python file to its content, under an ETag on which no write of another run depends. */
async function replacePython(
  store: Store,
  name: string,
  record: TransformRecord,
  pair: Pair,
  python: Stored | undefined,
): Promise<boolean> {
  const taken = new Set(record.unsettled.map(({ etag }) => etag));
  const ids = pairId(pair);
  if (python?.metadata[SHA256] === ids.python && !taken.has(python.etag)) return true;
  // The record must have named it before a write may depend on it.
  if ((python?.etag ?? null) !== record.replaces) return false;
  const write = {
    key: pythonKey(name),
    content: pair.python,
    type: 'text/x-python',
    metadata: { [OWNER]: record.owner, [RECORD]: record.id, [WRITE]: `${record.id} python` },
    condition: conditionOf(python),
  };
  const { whole, onePart } = etagsOf(pair.python);
  if (!taken.has(whole)) {
    const etag = await store.put(write);
    return etag !== undefined && !taken.has(etag);
  }
  if (taken.has(onePart)) throw notYet(name, record);
  const etag = await store.putOnePart(write);
  return etag !== undefined && !taken.has(etag);
}

async function open(
  { store, maker }: InstallContext,
  name: string,
  record: TransformRecord,
  pair: Pair,
  closed: string,
): Promise<boolean> {
  const written = await store.put({
    key: definitionKey(name),
    content: pair.definition,
    type: 'application/json',
    metadata: {
      [OWNER]: record.owner,
      [RECORD]: record.id,
      [OPENED_BY]: maker,
      [WRITE]: `${record.id} open`,
    },
    condition: { etag: closed },
  });
  return written !== undefined;
}

/**
 * Another run has announced something else. It wins; but when its definition is closed, be it by a late write of this
 * run, what it announced is carried out for it, so that nothing stays closed.
 */
async function giveWay(context: InstallContext, name: string, wanted: PairId | null): Promise<Installed> {
  const { store } = context;
  for (let n = 1; n <= ATTEMPTS; n++) {
    const state = await readState(store, name);
    const record = state.record?.value;
    if (record === undefined) break;
    const pair = record.pair === null ? undefined : await readCopies(store, name, record.pair);
    const isDone = record.pair === null ? isGone(state) : isInstalled(state, record.pair);
    const version = record.pair?.version;
    if (isDone || (await carryOut(context, name, record, pair, state))) {
      if (version === wanted?.version) return { kind: 'unchanged', version };
      return { kind: 'overtaken', version, owner: record.owner };
    }
    await context.clock.sleep(200 * n);
  }
  throw new OperationFailed({
    what: `Several runs change ${name} in ${store.bucket} at the same time`,
    cause: 'jobs that publish the same transforms run beside each other',
    next: 'Put them into one concurrency or resource group, and run again',
  });
}

function isWanted({ adopts, owner }: InstallContext, state: TransformState, pair: Pair | undefined): boolean {
  if (pair === undefined) return isGone(state);
  return isPublished(state, pair) && !(adopts && state.definition?.metadata[OWNER] !== owner);
}

function isAsSeen(state: TransformState, seen: Seen): boolean {
  const now = seenIn(state);
  return now.definition === seen.definition && now.python === seen.python;
}

function changedByHand(name: string, { bucket }: Store): OperationFailed {
  return new OperationFailed({
    what: `The files of ${name} in ${bucket} have changed since this run looked at them`,
    cause: 'somebody uploads them by hand, or with another tool',
    next: 'Look at what was uploaded, then run again; this run has left it as it is',
  });
}

function isGone({ definition, python }: TransformState): boolean {
  return definition === undefined && python === undefined;
}

function conditionOf(stored: Stored | undefined): Condition {
  return stored === undefined ? 'absent' : { etag: stored.etag };
}

function notYet(name: string, { unsettled }: TransformRecord): OperationFailed {
  const until =
    unsettled
      .map((entry) => entry.until)
      .sort()
      .at(-1) ?? '';
  return new OperationFailed({
    what: `${name} cannot be brought back to this version before ${until}`,
    cause: 'two runs that replaced it have ended in the middle, and what they sent last may still arrive',
    next: 'Run again after that time, or publish another version',
  });
}
