import { invalid } from './error.ts';

/** One page of a list in order of its keys. A token names the last key of the page before. */
export function page<T>(
  entries: readonly T[],
  keyOf: (entry: T) => string,
  { size, token }: { size: number; token: string | undefined },
): { entries: T[]; nextToken?: string } {
  const after = token === undefined ? undefined : readToken(token);
  const sorted = entries.map((entry) => ({ key: keyOf(entry), entry })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter(({ key }) => key > after);
  const taken = rest.slice(0, size);
  const last = taken.at(-1);
  const more = rest.length > taken.length && last !== undefined;
  return { entries: taken.map(({ entry }) => entry), ...(more && { nextToken: writeToken(last.key) }) };
}

export function writeToken(key: string): string {
  return Buffer.from(`1 ${key}`).toString('base64url');
}

export function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('1 ')) throw invalid('The token for the next page is not one of this list.');
  return text.slice(2);
}
