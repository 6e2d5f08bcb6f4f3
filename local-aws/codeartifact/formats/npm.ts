import { isObject, readBody, textOf } from '../body.ts';
import { CodeArtifactError, invalid, notFound } from '../error.ts';
import type { About, Asset, PackageId, Version } from '../model.ts';
import type { PackagesCall } from '../packages-call.ts';
import { checkPublishable, publishAsset } from '../publish.ts';
import { assetReply, json, type Reply } from '../reply.ts';
import { packageOf, shownName, versionOf } from '../store.ts';
import { endpointPath } from '../target.ts';
import { isDownloadable, isListed, retain, type SeenPackage, seePackage } from '../upstream.ts';
import { readDocument } from './npm-document.ts';

/** The one asset of an npm version. Source: user guide, "List package version assets". */
const TARBALL = 'package.tgz';
const LARGEST_TAG = 1024;

/** npm's protocol: packuments, tarballs, `npm publish` and dist-tags. */
export async function npm(call: PackagesCall): Promise<Reply> {
  const { method, target } = call;
  const isRead = method === 'GET' || method === 'HEAD';
  // A scope is separated from its package by an encoded or a plain slash.
  const segments = target.segments.flatMap((segment, i) =>
    i < 3 && segment.startsWith('@') ? segment.split('/') : segment,
  );
  if (segments[0] === '-') {
    if (isRead && segments[1] === 'ping') return json({});
    const [id, rest] = takeId(segments.slice(2));
    if (segments[1] === 'package' && id && rest[0] === 'dist-tags') return await distTags(call, id, rest[1]);
    throw unknownAddress();
  }
  const [id, rest] = takeId(segments);
  if (!id) throw unknownAddress();
  if (method === 'PUT' && rest.length === 0) return await publish(call, id);
  if (isRead && rest.length === 0) return packument(call, id);
  if (isRead && rest.length === 1) return manifest(call, id, rest[0] ?? '');
  if (isRead && rest.length === 2 && rest[0] === '-') return tarball(call, id, rest[1] ?? '');
  throw unknownAddress();
}

async function publish(call: PackagesCall, id: PackageId): Promise<Reply> {
  const { request, repository, files } = call;
  const { document, attachments } = await readDocument(request, files);
  const [asset, ...others] = attachments;
  try {
    if (!asset) throw withoutTarball();
    if (others.length > 0) throw invalid('The document has more than one tarball.');
    const { name, version, about, tags } = readPublished(document, asset);
    if (name !== shownName(id))
      throw invalid(`The document is about '${name}', and the address about '${shownName(id)}'.`);
    checkPublishable(repository, id, version);
    const { added } = publishAsset({ repository, id, version, assetName: TARBALL, asset, status: 'Published', about });
    if (!added) await files.discard(asset);
    else for (const tag of tags) packageOf(repository, id).tags.set(tag, version);
    return json({ ok: true });
  } catch (error) {
    for (const each of attachments) await files.discard(each);
    throw error;
  }
}

/** What a document says about the one version that it brings. */
function readPublished(document: Readonly<Record<string, unknown>>, asset: Asset) {
  const versions = isObject(document.versions) ? Object.entries(document.versions) : [];
  const [version, described] = versions[0] ?? [];
  if (version === undefined || versions.length > 1 || !isObject(described)) {
    throw invalid("The member 'versions' must hold the one version that is published.");
  }
  const name = textOf(described, 'name');
  if (name === undefined || name !== textOf(document, 'name'))
    throw invalid("The member 'name' is missing or not the same.");
  if (textOf(described, 'version') !== version || !/^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(version)) {
    throw invalid("The member 'version' is missing or no version of npm.");
  }
  const integrity = isObject(described.dist) ? textOf(described.dist, 'integrity') : undefined;
  const sha512 = integrity?.split(/\s+/).find((each) => each.startsWith('sha512-'));
  if (sha512 !== undefined && sha512 !== integrityOf(asset))
    throw invalid('The tarball has another integrity than the document says.');
  const tagged = isObject(document['dist-tags']) ? document['dist-tags'] : {};
  const tags = Object.keys(tagged).filter((tag) => tagged[tag] === version);
  return { name, version, about: readAbout(described, document), tags };
}

function readAbout(described: Readonly<Record<string, unknown>>, document: Readonly<Record<string, unknown>>): About {
  const { dist, readme, ...manifest } = described;
  const source = isObject(described.repository) ? textOf(described.repository, 'url') : textOf(described, 'repository');
  const told: Record<string, unknown> = {
    summary: textOf(described, 'description'),
    homePage: textOf(described, 'homepage'),
    sourceCodeRepository: source,
    license: textOf(described, 'license'),
    readme: textOf(described, 'readme') ?? textOf(document, 'readme'),
  };
  return { ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)), manifest };
}

function packument(call: PackagesCall, id: PackageId): Reply {
  const seen = seen404(call, id);
  const listed = [...seen.versions.values()].filter(isListed);
  if (listed.length === 0) throw notFound('package', shownName(id));
  const times = listed.map(({ version, publishedTime }) => [version, publishedTime.toISOString()]);
  return json({
    _id: shownName(id),
    name: shownName(id),
    'dist-tags': listedTags(seen),
    versions: Object.fromEntries(listed.map((version) => [version.version, describe(call, id, version)])),
    time: Object.fromEntries(times),
  });
}

function manifest(call: PackagesCall, id: PackageId, versionOrTag: string): Reply {
  const seen = seen404(call, id);
  const version = seen.versions.get(seen.tags.get(versionOrTag) ?? versionOrTag);
  if (!version || !isDownloadable(version)) throw notFound('package-version', `${shownName(id)} ${versionOrTag}`);
  return json(describe(call, id, version));
}

function tarball(call: PackagesCall, id: PackageId, file: string): Reply {
  const prefix = `${id.name}-`;
  const version = file.startsWith(prefix) && file.endsWith('.tgz') ? file.slice(prefix.length, -'.tgz'.length) : '';
  const found = seePackage(call.repository, id)?.versions.get(version);
  if (!found || !isDownloadable(found)) throw notFound('asset', file);
  const asset = retain(call.repository, id, found).assets.get(TARBALL);
  if (!asset) throw notFound('asset', file);
  return assetReply(asset);
}

async function distTags(call: PackagesCall, id: PackageId, tag: string | undefined): Promise<Reply> {
  const { method, request, repository } = call;
  if (tag === undefined && (method === 'GET' || method === 'HEAD')) return json(listedTags(seen404(call, id)));
  if (tag === undefined || (method !== 'PUT' && method !== 'DELETE')) throw unknownAddress();
  const own = packageOf(repository, id);
  if (method === 'DELETE') own.tags.delete(tag);
  else {
    const body = (await readBody(request, LARGEST_TAG)).toString('utf8').trim();
    own.tags.set(tag, versionOf(own, body.replace(/^"(.*)"$/, '$1')).version);
  }
  return json({ ok: true });
}

function describe({ endpoint, target }: PackagesCall, id: PackageId, { version, about, assets }: Version) {
  const asset = assets.get(TARBALL);
  const path = endpointPath(target, `${shownName(id)}/-/${id.name}-${encodeURIComponent(version)}.tgz`);
  const dist = asset && { tarball: `${endpoint}${path}`, shasum: asset.hashes['SHA-1'], integrity: integrityOf(asset) };
  return { ...about.manifest, dist };
}

/** Subresource Integrity, section 3.1. */
function integrityOf({ hashes }: Asset): string {
  return `sha512-${Buffer.from(hashes['SHA-512'], 'hex').toString('base64')}`;
}

function listedTags({ tags, versions }: SeenPackage): Record<string, string> {
  const shown = [...tags].filter(([, version]) => {
    const tagged = versions.get(version);
    return tagged !== undefined && isListed(tagged);
  });
  return Object.fromEntries(shown);
}

function seen404({ repository }: PackagesCall, id: PackageId): SeenPackage {
  const seen = seePackage(repository, id);
  if (!seen) throw notFound('package', shownName(id));
  return seen;
}

/** Takes the name of a package, with its scope, off the start of an address. */
function takeId(segments: readonly string[]): [PackageId | undefined, readonly string[]] {
  const [first = '', second, ...rest] = segments;
  if (first === '') return [undefined, segments];
  if (!first.startsWith('@')) return [{ format: 'npm', name: first }, segments.slice(1)];
  if (second === undefined || first === '@') return [undefined, segments];
  return [{ format: 'npm', namespace: first.slice(1), name: second }, rest];
}

function unknownAddress(): CodeArtifactError {
  return new CodeArtifactError(404, 'ResourceNotFoundException', 'There is no such address in an npm repository.');
}

/** Changing a package without a tarball: `npm deprecate`, `npm unpublish`, `npm owner`. */
function withoutTarball(): CodeArtifactError {
  const message = 'The local AWS takes only documents with a tarball: it publishes, and changes nothing afterwards.';
  return new CodeArtifactError(501, 'NotImplemented', message);
}
