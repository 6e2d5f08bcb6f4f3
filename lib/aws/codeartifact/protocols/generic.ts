import type { VersionId } from '../../../packages/package.ts';
import type { ReleaseAsset } from '../../../packages/release.ts';
import type { RepositoryAccess } from '../repository.ts';
import { fileContent } from './content.ts';

/**
 * Uploads one asset of a generic package. It is the one format that the API publishes by itself.
 * Source: API reference, PublishPackageVersion.
 *
 * @param isLast whether the version is published with it; before, it is unfinished and takes more assets
 */
export async function uploadGeneric(
  repository: RepositoryAccess,
  id: VersionId,
  asset: ReleaseAsset,
  { isLast, signal }: { readonly isLast: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const client = await repository.client();
  const content = fileContent(asset.file, asset.size).open();
  try {
    await client.publishPackageVersion(
      {
        ...repository.parameters,
        format: 'generic',
        ...(id.namespace === undefined ? {} : { namespace: id.namespace }),
        package: id.name,
        packageVersion: id.version,
        assetName: asset.name,
        assetSHA256: asset.sha256,
        assetContent: content,
        unfinished: !isLast,
      },
      { abortSignal: signal },
    );
  } catch (error) {
    content.destroy();
    throw error;
  }
}
