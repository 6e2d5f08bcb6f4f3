import { HASH_LENGTH, identityHash } from './identity.ts';
import { checkComponent, checkPrefix, MAX_PREFIX } from './parts.ts';
import type { Branch } from './ref.ts';
import type { RepositoryId } from './repository.ts';
import { slug } from './slug.ts';

declare const stackNameBrand: unique symbol;

/** A name that `stackName` made: `[a-z][a-z0-9-]*[a-z0-9]`, no double hyphen, at most 52 characters. */
export type StackName = string & { readonly [stackNameBrand]: true };

/** Fits a stack name (128), a DNS label (63), and leaves 11 characters for the suffix of a bucket name (63). */
export const MAX_STACK_NAME = 52;

/**
 * The name of a branch's stack: `<prefix>-[<component>-]<slug>-<hash>`. What is cut is the slug alone; the hash covers
 * repository, branch and component in full. The format is frozen: docs/decisions/0003-names.md.
 *
 * @param part.component which of several stacks of the same branch
 * @param part.prefix by default made from the last part of the repository's path
 * @throws NamingError for a component or prefix of another form
 */
export function stackName(part: {
  readonly repository: RepositoryId;
  readonly branch: Branch;
  readonly component?: string | undefined;
  readonly prefix?: string | undefined;
}): StackName {
  const prefix = part.prefix === undefined ? defaultPrefix(part.repository) : checkPrefix(part.prefix);
  const component = part.component === undefined ? '' : `${checkComponent(part.component)}-`;
  const head = `${prefix}-${component}`;
  const readable = slug(part.branch, MAX_STACK_NAME - head.length - 1 - HASH_LENGTH, 'branch');
  return `${head}${readable}-${identityHash(part)}` as StackName;
}

function defaultPrefix(repository: RepositoryId): string {
  const words = slug(repository.split('/').at(-1) ?? '', MAX_PREFIX, 'stack');
  // A stack name begins with a letter.
  return /^[a-z]/.test(words) ? words : slug(`r-${words}`, MAX_PREFIX, 'stack');
}
