import { OperationFailed } from '../../../lib/errors.ts';
import type { PairId } from './keys.ts';

const FORMAT = 'headgate-glue-transform/1';

/**
 * How long a request that was sent may still be carried out, in milliseconds. S3 refuses a signature that is older than
 * 15 minutes (S3 API reference, "Authenticating Requests", RequestTimeTooSkewed); the rest is for clocks that differ.
 */
const MAY_ARRIVE = 20 * 60_000;

/** A version whose files are kept. */
export interface KeptVersion extends PairId {
  /** Who published it. */
  readonly owner: string;
  /** ISO instant. */
  readonly at: string;
}

/** What a run has announced for one transform in one bucket; written before it touches either file. */
export interface TransformRecord {
  readonly format: typeof FORMAT;
  /** Unlike any other. */
  readonly id: string;
  /** Tells the process that wrote it from one that only completes what it announced. */
  readonly maker: string;
  readonly owner: string;
  readonly at: string;
  /** What both files shall be; null when they shall be gone. */
  readonly pair: PairId | null;
  /** ETag that the Python file has when this run replaces it; null when there is none, or it stays. */
  readonly replaces: string | null;
  /** ETags on which writes of earlier runs depend that may still arrive. */
  readonly unsettled: readonly { readonly etag: string; readonly until: string }[];
  /** Newest first. */
  readonly kept: readonly KeptVersion[];
}

/** What a new record follows from. */
export interface NextRecord {
  readonly before: TransformRecord | undefined;
  /** Whether the run that wrote `before` has itself seen the end of all its writes. */
  readonly isSettled: boolean;
  readonly pair: PairId | null;
  readonly replaces: string | undefined;
  /** A version that was found there and that no record names. */
  readonly earlier: KeptVersion | undefined;
  readonly id: string;
  readonly maker: string;
  readonly owner: string;
  readonly now: Date;
  readonly keepVersions: number;
}

/** The record that follows another. Pure. */
export function nextRecord(next: NextRecord): TransformRecord {
  const { before, pair, id, maker, owner, now, keepVersions } = next;
  const at = now.toISOString();
  const carried = (before?.unsettled ?? []).filter(({ until }) => Date.parse(until) > now.getTime());
  const added =
    before === undefined || before.replaces === null || next.isSettled
      ? []
      : [{ etag: before.replaces, until: new Date(now.getTime() + MAY_ARRIVE).toISOString() }];
  const found = [
    ...(pair === null ? [] : [{ ...pair, owner, at }]),
    ...(next.earlier === undefined ? [] : [next.earlier]),
    ...(before?.kept ?? []),
  ];
  const kept = found.filter(({ version }, n) => found.findIndex((other) => other.version === version) === n);
  return {
    format: FORMAT,
    id,
    maker,
    owner,
    at,
    pair,
    replaces: next.replaces ?? null,
    unsettled: [...carried, ...added],
    kept: kept.slice(0, keepVersions),
  };
}

export function recordText(record: TransformRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
}

/** @throws OperationFailed when it is not what `recordText` wrote */
export function readRecord(content: Buffer, where: string): TransformRecord {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    if (isRecord(value)) return value;
  } catch {
    // Told below.
  }
  throw new OperationFailed({
    what: `${where} is not a record of this project`,
    cause: 'somebody changed it by hand, or a newer version of Headgate wrote it',
    next: 'Use the newer version; or delete that object: only the list of kept versions is lost, and the files stay',
  });
}

function isRecord(value: unknown): value is TransformRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { format, id, maker, owner, at, pair, replaces, unsettled, kept } = value as Partial<
    Record<keyof TransformRecord, unknown>
  >;
  return (
    format === FORMAT &&
    [id, maker, owner, at].every((text) => typeof text === 'string') &&
    (pair === null || isPairId(pair)) &&
    (replaces === null || typeof replaces === 'string') &&
    Array.isArray(unsettled) &&
    unsettled.every((entry) => typeof entry?.etag === 'string' && typeof entry.until === 'string') &&
    Array.isArray(kept) &&
    kept.every((entry) => isPairId(entry) && 'owner' in entry && 'at' in entry)
  );
}

function isPairId(value: unknown): value is PairId {
  if (typeof value !== 'object' || value === null) return false;
  const { version, definition, python } = value as Partial<Record<keyof PairId, unknown>>;
  return [version, definition, python].every((text) => typeof text === 'string');
}
