import { badInput } from '../errors.ts';
import type { Surroundings } from '../hosts/host.ts';
import { reasonFrom } from '../naming/error.ts';
import { type RepositoryId, repositoryId, repositoryIdOf } from '../naming/repository.ts';
import { input } from '../operation/inputs.ts';

/** The tag of a branch's image holds a hash of the repository, so this must be the same for `assemble` and `clean`. */
export const SOURCE_REPOSITORY_INPUT = input.string({
  description:
    "The source repository that the branches belong to, for example 'github.com/octo-org/shop'. Without it, the repository of the run.",
  check: reasonFrom(repositoryIdOf),
});

/** The identity of the source repository: given, or that of the run; undefined when neither is known. */
export function knownSourceRepository(
  given: string | undefined,
  { serverHost, repositoryPath }: Pick<Surroundings, 'serverHost' | 'repositoryPath'>,
): RepositoryId | undefined {
  if (given !== undefined) return repositoryIdOf(given);
  return serverHost === undefined || repositoryPath === undefined
    ? undefined
    : repositoryId(serverHost, repositoryPath);
}

/**
 * The identity of the source repository, where nothing can be done without it.
 *
 * @throws BadInput when it is neither given nor known
 */
export function sourceRepository(given: string | undefined, surroundings: Surroundings): RepositoryId {
  const known = knownSourceRepository(given, surroundings);
  if (known !== undefined) return known;
  throw badInput(
    'repository',
    "is required, because this run is in no repository with a remote 'origin'; write for example 'github.com/octo-org/shop'",
  );
}
