import { invalid } from './error.ts';
import type { Parameters } from './parameters.ts';

/** How many entries a page holds when the caller does not say. The real default is not documented. */
const DEFAULT_SIZE = 100;
const LARGEST_SIZE = 1000;

/**
 * One page of a list in the order of its keys. The token names the last key of the page before, so that what is added or
 * deleted in between makes nobody skip or see an entry twice.
 */
export function page<T>(
  parameters: Parameters,
  entries: readonly T[],
  keyOf: (entry: T) => string,
): { entries: T[]; nextToken?: string } {
  const size = parameters.integer('max-results', 1, LARGEST_SIZE, DEFAULT_SIZE);
  const sorted = entries.map((entry) => ({ key: keyOf(entry), entry })).sort((a, b) => compare(a.key, b.key));
  const after = readToken(parameters.nextToken());
  const rest = after === undefined ? sorted : sorted.filter(({ key }) => compare(key, after) > 0);
  const taken = rest.slice(0, size);
  const last = taken.at(-1);
  return {
    entries: taken.map(({ entry }) => entry),
    ...(rest.length > size && last && { nextToken: Buffer.from(`1 ${last.key}`).toString('base64url') }),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function readToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('1 ')) throw invalid("The value of 'next-token' is not a token of this list.");
  return text.slice(2);
}
