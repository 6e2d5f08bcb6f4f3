import type { PackageVersionOrigin } from '@aws-sdk/client-codeartifact';
import { FORMATS, type PackageId } from '../../packages/package.ts';
import type { RepositoryAccess } from './repository.ts';
import { isMissing, packageParameters } from './version.ts';

/** One page of the packages of a repository. */
export interface PackagesPage {
  readonly packages: readonly PackageId[];
  /** How many are of a format that is not ours. */
  readonly others: number;
  /** Undefined for the last one. */
  readonly nextToken: string | undefined;
}

/** A version as the list of versions has it. */
export interface ListedVersion {
  readonly version: string;
  readonly status: string;
  /** Whether it was published to this repository, and is not retained from another one. */
  readonly isOwn: boolean;
}

/** Largest page. Source: API reference, ListPackages and ListPackageVersions, `max-results`. */
const PAGE = 1000;

/**
 * One page of the packages of a repository. The order is not documented, and nothing rests on it.
 *
 * @param nextToken of the page before; undefined for the first one
 * @throws errors of the API; ResourceNotFoundException where domain or repository are missing
 */
export async function listPackages(
  repository: RepositoryAccess,
  nextToken: string | undefined,
  signal: AbortSignal,
): Promise<PackagesPage> {
  const client = await repository.client();
  const page = await client.listPackages(
    { ...repository.parameters, maxResults: PAGE, ...(nextToken === undefined ? {} : { nextToken }) },
    { abortSignal: signal },
  );
  const all = page.packages ?? [];
  const packages = all.flatMap(({ format: known, namespace, package: name }): PackageId[] => {
    const format = FORMATS.find((each) => each === known);
    if (format === undefined || name === undefined) return [];
    return [{ format, ...(namespace === undefined ? {} : { namespace }), name }];
  });
  return { packages, others: all.length - packages.length, nextToken: page.nextToken };
}

/**
 * The versions of a package with all statuses, those that were published last first: one call for each thousand. A
 * deleted one is left out. Source: user guide, "List package versions", "Sort versions".
 *
 * @returns undefined when the repository does not have the package
 * @throws errors of the API
 */
export async function listVersions(
  repository: RepositoryAccess,
  id: PackageId,
  signal: AbortSignal,
): Promise<readonly ListedVersion[] | undefined> {
  const client = await repository.client();
  const asked = {
    ...repository.parameters,
    ...packageParameters(id),
    sortBy: 'PUBLISHED_TIME',
    maxResults: PAGE,
  } as const;
  const versions: ListedVersion[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await client.listPackageVersions(
        { ...asked, ...(nextToken === undefined ? {} : { nextToken }) },
        { abortSignal: signal },
      );
      for (const { version, status, origin } of page.versions ?? []) {
        if (version === undefined || status === undefined || status === 'Deleted') continue;
        versions.push({ version, status, isOwn: isPublishedTo(repository.name.repository, origin) });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  } catch (error) {
    if (isMissing(error, 'package')) return undefined;
    throw error;
  }
  return versions;
}

/**
 * Whether a version was published to the repository itself. One that a repository retains from an upstream repository, or
 * that was copied into it, keeps the name of the repository to which it was published; one from a public registry names
 * the external connection. Where nothing is told, it counts as published here. Source: API reference,
 * PackageVersionOrigin and DomainEntryPoint.
 */
function isPublishedTo(repository: string, origin: PackageVersionOrigin | undefined): boolean {
  const { originType, domainEntryPoint: { repositoryName, externalConnectionName } = {} } = origin ?? {};
  if (originType === 'EXTERNAL' || externalConnectionName !== undefined) return false;
  return repositoryName === undefined || repositoryName === repository;
}
