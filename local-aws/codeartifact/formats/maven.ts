import { createHash } from 'node:crypto';
import { readBody } from '../body.ts';
import { CodeArtifactError, invalid, notFound } from '../error.ts';
import { type Asset, type PackageId, packageKey, type Version } from '../model.ts';
import type { PackagesCall } from '../packages-call.ts';
import { checkPublishable, finish, publishAsset } from '../publish.ts';
import { assetReply, type Reply, text } from '../reply.ts';
import { packageOf, shownName } from '../store.ts';
import { isDownloadable, isListed, retain, seePackage } from '../upstream.ts';

const METADATA = 'maven-metadata.xml';
const LARGEST_METADATA = 1024 * 1024;
const LARGEST_CHECKSUM = 1024;
const CHECKSUMS: Readonly<Record<string, readonly [keyof Asset['hashes'], string]>> = {
  '.md5': ['MD5', 'md5'],
  '.sha1': ['SHA-1', 'sha1'],
  '.sha256': ['SHA-256', 'sha256'],
  '.sha512': ['SHA-512', 'sha512'],
};
const NAME = /^[A-Za-z0-9_.-]{1,255}$/;

/**
 * Maven's protocol: files by their coordinates, checksums that are compared when they are written and computed when they
 * are read, and `maven-metadata.xml`, whose upload publishes the versions that it names. Snapshots are not had.
 */
export async function maven(call: PackagesCall): Promise<Reply> {
  const { method, target } = call;
  const file = target.segments.at(-1) ?? '';
  const [checksum, name] = takeChecksum(file);
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead && method !== 'PUT') throw unknownAddress();
  if (name === METADATA) {
    const id = idOf(target.segments.slice(0, -1));
    if (isRead) return readMetadata(call, id, checksum);
    // The metadata is made anew for each reader, so that its checksum cannot be compared afterwards.
    if (checksum !== undefined) await readBody(call.request, LARGEST_CHECKSUM);
    else await writeMetadata(call, id);
    return text('');
  }
  const version = target.segments.at(-2) ?? '';
  const id = idOf(target.segments.slice(0, -2));
  if (!NAME.test(version)) throw unknownAddress();
  if (isRead) return download(call, id, version, [checksum, name]);
  if (version.endsWith('-SNAPSHOT')) {
    throw new CodeArtifactError(501, 'NotImplemented', 'The local AWS has no Maven snapshots. Publish a release.');
  }
  if (checksum !== undefined) await compareChecksum(call, id, version, [checksum, name]);
  else await upload(call, id, version, name);
  return text('');
}

async function upload(call: PackagesCall, id: PackageId, version: string, assetName: string): Promise<void> {
  const { repository, request, files } = call;
  checkPublishable(repository, id, version);
  const asset = await files.write(request);
  try {
    const { added } = publishAsset({ repository, id, version, assetName, asset, status: 'Unfinished' });
    if (!added) await files.discard(asset);
  } catch (error) {
    await files.discard(asset);
    throw error;
  }
}

/** A checksum that is not the asset's ends the publishing. Source: user guide, "Using Maven checksums". */
async function compareChecksum(
  { repository, request }: PackagesCall,
  id: PackageId,
  version: string,
  [checksum, name]: readonly [string, string],
): Promise<void> {
  const sent = (await readBody(request, LARGEST_CHECKSUM)).toString('utf8').trim().split(/\s+/)[0] ?? '';
  const asset = repository.packages.get(packageKey(id))?.versions.get(version)?.assets.get(name);
  if (!asset) throw notFound('asset', name);
  const actual = checksumOf(asset, checksum);
  if (sent.toLowerCase() !== actual)
    throw invalid(`The file '${name}' has the checksum ${actual}, and ${sent} was sent.`);
}

/** Source: user guide, "Using Maven checksums": a version is published with the metadata that names it. */
async function writeMetadata({ repository, request }: PackagesCall, id: PackageId): Promise<void> {
  const sent = (await readBody(request, LARGEST_METADATA)).toString('utf8');
  const { versions } = packageOf(repository, id);
  const named = /<versions>([\s\S]*?)<\/versions>/.exec(sent)?.[1] ?? '';
  for (const [, name = ''] of named.matchAll(/<version>\s*([^<\s]+)\s*<\/version>/g)) {
    const version = versions.get(name);
    if (version?.status === 'Unfinished') finish(version, 'Published');
  }
}

function readMetadata({ repository }: PackagesCall, id: PackageId, checksum: string | undefined): Reply {
  const seen = seePackage(repository, id);
  const listed = [...(seen?.versions.values() ?? [])].filter(isListed).sort((a, b) => a.order - b.order);
  if (listed.length === 0) throw notFound('package', shownName(id));
  const content = metadataOf(id, listed);
  if (checksum === undefined) return text(content, 'application/xml');
  return text(
    createHash(CHECKSUMS[checksum]?.[1] ?? 'sha1')
      .update(content)
      .digest('hex'),
  );
}

/** Source: Maven, "Repository Metadata". */
function metadataOf({ namespace = '', name }: PackageId, versions: readonly Version[]): string {
  const newest = versions.at(-1)?.version ?? '';
  const published = Math.max(...versions.map(({ publishedTime }) => publishedTime.getTime()));
  const stamp = new Date(published).toISOString().replace(/\D/g, '').slice(0, 14);
  const list = versions.map(({ version }) => `      <version>${version}</version>\n`).join('');
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<metadata>\n  <groupId>${namespace}</groupId>\n` +
    `  <artifactId>${name}</artifactId>\n  <versioning>\n    <latest>${newest}</latest>\n` +
    `    <release>${newest}</release>\n    <versions>\n${list}    </versions>\n` +
    `    <lastUpdated>${stamp}</lastUpdated>\n  </versioning>\n</metadata>\n`
  );
}

function download(
  { repository }: PackagesCall,
  id: PackageId,
  version: string,
  [checksum, name]: readonly [string | undefined, string],
): Reply {
  const found = seePackage(repository, id)?.versions.get(version);
  if (!found || !isDownloadable(found) || !found.assets.has(name)) throw notFound('asset', name);
  const asset = retain(repository, id, found).assets.get(name);
  if (!asset) throw notFound('asset', name);
  return checksum === undefined ? assetReply(asset) : text(checksumOf(asset, checksum));
}

function checksumOf({ hashes }: Asset, checksum: string): string {
  return hashes[CHECKSUMS[checksum]?.[0] ?? 'SHA-1'];
}

/** The ending of a checksum file, and the name of the file that it is about. */
function takeChecksum(file: string): readonly [string | undefined, string] {
  const ending = Object.keys(CHECKSUMS).find((each) => file.endsWith(each));
  return ending === undefined ? [undefined, file] : [ending, file.slice(0, -ending.length)];
}

/** The folders of an address: those of the group, and the artifact. */
function idOf(folders: readonly string[]): PackageId {
  const name = folders.at(-1);
  const group = folders.slice(0, -1);
  if (name === undefined || group.length === 0 || !folders.every((folder) => NAME.test(folder))) throw unknownAddress();
  return { format: 'maven', namespace: group.join('.'), name };
}

function unknownAddress(): CodeArtifactError {
  return new CodeArtifactError(404, 'ResourceNotFoundException', 'There is no such address in a Maven repository.');
}
