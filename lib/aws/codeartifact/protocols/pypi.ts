import { randomBytes } from 'node:crypto';
import { discard } from '../../../net/transport.ts';
import { shownVersion, type VersionId } from '../../../packages/package.ts';
import type { AssetDetails, ReleaseAsset } from '../../../packages/release.ts';
import type { RepositoryAccess } from '../repository.ts';
import { fileContent, framed } from './content.ts';
import type { ProtocolSession } from './session.ts';

/**
 * Uploads a wheel or a source distribution as twine does: one form of `multipart/form-data` (RFC 7578) to the endpoint.
 * Source: Warehouse documentation, "Legacy API"; CodeArtifact user guide, "Using Python".
 */
export async function uploadPypi(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: VersionId,
  asset: ReleaseAsset & { readonly details: AssetDetails & { readonly format: 'pypi' } },
): Promise<void> {
  const boundary = `headgate${randomBytes(16).toString('hex')}`;
  const fields = [
    [':action', 'file_upload'],
    ['protocol_version', '1'],
    ...asset.details.fields,
    ['sha256_digest', asset.sha256],
  ].map(([name = '', value = '']) => formPart(boundary, `name="${name}"`, value));
  const file = `name="content"; filename="${asset.name}"\r\nContent-Type: application/octet-stream`;
  const before = Buffer.from(`${fields.join('')}${formPart(boundary, file, '').slice(0, -2)}`);
  const answer = await session.once(repository, {
    format: 'pypi',
    doing: `publish ${asset.name} of ${shownVersion(id)} to ${repository.region}`,
    method: 'POST',
    path: '',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: framed(before, fileContent(asset.file, asset.size), Buffer.from(`\r\n--${boundary}--\r\n`)),
    accept: [200, 201],
  });
  discard(answer);
}

function formPart(boundary: string, disposition: string, value: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
}
