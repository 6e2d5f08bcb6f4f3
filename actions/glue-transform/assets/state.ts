import { hasContent } from './etag.ts';
import { definitionKey, type Pair, type PairId, pairId, pythonKey, recordKey } from './keys.ts';
import { readRecord, type TransformRecord } from './record.ts';
import { SHA256, type Store, type Stored } from './store.ts';

/** Metadata of the definition: the record that a closed one waits for, and the process that opened an open one. */
export const CLOSED = 'headgate-closed';
export const OPENED_BY = 'headgate-opened-by';
export const RECORD = 'headgate-record';
export const OWNER = 'headgate-owner';

/** What one bucket has of one transform. */
export interface TransformState {
  readonly record: { readonly etag: string; readonly value: TransformRecord } | undefined;
  readonly definition: Stored | undefined;
  readonly python: Stored | undefined;
}

/** Where there is no bucket. */
export const NOTHING: TransformState = { record: undefined, definition: undefined, python: undefined };

export async function readState(store: Store, name: string): Promise<TransformState> {
  const [record, definition, python] = await Promise.all([
    readStoredRecord(store, name),
    store.head(definitionKey(name)),
    store.head(pythonKey(name)),
  ]);
  return { record, definition, python };
}

export async function readStoredRecord(store: Store, name: string): Promise<TransformState['record']> {
  const found = await store.get(recordKey(name));
  if (found === undefined) return undefined;
  return { etag: found.etag, value: readRecord(found.content, `s3://${store.bucket}/${recordKey(name)}`) };
}

/** Whether an object holds these bytes: by its ETag, or by the SHA-256 that was written with it. */
export function holds(stored: Stored | undefined, content: Buffer, sha256: string): boolean {
  return stored !== undefined && (hasContent(stored.etag, content) || stored.metadata[SHA256] === sha256);
}

/** Whether both files are these. A closed definition is none. */
export function isPublished({ definition, python }: TransformState, pair: Pair): boolean {
  const ids = pairId(pair);
  return (
    holds(definition, pair.definition, ids.definition) &&
    definition?.metadata[CLOSED] === undefined &&
    holds(python, pair.python, ids.python)
  );
}

/** The same where only the SHA-256 of both are known. */
export function isInstalled({ definition, python }: TransformState, { definition: d, python: p }: PairId): boolean {
  return (
    definition?.metadata[SHA256] === d && definition.metadata[CLOSED] === undefined && python?.metadata[SHA256] === p
  );
}

/** Whose a transform is: undefined when there is none; null when nothing says so, as after an upload by hand. */
export function ownerOf({ record, definition, python }: TransformState): string | null | undefined {
  const written = definition ?? python;
  if (written === undefined) return undefined;
  return written.metadata[OWNER] ?? (definition === undefined ? record?.value.owner : undefined) ?? null;
}

/** Whether the run that wrote the record has itself opened the definition, and so has none of its writes under way. */
export function isSettled({ record, definition }: TransformState): boolean {
  if (record === undefined || definition === undefined) return false;
  const { [RECORD]: id, [OPENED_BY]: by, [CLOSED]: closed } = definition.metadata;
  return closed === undefined && id === record.value.id && by === record.value.maker;
}
