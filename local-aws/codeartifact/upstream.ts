import { type Package, type PackageId, packageKey, type Repository, type Version } from './model.ts';
import { firstRestrictions, groupAllows } from './package-groups.ts';
import { ensurePackage } from './store.ts';

/** How many repositories are asked at most. Source: user guide, "Requesting a package version with upstream repositories". */
const MOST_REPOSITORIES = 25;

/** A package as the clients of a repository see it: its own versions and those of its upstream repositories. */
export interface SeenPackage {
  readonly versions: ReadonlyMap<string, Version>;
  readonly tags: ReadonlyMap<string, string>;
}

/**
 * The package as clients of a repository see it. A version of the repository itself hides those of the same name upstream,
 * whatever its status; nothing comes from upstream where the origin controls of the package or of its group block it.
 *
 * @returns undefined when no repository has the package
 */
export function seePackage(repository: Repository, id: PackageId): SeenPackage | undefined {
  const found = chain(repository, id);
  if (found.length === 0) return undefined;
  const versions = new Map<string, Version>();
  const tags = new Map<string, string>();
  for (const { versions: own, tags: ownTags } of found) {
    for (const [name, version] of own) if (!versions.has(name)) versions.set(name, version);
    for (const [tag, version] of ownTags) if (!tags.has(tag)) tags.set(tag, version);
  }
  return { versions, tags };
}

/**
 * Keeps a version that was found upstream in the repository that it was asked of, as CodeArtifact does when an asset is
 * downloaded. A later change or deletion upstream does not touch it. Source: user guide, "Package retention from
 * upstream repositories". Repositories in between do not keep it.
 */
export function retain(repository: Repository, id: PackageId, version: Version): Version {
  const known = repository.packages.get(packageKey(id))?.versions.get(version.version);
  if (known) return known;
  const held = ensurePackage(repository, id, firstRestrictions(repository, id, 'upstream'));
  const kept = { ...version, assets: new Map(version.assets) };
  held.versions.set(version.version, kept);
  return kept;
}

/** The packages of that name in a repository and above it, in the order in which they are asked. */
function chain(start: Repository, id: PackageId): Package[] {
  const key = packageKey(id);
  const isBlocked = (repository: Repository) =>
    repository.packages.get(key)?.restrictions.upstream === 'BLOCK' ||
    !groupAllows(repository, id, 'INTERNAL_UPSTREAM');
  return [...withUpstreams(start, isBlocked)].flatMap(({ packages }) => packages.get(key) ?? []);
}

/** Every package of one format that clients of a repository can see. */
export function seenPackages(repository: Repository, format: string): PackageId[] {
  const ids = new Map<string, PackageId>();
  for (const { packages } of withUpstreams(repository, () => false)) {
    for (const [key, { id }] of packages) if (id.format === format) ids.set(key, id);
  }
  return [...ids.values()];
}

/**
 * A repository and those above it: all that are above the first upstream come before the second one.
 * Source: user guide, "Upstream repository priority order".
 */
function* withUpstreams(
  repository: Repository,
  isBlocked: (repository: Repository) => boolean,
  asked = new Set<Repository>(),
): Generator<Repository> {
  if (asked.has(repository) || asked.size >= MOST_REPOSITORIES) return;
  asked.add(repository);
  yield repository;
  if (isBlocked(repository)) return;
  for (const name of repository.upstreams) {
    const next = repository.domain.repositories.get(name);
    if (next) yield* withUpstreams(next, isBlocked, asked);
  }
}

/** Versions that package managers are shown in lists. */
export function isListed({ status }: Version): boolean {
  return status === 'Published';
}

/** Versions whose assets can be downloaded. Source: user guide, "Package version status". */
export function isDownloadable({ status }: Version): boolean {
  return status === 'Published' || status === 'Unlisted';
}
