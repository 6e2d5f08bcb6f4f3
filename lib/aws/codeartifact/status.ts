import type { DeletePackageVersionsResult } from '@aws-sdk/client-codeartifact';
import { OperationFailed } from '../../errors.ts';
import { shownVersion, type VersionId } from '../../packages/package.ts';
import type { RepositoryAccess } from './repository.ts';
import { isMissing, packageParameters, readStatus } from './version.ts';

/**
 * Changes the status of a version. One that has the new status already is left as it is.
 *
 * @param from only from this status: the service compares
 * @param revision only this content of the version
 * @throws OperationFailed when the version has another status or revision, or may not be changed
 */
export async function changeStatus(
  repository: RepositoryAccess,
  id: VersionId,
  {
    from,
    to,
    revision,
    signal,
  }: {
    readonly from: 'Unfinished' | 'Published' | 'Unlisted';
    readonly to: 'Published' | 'Unlisted';
    readonly revision?: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const client = await repository.client();
  const { failedVersions = {} } = await client.updatePackageVersionsStatus(
    {
      ...repository.parameters,
      ...packageParameters(id),
      versions: [id.version],
      ...(revision === undefined ? {} : { versionRevisions: { [id.version]: revision } }),
      expectedStatus: from,
      targetStatus: to,
    },
    { abortSignal: signal },
  );
  const failed = failedVersions[id.version];
  if (
    failed === undefined ||
    (failed.errorCode === 'MISMATCHED_STATUS' && (await readStatus(repository, id, signal)) === to)
  )
    return;
  throw new OperationFailed({
    what: `The status of ${shownVersion(id)} in ${repository.region} cannot become ${to}: ${failed.errorMessage ?? failed.errorCode}`,
    cause: 'somebody else changed the version in the meantime',
    next: 'Look at the version, then run again',
  });
}

/**
 * Deletes a version with this status. One that is gone already counts as deleted.
 *
 * @throws OperationFailed when it has another status, or may not be deleted
 */
export async function deleteVersion(
  repository: RepositoryAccess,
  id: VersionId,
  { status, signal }: { readonly status: 'Unfinished' | 'Published' | 'Unlisted'; readonly signal: AbortSignal },
): Promise<void> {
  const client = await repository.client();
  const asked = { ...repository.parameters, ...packageParameters(id), versions: [id.version], expectedStatus: status };
  // A call whose answer was lost is made again, and finds nothing any more.
  const { failedVersions = {} } = await client
    .deletePackageVersions(asked, { abortSignal: signal })
    .catch((error: unknown): DeletePackageVersionsResult => {
      if (isMissing(error, 'package', 'package-version')) return {};
      throw error;
    });
  const failed = failedVersions[id.version];
  if (failed === undefined || failed.errorCode === 'NOT_FOUND') return;
  throw new OperationFailed({
    what: `${shownVersion(id)} cannot be deleted in ${repository.region}: ${failed.errorMessage ?? failed.errorCode}`,
    cause: 'somebody else changed the version in the meantime',
    next: 'Look at the version, then delete it by hand if it should go',
  });
}
