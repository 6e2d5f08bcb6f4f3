import { isObject, parseObject, readBody, textOf } from '../body.ts';
import { CodeArtifactError, invalid, notFound } from '../error.ts';
import type { About, PackageId, Version } from '../model.ts';
import { normalizeName } from '../names.ts';
import type { PackagesCall } from '../packages-call.ts';
import { publishAsset } from '../publish.ts';
import { assetReply, json, type Reply, text } from '../reply.ts';
import { endpointPath } from '../target.ts';
import { isDownloadable, isListed, retain, seePackage } from '../upstream.ts';
import { Window } from '../window.ts';

const LARGEST_DESCRIPTION = 16 * 1024 * 1024;
const CRATE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const VERSION = /^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/;

/** Cargo's protocol: the sparse index, downloads and `cargo publish` (Cargo book, "Registry Index", "Registry Web API"). */
export async function cargo(call: PackagesCall): Promise<Reply> {
  const { method, target, endpoint } = call;
  const { segments } = target;
  const path = segments.join('/');
  if (method === 'PUT' && path === 'api/v1/crates/new') return await publish(call);
  if (method !== 'GET' && method !== 'HEAD') throw unknownAddress();
  if (path === 'config.json') {
    const base = `${endpoint}${endpointPath(target)}`.replace(/\/$/, '');
    return json({ dl: `${base}/api/v1/crates`, api: base, 'auth-required': true });
  }
  const [, name, version] = /^api\/v1\/crates\/([^/]+)\/([^/]+)\/download$/.exec(path) ?? [];
  if (name !== undefined && version !== undefined) return download(call, name, version);
  const crate = segments.at(-1) ?? '';
  if (path === indexPath(crate)) return index(call, crate);
  throw unknownAddress();
}

/** The body holds two lengths of 32 bits, little-endian, each with what it measures: the description, then the crate. */
async function publish({ request, repository, files }: PackagesCall): Promise<Reply> {
  const input = new Window(request);
  const length = (await input.takeBytes(4)).readUInt32LE();
  if (length > LARGEST_DESCRIPTION) throw invalid(`The description is larger than ${LARGEST_DESCRIPTION} bytes.`);
  const described = parseObject((await readBody(input.next(length), LARGEST_DESCRIPTION)).toString('utf8'));
  const { id, name, version } = readCoordinates(described);
  const asset = await files.write(input.next((await input.takeBytes(4)).readUInt32LE()));
  try {
    const assetName = `${name}-${version}.crate`;
    const about = readAbout(described);
    const { added } = publishAsset({ repository, id, version, assetName, asset, status: 'Published', about });
    if (!added) await files.discard(asset);
    return json({ warnings: { invalid_categories: [], invalid_badges: [], other: [] } });
  } catch (error) {
    await files.discard(asset);
    throw error;
  }
}

function readCoordinates(described: Readonly<Record<string, unknown>>) {
  const name = textOf(described, 'name');
  const version = textOf(described, 'vers');
  if (name === undefined || !CRATE_NAME.test(name))
    throw invalid("The member 'name' is missing or no name of a crate.");
  if (version === undefined || !VERSION.test(version)) throw invalid("The member 'vers' is missing or no version.");
  return { id: idOf(name), name, version };
}

/** The entry of the index, as far as the description holds it, and what is told besides. */
function readAbout(described: Readonly<Record<string, unknown>>): About {
  const told: Record<string, unknown> = {
    summary: textOf(described, 'description'),
    homePage: textOf(described, 'homepage'),
    sourceCodeRepository: textOf(described, 'repository'),
    license: textOf(described, 'license'),
    readme: textOf(described, 'readme'),
  };
  const deps = Array.isArray(described.deps) ? described.deps.filter(isObject).map(dependency) : [];
  const { name, vers, features = {}, links = null, rust_version } = described;
  const manifest = { name, vers, deps, features: {}, features2: features, links, rust_version, v: 2 };
  return { ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)), manifest };
}

/** The index names a renamed dependency the other way round than `cargo publish` does (Cargo book, same chapters). */
function dependency({ version_req, explicit_name_in_toml, name, ...rest }: Record<string, unknown>) {
  const renamed = typeof explicit_name_in_toml === 'string' && explicit_name_in_toml !== '';
  return { ...rest, req: version_req, name: renamed ? explicit_name_in_toml : name, ...(renamed && { package: name }) };
}

function index({ repository }: PackagesCall, crate: string): Reply {
  const seen = seePackage(repository, idOf(crate));
  const lines = [...(seen?.versions.values() ?? [])].filter(isListed).map(indexEntry);
  if (lines.length === 0) throw notFound('package', crate);
  return text(`${lines.join('\n')}\n`);
}

function indexEntry({ about, assets }: Version): string {
  const [asset] = assets.values();
  return JSON.stringify({ ...about.manifest, cksum: asset?.hashes['SHA-256'], yanked: false });
}

function download({ repository }: PackagesCall, crate: string, version: string): Reply {
  const id = idOf(crate);
  const found = seePackage(repository, id)?.versions.get(version);
  if (!found || !isDownloadable(found)) throw notFound('package-version', `${crate} ${version}`);
  const [asset] = retain(repository, id, found).assets.values();
  if (!asset) throw notFound('asset', crate);
  return assetReply(asset);
}

/** Where the index has a crate (Cargo book, "Index files"). */
function indexPath(crate: string): string {
  const name = crate.toLowerCase();
  if (name.length <= 2) return `${name.length}/${name}`;
  if (name.length === 3) return `3/${name.slice(0, 1)}/${name}`;
  return `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
}

function idOf(name: string): PackageId {
  return { format: 'cargo', name: normalizeName('cargo', name) };
}

function unknownAddress(): CodeArtifactError {
  return new CodeArtifactError(404, 'ResourceNotFoundException', 'There is no such address in a Cargo registry.');
}
