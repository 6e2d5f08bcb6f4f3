/** A package of images of an owner, as GitHub keeps it. */
export interface FakePackage {
  readonly owner: string;
  readonly ownerType: 'Organization' | 'User';
  /** With slashes as they are. */
  readonly name: string;
  /** What the token may do: GitHub answers 404, and not 403, to what it may not. */
  access: 'admin' | 'read' | 'none';
  isPublic: boolean;
  /** The newest first, as GitHub lists them. */
  readonly versions: FakeVersion[];
  /** Called for each version that was removed. */
  onRemove: (version: FakeVersion) => Promise<void>;
}

export interface FakeVersion {
  readonly id: number;
  readonly digest: string;
  tags: string[];
  readonly created: string;
  updated: string;
  downloads: number;
}

export interface PackageAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Set for a list, which is answered by pages. */
  readonly isList?: boolean;
}

/**
 * Answers the calls for versions of packages, and `GET /orgs/…`; undefined for every other path.
 *
 * Source: GitHub Docs, "REST API endpoints for packages". What is refused, and with which words: kairos-io/kairos#4723
 * (the last version with a tag), posit-dev/positron#15764 (downloads), bots-house/ghcr-delete-image-action#105 (a token
 * without the role).
 */
export async function answerPackages(
  packages: readonly FakePackage[],
  method: string,
  pathname: string,
): Promise<PackageAnswer | undefined> {
  const organization = /^\/orgs\/([^/]+)$/.exec(pathname)?.[1];
  if (organization !== undefined && method === 'GET') {
    const isThere = packages.some(({ owner, ownerType }) => owner === organization && ownerType === 'Organization');
    return isThere ? { status: 200, body: { login: organization, type: 'Organization' } } : refused(404, 'Not Found');
  }
  const [, place, owner, encoded, id] =
    /^\/(orgs|users)\/([^/]+)\/packages\/container\/([^/]+)\/versions(?:\/(\d+))?$/.exec(pathname) ?? [];
  if (encoded === undefined) return undefined;
  const found = packages.find(
    (one) =>
      one.owner === owner &&
      one.name === decodeURIComponent(encoded) &&
      (one.ownerType === 'User') === (place === 'users') &&
      one.access !== 'none',
  );
  if (found === undefined) return refused(404, 'Package not found.');
  if (id === undefined) {
    return method === 'GET' ? { status: 200, body: found.versions.map(versionBody), isList: true } : undefined;
  }
  const version = found.versions.find((one) => one.id === Number(id));
  if (version === undefined) return refused(404, 'Package version not found.');
  if (method === 'GET') return { status: 200, body: versionBody(version) };
  return method === 'DELETE' ? await remove(found, version) : undefined;
}

async function remove(from: FakePackage, version: FakeVersion): Promise<PackageAnswer> {
  if (from.access !== 'admin') return refused(404, 'Package not found.');
  if (version.tags.length > 0 && from.versions.filter(({ tags }) => tags.length > 0).length === 1) {
    return refused(400, 'You cannot delete the last tagged version of a package. You must delete the package instead.');
  }
  if (from.isPublic && version.downloads > 5000) {
    return refused(
      400,
      'Publicly visible package versions with more than 5000 downloads cannot be deleted. Contact GitHub support for further assistance.',
    );
  }
  from.versions.splice(from.versions.indexOf(version), 1);
  await from.onRemove(version);
  return { status: 204, body: undefined };
}

function versionBody({ id, digest, tags, created, updated }: FakeVersion): unknown {
  return {
    id,
    name: digest,
    created_at: created,
    updated_at: updated,
    metadata: { package_type: 'container', container: { tags } },
  };
}

function refused(status: number, message: string): PackageAnswer {
  return { status, body: { message } };
}

/** A package of an organization that the token may do everything with; what is given is taken in place. */
export function fakePackage(more: Partial<FakePackage> = {}): FakePackage {
  return {
    owner: 'octo-org',
    ownerType: 'Organization',
    name: 'shop',
    access: 'admin',
    isPublic: false,
    versions: [],
    onRemove: async () => {},
    ...more,
  };
}

let nextId = 1_000_000;

/** A version that was pushed at a time; it is the newest of its package. */
export function addVersion(to: FakePackage, digest: string, tags: string[], pushed: string): FakeVersion {
  const version = { id: nextId++, digest, tags, created: pushed, updated: pushed, downloads: 0 };
  to.versions.unshift(version);
  return version;
}
