import { NamingError } from './error.ts';

declare const repositoryBrand: unique symbol;

/** `<host>/<path>` in lower case, for example `github.com/owner/name`. Hosts treat the case of paths as one. */
export type RepositoryId = string & { readonly [repositoryBrand]: true };

/** Longest id, so that it fits one AWS tag value. */
const MAX_LENGTH = 255;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
/** What GitHub and GitLab allow in names of owners, groups and projects. Excludes `.` and `..`. */
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9_.-]+$/;
/** `[user@]host:path`, git-fetch(1), "GIT URLS". One letter before the colon is a drive. */
const SCP_LIKE = /^(?:[^@/]*@)?([^@:/]{2,}):(?!\/\/)(.+)$/;

/**
 * The identity of a repository. The port is no part of it: one repository has an https and an ssh port.
 *
 * @param host for example `github.com`, with or without a port
 * @param path for example `owner/name` or `group/subgroup/project`; a leading or trailing slash and one `.git` are cut
 * @throws NamingError
 */
export function repositoryId(host: string, path: string): RepositoryId {
  const name = host.replace(/:\d+$/, '');
  const segments = path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
    .split('/');
  if (!HOST.test(name))
    throw new NamingError('repository host', host, "is not a host name; write for example 'github.com'");
  if (segments.length < 2 || !segments.every((segment) => SEGMENT.test(segment))) {
    throw new NamingError('repository path', path, "is not 'owner/name' (letters, digits, '.', '_', '-' and '/')");
  }
  const id = [name, ...segments].join('/').toLowerCase();
  if (id.length > MAX_LENGTH) throw new NamingError('repository', id, `is longer than ${MAX_LENGTH} characters`);
  return id as RepositoryId;
}

/**
 * The identity of a repository that is written as one text, `github.com/owner/name`.
 *
 * @throws NamingError
 */
export function repositoryIdOf(text: string): RepositoryId {
  const slash = text.indexOf('/');
  return slash < 0 ? repositoryId('', text) : repositoryId(text.slice(0, slash), text.slice(slash + 1));
}

/**
 * The identity of the repository behind a git remote: https, ssh and scp-like URLs.
 * User, password and token in the URL are dropped, also from the error.
 *
 * @throws NamingError for a local path and for anything else that names no host
 */
export function repositoryIdFromRemote(url: string): RepositoryId {
  const location = locate(url.trim());
  // An '@' in the path is a URL put together wrongly; what stands before it may be a password.
  if (location === undefined || location.path.includes('@')) {
    // The text is left out but for its scheme: what cannot be parsed cannot be cleaned of credentials either.
    const [scheme = ''] = /^[a-z+]+:\/\//i.exec(url.trim()) ?? [];
    throw new NamingError(
      'remote',
      `${scheme}…`,
      "is not a remote URL; write for example 'https://github.com/owner/name' or 'git@github.com:owner/name.git'",
    );
  }
  return repositoryId(location.host, location.path);
}

function locate(url: string): { host: string; path: string } | undefined {
  if (/^(https?|ssh|git|git\+ssh):\/\//i.test(url)) {
    if (!URL.canParse(url)) return undefined;
    const { hostname, pathname } = new URL(url);
    return { host: hostname, path: pathname };
  }
  const [, host, path] = SCP_LIKE.exec(url) ?? [];
  return host === undefined || path === undefined || url.includes('://') ? undefined : { host, path };
}
