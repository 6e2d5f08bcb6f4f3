import { OperationFailed } from '../../../lib/errors.ts';
import {
  definitionKey,
  keptDefinitionKey,
  keptPythonKey,
  type Pair,
  type PairId,
  pairId,
  pythonKey,
  sha256,
  versionsPrefix,
} from './keys.ts';
import type { KeptVersion, TransformRecord } from './record.ts';
import { CLOSED, OWNER, type TransformState } from './state.ts';
import { SHA256, type Store } from './store.ts';

/**
 * A version that is no longer kept is removed only when its copy is older than this, in milliseconds: another run may be
 * about to publish it again, and has just sent its copy anew.
 */
const YOUNG = 60 * 60_000;

/** Keeps both files under their version. Sent also when they are there, so that they are young. */
export async function keepCopies(store: Store, name: string, pair: Pair, owner: string): Promise<void> {
  const { version } = pairId(pair);
  const metadata = { [OWNER]: owner };
  await Promise.all([
    store.put({ key: keptDefinitionKey(name, version), content: pair.definition, type: 'application/json', metadata }),
    store.put({ key: keptPythonKey(name, version), content: pair.python, type: 'text/x-python', metadata }),
  ]);
}

/**
 * Keeps the pair that is there, where no record names it: what somebody uploaded by hand can be brought back, too.
 *
 * @returns what was kept; undefined when there is no pair, or it is kept already
 */
export async function keepExisting(
  store: Store,
  name: string,
  { record, definition, python }: TransformState,
  now: Date,
): Promise<KeptVersion | undefined> {
  if (definition === undefined || python === undefined || definition.metadata[CLOSED] !== undefined) return undefined;
  const isKept = record?.value.kept.some(
    (kept) => kept.definition === definition.metadata[SHA256] && kept.python === python.metadata[SHA256],
  );
  if (isKept === true) return undefined;
  const [d, p] = await Promise.all([store.get(definitionKey(name)), store.get(pythonKey(name))]);
  // Another ETag is another pair, and then the write that follows is refused.
  if (d?.etag !== definition.etag || p?.etag !== python.etag) return undefined;
  const pair = { definition: d.content, python: p.content };
  const owner = definition.metadata[OWNER] ?? 'by-hand';
  await keepCopies(store, name, pair, owner);
  return { ...pairId(pair), owner, at: now.toISOString() };
}

/**
 * Reads a kept version.
 *
 * @throws OperationFailed when it is not there any more, or is not what was kept
 */
export async function readCopies(store: Store, name: string, ids: PairId): Promise<Pair> {
  const [definition, python] = await Promise.all([
    store.get(keptDefinitionKey(name, ids.version)),
    store.get(keptPythonKey(name, ids.version)),
  ]);
  if (
    definition !== undefined &&
    python !== undefined &&
    sha256(definition.content) === ids.definition &&
    sha256(python.content) === ids.python
  ) {
    return { definition: definition.content, python: python.content };
  }
  throw new OperationFailed({
    what: `The version ${ids.version} of ${name} is not kept in ${store.bucket}`,
    cause: 'somebody removed or changed its copy, or a lifecycle rule of the bucket did',
    next: 'Publish the files of that version from the commit that has them',
  });
}

/** Removes copies of versions that the record does not keep. Returns their versions. */
export async function prune(
  store: Store,
  name: string,
  record: TransformRecord,
  now: Date,
): Promise<readonly string[]> {
  const kept = new Set(record.kept.map(({ version }) => version));
  const prefix = versionsPrefix(name);
  const copies = new Map<string, { readonly keys: string[]; youngest: number }>();
  for await (const { key, modified } of store.list(prefix)) {
    const version = key.slice(prefix.length).split('/')[0] ?? '';
    if (kept.has(version)) continue;
    const copy = copies.get(version) ?? { keys: [], youngest: 0 };
    copy.keys.push(key);
    copy.youngest = Math.max(copy.youngest, modified.getTime());
    copies.set(version, copy);
  }
  const old = [...copies].filter(([, { youngest }]) => now.getTime() - youngest > YOUNG);
  for (const [, { keys }] of old) for (const key of keys) await store.remove(key);
  return old.map(([version]) => version);
}
