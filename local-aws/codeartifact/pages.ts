import { invalid } from './error.ts';
import { compareKeys, type OrderedMap } from './ordered-map.ts';
import type { Parameters } from './parameters.ts';

/** How many entries a page holds when the caller does not say. The real default is not documented. */
const DEFAULT_SIZE = 100;
const LARGEST_SIZE = 1000;

/** A page, and where the next one begins. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly nextToken?: string;
}

/**
 * One page of a list in the order of its keys. The token names the last key of the page before, so that what is added or
 * deleted in between makes nobody skip or see an entry twice.
 */
export function page<T>(parameters: Parameters, entries: readonly T[], keyOf: (entry: T) => string): Page<T> {
  const keyed = entries.map((entry) => [keyOf(entry), entry] as const).sort(([a], [b]) => compareKeys(a, b));
  const after = readToken(parameters.nextToken());
  return take(parameters, after === undefined ? keyed : keyed.filter(([key]) => compareKeys(key, after) > 0));
}

/** The same of a map that knows its order: a page takes as long as what is on it, however much there is. */
export function pageInOrder<T>(
  parameters: Parameters,
  entries: OrderedMap<T>,
  isWanted: (entry: T) => boolean,
): Page<T> {
  return take(parameters, wantedOnes(entries.after(readToken(parameters.nextToken())), isWanted));
}

function take<T>(parameters: Parameters, rest: Iterable<readonly [string, T]>): Page<T> {
  const size = parameters.integer('max-results', 1, LARGEST_SIZE, DEFAULT_SIZE);
  const entries: T[] = [];
  let last = '';
  for (const [key, entry] of rest) {
    if (entries.length === size) return { entries, nextToken: Buffer.from(`1 ${last}`).toString('base64url') };
    entries.push(entry);
    last = key;
  }
  return { entries };
}

function* wantedOnes<T>(entries: Iterable<[string, T]>, isWanted: (entry: T) => boolean) {
  for (const entry of entries) if (isWanted(entry[1])) yield entry;
}

function readToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('1 ')) throw invalid("The value of 'next-token' is not a token of this list.");
  return text.slice(2);
}
