import { readBody } from '../body.ts';
import { CodeArtifactError, invalid, notFound } from '../error.ts';
import type { About, Asset, PackageId } from '../model.ts';
import { readParts } from '../multipart.ts';
import { normalizeName } from '../names.ts';
import type { PackagesCall } from '../packages-call.ts';
import { publishAsset } from '../publish.ts';
import { assetReply, type Reply, text } from '../reply.ts';
import { endpointPath } from '../target.ts';
import { isDownloadable, isListed, retain, seenPackages, seePackage } from '../upstream.ts';

/** Fields of an upload hold at most the description; PyPI itself refuses larger ones. */
const LARGEST_FIELD = 1024 * 1024;
const LARGEST_FORM = 8 * LARGEST_FIELD;
const DIGESTS = [
  ['md5_digest', 'MD5'],
  ['sha256_digest', 'SHA-256'],
] as const;

/**
 * Python's protocol: the upload that twine makes (Warehouse's "legacy" API) and the simple index with its files (PEP 503).
 * The JSON index of PEP 691 is not served.
 */
export async function pypi(call: PackagesCall): Promise<Reply> {
  const { method, target } = call;
  const [first, project, version, file, ...more] = target.segments;
  if (method === 'POST' && first === undefined) return await upload(call);
  if ((method === 'GET' || method === 'HEAD') && first === 'simple' && more.length === 0) {
    if (project === undefined) return projectList(call);
    if (version === undefined) return fileList(call, project);
    if (file !== undefined) return download(call, project, version, file);
  }
  throw new CodeArtifactError(404, 'ResourceNotFoundException', 'There is no such address in a Python repository.');
}

async function upload({ request, repository, files }: PackagesCall): Promise<Reply> {
  const fields = new Map<string, string>();
  let content: { name: string; asset: Asset } | undefined;
  let room = LARGEST_FORM;
  try {
    for await (const part of readParts(request, request.headers['content-type'] ?? '')) {
      if (part.fileName === undefined) {
        const value = await readBody(part.body, Math.min(LARGEST_FIELD, room), `The field '${part.name}'`);
        room -= value.length;
        if (!fields.has(part.name)) fields.set(part.name, value.toString('utf8'));
      } else if (part.name === 'content' && content === undefined) {
        content = { name: part.fileName, asset: await files.write(part.body) };
      }
    }
    if (!content) throw invalid("The form has no file with the name 'content'.");
    const { added } = publishAsset({ repository, status: 'Published', ...readUpload(fields, content) });
    if (!added) await files.discard(content.asset);
    return text('');
  } catch (error) {
    if (content) await files.discard(content.asset);
    throw error;
  }
}

function readUpload(fields: ReadonlyMap<string, string>, content: { name: string; asset: Asset }) {
  const field = (name: string) => fields.get(name) || undefined;
  if (field(':action') !== 'file_upload') throw invalid("The field ':action' must be file_upload.");
  const name = field('name');
  const version = field('version');
  if (name === undefined || !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)) {
    throw invalid("The field 'name' is missing or no name of a Python project.");
  }
  if (version === undefined || !/^[^#/\s]{1,255}$/.test(version)) {
    throw invalid("The field 'version' is missing or malformed.");
  }
  if (!/^[^/\\\p{C}]{1,255}$/u.test(content.name)) throw invalid('The file name is malformed.');
  for (const [digest, algorithm] of DIGESTS) {
    const expected = field(digest);
    const { [algorithm]: actual } = content.asset.hashes;
    if (expected !== undefined && expected.toLowerCase() !== actual) {
      throw invalid(`The file has the ${algorithm} ${actual}, and the field '${digest}' says ${expected}.`);
    }
  }
  const told: Record<keyof Omit<About, 'manifest'>, string | undefined> = {
    displayName: name,
    summary: field('summary'),
    homePage: field('home_page'),
    sourceCodeRepository: undefined,
    license: field('license_expression') ?? field('license'),
    readme: field('description'),
    requiresPython: field('requires_python'),
  };
  const about: About = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  return { id: idOf(name), version, assetName: content.name, asset: content.asset, about };
}

function projectList(call: PackagesCall): Reply {
  const names = seenPackages(call.repository, 'pypi').map(({ name }) => name);
  const links = names.sort().map((name) => link(endpointPath(call.target, `simple/${name}/`), name));
  return listPage('Simple index', links);
}

function fileList({ repository, target }: PackagesCall, project: string): Reply {
  const id = idOf(project);
  const seen = seePackage(repository, id);
  if (!seen) throw notFound('package', id.name);
  const links = [...seen.versions.values()].filter(isListed).flatMap(({ version, assets, about }) =>
    [...assets].map(([name, { hashes }]) => {
      const path = `simple/${id.name}/${encodeURIComponent(version)}/${encodeURIComponent(name)}`;
      const address = `${endpointPath(target, path)}#sha256=${hashes['SHA-256']}`;
      const { requiresPython } = about;
      return link(address, name, requiresPython === undefined ? {} : { 'data-requires-python': requiresPython });
    }),
  );
  return listPage(`Links for ${id.name}`, links);
}

function download({ repository }: PackagesCall, project: string, version: string, file: string): Reply {
  const id = idOf(project);
  const found = seePackage(repository, id)?.versions.get(version);
  if (!found || !isDownloadable(found) || !found.assets.has(file)) throw notFound('asset', file);
  const asset = retain(repository, id, found).assets.get(file);
  if (!asset) throw notFound('asset', file);
  return assetReply(asset);
}

function idOf(name: string): PackageId {
  return { format: 'pypi', name: normalizeName('pypi', name) };
}

function link(address: string, label: string, attributes: Readonly<Record<string, string>> = {}): string {
  const all = Object.entries({ href: address, ...attributes }).map(
    ([name, value]) => ` ${name}="${escapeHtml(value)}"`,
  );
  return `<a${all.join('')}>${escapeHtml(label)}</a><br/>`;
}

function listPage(title: string, links: readonly string[]): Reply {
  const head = `<!DOCTYPE html>\n<html><head><meta name="pypi:repository-version" content="1.0"/><title>${escapeHtml(title)}</title></head>`;
  return text(`${head}<body>\n${links.join('\n')}\n</body></html>\n`, 'text/html; charset=utf-8');
}

function escapeHtml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
