import { createHash, type Hash } from 'node:crypto';
import { SaxesParser } from 'saxes';
import { discard, readBody } from '../../../net/transport.ts';
import { type PackageId, shownPackage, shownVersion, type VersionId } from '../../../packages/package.ts';
import type { ReleaseAsset } from '../../../packages/release.ts';
import { PackagesError } from '../error.ts';
import type { RepositoryAccess } from '../repository.ts';
import { fileContent, observed } from './content.ts';
import type { ProtocolSession } from './session.ts';

const METADATA = 'maven-metadata.xml';
const MAX_METADATA_BYTES = 16 * 1024 * 1024;
/** What `mvn deploy` sends beside each file. CodeArtifact compares them. Source: user guide, "Using Maven checksums". */
const CHECKSUMS = ['sha1', 'md5'] as const;

/** Uploads one file of a Maven artefact and its checksums, as `mvn deploy` does. */
export async function uploadMaven(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: VersionId,
  asset: ReleaseAsset,
): Promise<void> {
  const doing = `publish ${asset.name} of ${shownVersion(id)} to ${repository.region}`;
  const path = `${folderOf(id)}/${encodeURIComponent(id.version)}/${encodeURIComponent(asset.name)}`;
  let hashes: readonly (readonly [string, Hash])[] = [];
  const content = observed(fileContent(asset.file, asset.size), () => {
    const begun = CHECKSUMS.map((name) => [name, createHash(name)] as const);
    hashes = begun;
    return (chunk) => {
      for (const [, hash] of begun) hash.update(chunk);
    };
  });
  const sent = { format: 'maven', doing, method: 'PUT', accept: [200, 201] } as const;
  discard(await session.once(repository, { ...sent, path, headers: OCTETS, body: content }));
  for (const [name, hash] of hashes) {
    const body = Buffer.from(hash.digest('hex'));
    discard(await session.repeated(repository, { ...sent, path: `${path}.${name}`, headers: TEXT, body }));
  }
}

/**
 * Publishes an artefact whose files are all there: `maven-metadata.xml` with its version besides those that it named
 * before. Source: user guide, "Using Maven checksums": it must be uploaded for a publish to succeed.
 */
export async function publishMaven(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: VersionId,
  now: Date,
): Promise<void> {
  const before = await readVersions(session, repository, id);
  const versions = [...before.filter((version) => version !== id.version), id.version];
  const metadata = Buffer.from(metadataOf(id, versions, now));
  const path = `${folderOf(id)}/${METADATA}`;
  const doing = `publish ${shownVersion(id)} to ${repository.region}`;
  const sent = { format: 'maven', doing, method: 'PUT', accept: [200, 201] } as const;
  discard(await session.repeated(repository, { ...sent, path, headers: XML, body: metadata }));
  for (const name of CHECKSUMS) {
    const body = Buffer.from(createHash(name).update(metadata).digest('hex'));
    discard(await session.repeated(repository, { ...sent, path: `${path}.${name}`, headers: TEXT, body }));
  }
}

const OCTETS = { 'Content-Type': 'application/octet-stream' };
const TEXT = { 'Content-Type': 'text/plain' };
const XML = { 'Content-Type': 'application/xml' };

/** The versions that the metadata of an artefact names, in their order; none when it has no metadata. */
async function readVersions(
  session: ProtocolSession,
  repository: RepositoryAccess,
  id: PackageId,
): Promise<readonly string[]> {
  const doing = `read the versions of ${shownPackage(id)} in ${repository.region}`;
  const path = `${folderOf(id)}/${METADATA}`;
  const answer = await session.repeated(repository, {
    format: 'maven',
    doing,
    method: 'GET',
    path,
    accept: [200, 404],
  });
  if (answer.status === 404) {
    discard(answer);
    return [];
  }
  const body = await readBody(answer, MAX_METADATA_BYTES);
  try {
    if (body === undefined) throw new Error('it is too large');
    return versionsIn(body.toString('utf8'));
  } catch (error) {
    const next = 'Run again; if it stays so, report this with the debug log';
    const cause = `${METADATA} is cut or not XML`;
    throw new PackagesError(
      'invalid',
      { what: `Cannot ${doing}: the answer cannot be used`, cause, next },
      { cause: error },
    );
  }
}

function versionsIn(xml: string): string[] {
  const parser = new SaxesParser();
  const open: string[] = [];
  const versions: string[] = [];
  let text = '';
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => {
    open.push(name);
    text = '';
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', () => {
    if (open.join('/') === 'metadata/versioning/versions/version') versions.push(text.trim());
    open.pop();
    text = '';
  });
  parser.write(xml).close();
  return versions;
}

/** Source: Maven, "Maven Repository Metadata". `release` is the version that was deployed last; only plugins have `latest`. */
function metadataOf({ namespace = '', name, version }: VersionId, versions: readonly string[], now: Date): string {
  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const list = versions.map((each) => `      <version>${escapeXml(each)}</version>\n`).join('');
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<metadata>\n  <groupId>${escapeXml(namespace)}</groupId>\n` +
    `  <artifactId>${escapeXml(name)}</artifactId>\n  <versioning>\n` +
    `    <release>${escapeXml(version)}</release>\n    <versions>\n${list}    </versions>\n` +
    `    <lastUpdated>${stamp}</lastUpdated>\n  </versioning>\n</metadata>\n`
  );
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Source: Maven, "Maven 2 Repository Layout". */
function folderOf({ namespace = '', name }: PackageId): string {
  return [...namespace.split('.'), name].map(encodeURIComponent).join('/');
}
