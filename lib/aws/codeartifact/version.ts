import type { PackageVersionStatus } from '@aws-sdk/client-codeartifact';
import type { PackageId, VersionId } from '../../packages/package.ts';
import type { RepositoryAccess } from './repository.ts';

/** One version as a repository has it. */
export interface StoredVersion {
  readonly status: PackageVersionStatus;
  /** Another one after each change. It is the repository's own: the same content has another one elsewhere. */
  readonly revision: string;
  /** SHA-256 in lower-case hexadecimal, by the name of the asset. */
  readonly assets: ReadonlyMap<string, StoredAsset>;
}

export interface StoredAsset {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Largest page. Source: API reference, ListPackageVersionAssets, `max-results`. */
const PAGE = 1000;

/** The parameters by which the API names a package. */
export function packageParameters({ format, namespace, name }: PackageId) {
  return { format, ...(namespace === undefined ? {} : { namespace }), package: name };
}

/**
 * Reads a version with its assets.
 *
 * @param isThere whether the version is known to be there, so that its two calls can be made at the same time
 * @returns undefined when the repository does not have it
 * @throws errors of the API; ResourceNotFoundException where domain or repository are missing
 */
export async function readVersion(
  repository: RepositoryAccess,
  id: VersionId,
  signal: AbortSignal,
  { isThere = false }: { readonly isThere?: boolean } = {},
): Promise<StoredVersion | undefined> {
  try {
    if (isThere) {
      const [status, read] = await Promise.all([
        readStatus(repository, id, signal),
        readAssets(repository, id, signal),
      ]);
      return { status, ...read };
    }
    const status = await readStatus(repository, id, signal);
    return { status, ...(await readAssets(repository, id, signal)) };
  } catch (error) {
    if (isMissing(error, 'package', 'package-version')) return undefined;
    throw error;
  }
}

/**
 * Reads the status of a version.
 *
 * @throws errors of the API; ResourceNotFoundException when there is no such version
 */
export async function readStatus(
  repository: RepositoryAccess,
  id: VersionId,
  signal: AbortSignal,
): Promise<PackageVersionStatus> {
  const client = await repository.client();
  const asked = { ...repository.parameters, ...packageParameters(id), packageVersion: id.version };
  const { packageVersion } = await client.describePackageVersion(asked, { abortSignal: signal });
  if (packageVersion?.status === undefined) throw new Error('DescribePackageVersion answered without a status');
  return packageVersion.status;
}

/**
 * Reads the assets of a version: one call for each thousand.
 *
 * @throws errors of the API; ResourceNotFoundException when there is no such version
 */
export async function readAssets(
  repository: RepositoryAccess,
  id: VersionId,
  signal: AbortSignal,
): Promise<Pick<StoredVersion, 'assets' | 'revision'>> {
  const client = await repository.client();
  const asked = { ...repository.parameters, ...packageParameters(id), packageVersion: id.version, maxResults: PAGE };
  const assets = new Map<string, StoredAsset>();
  let revision = '';
  let nextToken: string | undefined;
  do {
    const page = await client.listPackageVersionAssets(
      { ...asked, ...(nextToken === undefined ? {} : { nextToken }) },
      { abortSignal: signal },
    );
    revision = page.versionRevision ?? revision;
    for (const { name, hashes, size } of page.assets ?? []) {
      const sha256 = hashes?.['SHA-256'];
      if (name !== undefined && sha256 !== undefined)
        assets.set(name, { sha256: sha256.toLowerCase(), size: size ?? 0 });
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return { assets, revision };
}

/** Whether a package may be published to, by its origin controls. A package that is not there yet may. */
export async function mayPublish(repository: RepositoryAccess, id: PackageId, signal: AbortSignal): Promise<boolean> {
  const client = await repository.client();
  const { format, namespace, name } = id;
  try {
    const asked = {
      ...repository.parameters,
      format,
      ...(namespace === undefined ? {} : { namespace }),
      package: name,
    };
    const { package: found } = await client.describePackage(asked, { abortSignal: signal });
    return found?.originConfiguration?.restrictions?.publish !== 'BLOCK';
  } catch (error) {
    if (isMissing(error, 'package')) return true;
    throw error;
  }
}

/**
 * Whether an error says that one of these is missing. The API has one exception for all; its `resourceType` tells.
 * Source: API reference, ResourceNotFoundException.
 */
export function isMissing(error: unknown, ...types: readonly string[]): boolean {
  if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') return false;
  return 'resourceType' in error && types.includes(String(error.resourceType));
}
