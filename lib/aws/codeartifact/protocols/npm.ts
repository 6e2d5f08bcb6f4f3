import { discard, readBody } from '../../../net/transport.ts';
import { type PackageId, shownPackage, shownVersion, type VersionId } from '../../../packages/package.ts';
import type { AssetDetails, ReleaseAsset } from '../../../packages/release.ts';
import { PackagesError } from '../error.ts';
import type { RepositoryAccess } from '../repository.ts';
import { fileContent, framed, inBase64 } from './content.ts';
import { publishedManifest } from './npm-manifest.ts';
import type { ProtocolSession } from './session.ts';

/** Which version each dist-tag points at. */
export type DistTags = ReadonlyMap<string, string>;

const MAX_TAGS_BYTES = 1024 * 1024;

/**
 * Publishes a tarball as `npm publish` does: one document with the manifest, the dist-tags and the tarball in base64.
 *
 * @param tags dist-tags that point at the version afterwards; at least one
 */
export async function uploadNpm(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: VersionId,
  asset: ReleaseAsset & { readonly details: AssetDetails & { readonly format: 'npm' } },
  tags: readonly string[],
): Promise<void> {
  const name = shownPackage(id);
  const { manifest, readme, integrity, shasum } = asset.details;
  const tarball = `${name}-${id.version}.tgz`;
  const endpoint = await repository.endpoint('npm');
  const document = {
    _id: name,
    name,
    'dist-tags': Object.fromEntries(tags.map((tag) => [tag, id.version])),
    versions: {
      [id.version]: {
        ...publishedManifest(manifest),
        _id: `${name}@${id.version}`,
        ...(readme === undefined ? {} : { readme }),
        dist: { integrity, shasum, tarball: new URL(`${encoded(id)}/-/${encodeURIComponent(tarball)}`, endpoint).href },
      },
    },
    access: null,
    ...(typeof manifest.description === 'string' ? { description: manifest.description } : {}),
  };
  const content = inBase64(fileContent(asset.file, asset.size));
  const attachment = { content_type: 'application/octet-stream', length: asset.size };
  // The tarball stands at the end, so that everything before it is known when the request begins.
  const before = `${JSON.stringify(document).slice(0, -1)},"_attachments":{${JSON.stringify(tarball)}:${JSON.stringify(attachment).slice(0, -1)},"data":"`;
  const answer = await session.once(repository, {
    format: 'npm',
    doing: `publish ${shownVersion(id)} to ${repository.region}`,
    method: 'PUT',
    path: encoded(id),
    headers: { 'Content-Type': 'application/json' },
    body: framed(Buffer.from(before), content, Buffer.from('"}}}')),
    accept: [200, 201],
  });
  discard(answer);
}

/** The dist-tags of a package; empty when there is no such package. Source: npm registry API, "dist-tags". */
export async function readDistTags(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: PackageId,
): Promise<DistTags> {
  const doing = `read the dist-tags of ${shownPackage(id)} in ${repository.region}`;
  const answer = await session.repeated(repository, {
    format: 'npm',
    doing,
    method: 'GET',
    path: `-/package/${encoded(id)}/dist-tags`,
    accept: [200, 404],
  });
  if (answer.status === 404) {
    discard(answer);
    return new Map();
  }
  const body = await readBody(answer, MAX_TAGS_BYTES);
  try {
    const tags = JSON.parse(body?.toString('utf8') ?? '') as Record<string, unknown>;
    return new Map(Object.entries(tags).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch (error) {
    const next = 'Run again; if it stays so, report this with the debug log';
    const cause = 'the answer is not JSON, or cut';
    throw new PackagesError(
      'invalid',
      { what: `Cannot ${doing}: the answer cannot be used`, cause, next },
      { cause: error },
    );
  }
}

/** Points a dist-tag at a version. */
export async function setDistTag(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: VersionId,
  tag: string,
): Promise<void> {
  const answer = await session.repeated(repository, {
    format: 'npm',
    doing: `point the dist-tag ${tag} of ${shownPackage(id)} at ${id.version} in ${repository.region}`,
    method: 'PUT',
    path: `-/package/${encoded(id)}/dist-tags/${encodeURIComponent(tag)}`,
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from(JSON.stringify(id.version)),
    accept: [200, 201],
  });
  discard(answer);
}

/** Removes a dist-tag; one that is gone counts as removed. */
export async function removeDistTag(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: PackageId,
  tag: string,
): Promise<void> {
  const answer = await session.repeated(repository, {
    format: 'npm',
    doing: `remove the dist-tag ${tag} of ${shownPackage(id)} in ${repository.region}`,
    method: 'DELETE',
    path: `-/package/${encoded(id)}/dist-tags/${encodeURIComponent(tag)}`,
    accept: [200, 204, 404],
  });
  discard(answer);
}

/** As npm encodes it: the slash of a scope, but not its `@`. */
function encoded(id: PackageId): string {
  return encodeURIComponent(shownPackage(id)).replace(/^%40/, '@');
}
