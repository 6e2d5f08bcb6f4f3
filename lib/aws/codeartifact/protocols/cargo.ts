import { discard } from '../../../net/transport.ts';
import { forRegistry } from '../../../packages/cargo-description.ts';
import { shownVersion, type VersionId } from '../../../packages/package.ts';
import type { AssetDetails, ReleaseAsset } from '../../../packages/release.ts';
import type { RepositoryAccess } from '../repository.ts';
import { fileContent, framed } from './content.ts';
import type { ProtocolSession } from './session.ts';

/** A Region where an endpoint has it: between dots in the name of its host, and between slashes in the local AWS. */
const REGION = '(?<=[./])[a-z]{2,4}(?:-[a-z]+)+-\\d(?=[./])';

/**
 * Uploads a crate as `cargo publish` does: its description and the crate, each after its length in 32 bits,
 * little-endian. Source: Cargo book, "Registry Web API", Publish.
 */
export async function uploadCrate(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: VersionId,
  asset: ReleaseAsset & { readonly details: AssetDetails & { readonly format: 'cargo' } },
): Promise<void> {
  const endpoint = await repository.endpoint('cargo');
  const described = forRegistry(asset.details.description, (index) => isSameRepository(index, endpoint));
  const description = Buffer.from(JSON.stringify(described));
  const before = Buffer.concat([length(description.length), description, length(asset.size)]);
  const answer = await session.once(repository, {
    format: 'cargo',
    doing: `publish ${shownVersion(id)} to ${repository.region}`,
    method: 'PUT',
    path: 'api/v1/crates/new',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: framed(before, fileContent(asset.file, asset.size), Buffer.alloc(0)),
    accept: [200],
  });
  discard(answer);
}

/** Whether an index is that of the repository, here or in another Region: a crate is packed once, against one of them. */
export function isSameRepository(index: string, endpoint: URL): boolean {
  const withoutRegion = (address: string) => address.replace(new RegExp(REGION), '*').replace(/\/$/, '');
  return withoutRegion(index) === withoutRegion(`sparse+${endpoint.href}`);
}

function length(bytes: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(bytes);
  return field;
}
