import type { Context } from '../../../lib/operation/define.ts';
import { mapEach } from '../../../lib/parallel.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { formatReference, type Repository, sameRepository, type Tag } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { type TagRule, tagRuleOf } from '../tag-mutability.ts';
import type { Source } from './sources.ts';

/** What stands in one repository that is to get the index and its tags. */
export interface Target {
  readonly repository: Repository;
  /** Whether one of the tags points at it already. Without that it is written, which costs no more than asking for it. */
  readonly hasIndex: boolean;
  /** The entries that must be copied to it. */
  readonly missing: readonly Digest[];
  readonly tags: readonly { readonly tag: Tag; readonly before: Digest | undefined }[];
}

/** What every target is to have. */
export interface Wanted {
  readonly sources: readonly Pick<Source, 'digest' | 'from'>[];
  readonly tags: readonly Tag[];
}

/**
 * Looks what stands in a repository. It needs only digests and tags, so that it can be done while the images are read.
 *
 * @returns what makes a target of it, once the index is known
 * @throws RegistryError
 */
export async function readTarget(
  registry: Registry,
  repository: Repository,
  { sources, tags }: Wanted,
  parallel: number,
): Promise<(index: Digest) => Target> {
  // An image that is read from this very repository is there.
  const elsewhere = sources.filter(({ from }) => !sameRepository(from, repository)).map(({ digest }) => digest);
  const found = await mapEach([...tags, ...elsewhere], parallel, (reference) =>
    registry.resolve(repository, reference),
  );
  return (index) => ({
    repository,
    hasIndex: found.slice(0, tags.length).includes(index),
    missing: elsewhere.filter((_, at) => found[tags.length + at] === undefined),
    tags: tags.map((tag, at) => ({ tag, before: found[at] })),
  });
}

/** Whether nothing is to be done in a repository. */
export function isDone({ hasIndex, missing, tags }: Target, index: Digest): boolean {
  return hasIndex && missing.length === 0 && tags.every(({ before }) => before === index);
}

/**
 * Why a repository cannot get the index and the tags, as far as it can be asked: sentences without a full stop.
 *
 * @throws the SDK's errors
 */
export async function checkTarget(
  context: Pick<Context, 'aws' | 'signal'>,
  target: Target,
  index: Digest,
): Promise<readonly string[]> {
  return isDone(target, index) ? [] : problemsOf(target, index, await tagRuleOf(context, target.repository));
}

/** The pure part of `checkTarget`. */
export function problemsOf({ repository, tags }: Target, index: Digest, rule: TagRule): readonly string[] {
  if (rule.kind === 'missing') return [`the repository ${formatReference(repository)} does not exist`];
  if (rule.kind === 'unknown') return [];
  return tags
    .filter(({ tag, before }) => before !== undefined && before !== index && rule.isImmutable(tag))
    .map(
      ({ tag, before }) =>
        `the tag ${formatReference({ ...repository, tag })} is immutable and points at another image, ${before}`,
    );
}
