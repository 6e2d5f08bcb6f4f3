import type { IncomingMessage } from 'node:http';
import { type PackagesTarget, readPackagesTarget } from './codeartifact/target.ts';
import { CONTROL_PREFIX } from './control.ts';
import { unsignedService } from './operations.ts';
import { type RegistryTarget, readRegistryTarget } from './registry-target.ts';
import { readScope } from './signature.ts';

/** Function URLs that the local AWS gives out begin with this, followed by the id of the URL and a slash. */
export const FUNCTION_URL_PREFIX = `${CONTROL_PREFIX}function-url/`;

/** What a request says about itself. */
export interface Target {
  path: string;
  query: URLSearchParams;
  /** The signing name; undefined for an unsigned form, whose body must be read to know. */
  service: string | undefined;
  region: string;
  accessKeyId: string;
  /** The path and host to ask the emulator for, where they differ from what was sent. */
  url: string;
  host?: string;
  /** Set for a request to the registry of ECR. */
  registry?: RegistryTarget;
  /** Set for a request of a package manager to CodeArtifact. */
  packages?: PackagesTarget;
}

/** Reads what a request is about from its signature, or, where it has none, from its address. */
export function readTarget(request: IncomingMessage): Target {
  const url = request.url ?? '/';
  const [path = '/', search = ''] = splitOnce(url, '?');
  const query = new URLSearchParams(search);
  const scope = readScope(request.headers, query);
  const common = { path, query, url, region: scope?.region ?? '', accessKeyId: scope?.accessKeyId ?? '' };
  if (path.startsWith(FUNCTION_URL_PREFIX)) return functionUrl(common, path, search);
  const packages = readPackagesTarget(path);
  if (packages) return { ...common, service: 'codeartifact', region: packages.region, packages };
  if (/^[a-z0-9]{32}\.lambda-url\./.test(request.headers.host ?? '')) {
    return { ...common, service: 'lambda', host: request.headers.host ?? '' };
  }
  if (scope) return { ...common, service: scope.service };
  const registry = readRegistryTarget(request.headers.host ?? '', path);
  if (registry) {
    const own = `/v2/${registry.path}`;
    return { ...common, service: 'ecr', region: registry.region, path: own, url: withSearch(own, search), registry };
  }
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  // The service of an unsigned form is known when its body has been read.
  const service =
    isForm && request.method === 'POST' ? undefined : unsignedService(request.headers, path, query.get('Action'));
  return { ...common, service };
}

/** A function URL in the form that the local AWS gives out: the id stands in the path and belongs in the host name. */
function functionUrl(common: Omit<Target, 'service' | 'host'>, path: string, search: string): Target {
  const [id = '', rest = ''] = splitOnce(path.slice(FUNCTION_URL_PREFIX.length), '/');
  const url = withSearch(`/${rest}`, search);
  return { ...common, url, service: 'lambda', host: `${id}.lambda-url.local.on.aws` };
}

function withSearch(path: string, search: string): string {
  return search ? `${path}?${search}` : path;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
