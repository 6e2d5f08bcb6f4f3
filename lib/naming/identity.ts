import { createHash } from 'node:crypto';
import type { Branch } from './ref.ts';
import type { RepositoryId } from './repository.ts';

/** What a name stands for. Two names are equal only when all of this is equal. */
export interface Identity {
  readonly repository?: RepositoryId | undefined;
  readonly branch: Branch;
  readonly component?: string | undefined;
}

/** Characters of the hash: 50 bits. */
export const HASH_LENGTH = 10;

/** Changes only with the format of names. A new tag makes every older stack unfindable. */
const VERSION = 'headgate-stack-1';
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * First ten characters of base32 (RFC 4648 section 6, lower case) of SHA-256 over version, repository, branch and
 * component in UTF-8, separated by NUL. NUL is illegal in each of them, so that no two identities share an encoding.
 */
export function identityHash({ repository = '' as RepositoryId, branch, component = '' }: Identity): string {
  const digest = createHash('sha256').update([VERSION, repository, branch, component].join('\0')).digest();
  const bits = digest.readBigUInt64BE() >> 14n;
  return Array.from({ length: HASH_LENGTH }, (_, n) => ALPHABET[Number((bits >> BigInt(45 - 5 * n)) & 31n)]).join('');
}
