import type { Repository as EcrRepository } from '@aws-sdk/client-ecr';
import type { Context } from '../../lib/operation/define.ts';
import { ecrRegistryOf } from '../../lib/registry/credentials/ecr.ts';
import type { Repository, Tag } from '../../lib/registry/reference.ts';

/** What a registry says about the tags of a repository, where it can be asked. */
export type TagRule =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'known'; readonly isImmutable: (tag: Tag) => boolean };

/**
 * Asks which tags of a repository may not move. Only Amazon ECR can be asked; other registries say it when a tag is
 * moved.
 *
 * @throws the SDK's errors
 */
export async function tagRuleOf(
  { aws, signal }: Pick<Context, 'aws' | 'signal'>,
  { registry, path }: Repository,
): Promise<TagRule> {
  const place = ecrRegistryOf(registry);
  if (place === undefined) return { kind: 'unknown' };
  const ecr = await aws.at({ region: place.region }).ecr();
  try {
    const { repositories: [found] = [] } = await ecr.describeRepositories(
      { registryId: place.account, repositoryNames: [path] },
      { abortSignal: signal },
    );
    return found === undefined
      ? { kind: 'missing' }
      : { kind: 'known', isImmutable: (tag) => isImmutableIn(found, tag) };
  } catch (error) {
    if (error instanceof Error && error.name === 'RepositoryNotFoundException') return { kind: 'missing' };
    throw error;
  }
}

/**
 * Whether a tag of this repository may not move. A filter turns the repository's rule round for the tags that it names.
 * Source: Amazon ECR User Guide, "Preventing image tags from being overwritten": `*` stands for any number of
 * characters, and the whole tag must match.
 */
export function isImmutableIn(
  {
    imageTagMutability,
    imageTagMutabilityExclusionFilters: filters = [],
  }: Pick<EcrRepository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'>,
  tag: string,
): boolean {
  const isNamed = filters.some(({ filter = '' }) => matchesFilter(filter, tag));
  switch (imageTagMutability) {
    case 'IMMUTABLE':
      return true;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !isNamed;
    case 'MUTABLE_WITH_EXCLUSION':
      return isNamed;
    default:
      return false;
  }
}

function matchesFilter(filter: string, tag: string): boolean {
  const pattern = filter
    .split('*')
    .map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(tag);
}
