import { randomBytes } from 'node:crypto';
import { notFound } from './error.ts';
import {
  type Domain,
  type Package,
  type PackageId,
  type Permission,
  packageKey,
  type Repository,
  type Version,
} from './model.ts';

/** The domains of all accounts and Regions. */
export class Store {
  readonly #domains = new Map<string, Domain>();

  find(owner: string, region: string, name: string): Domain | undefined {
    return this.#domains.get(`${owner}/${region}/${name}`);
  }

  /** @throws CodeArtifactError ResourceNotFoundException */
  domain(owner: string, region: string, name: string): Domain {
    const found = this.find(owner, region, name);
    if (!found) throw notFound('domain', `${owner}/${name}`);
    return found;
  }

  /** The domains of an account in a Region. */
  domains(owner: string, region: string): Domain[] {
    return [...this.#domains.values()].filter((domain) => domain.owner === owner && domain.region === region);
  }

  add(domain: Domain): void {
    this.#domains.set(`${domain.owner}/${domain.region}/${domain.name}`, domain);
  }

  remove({ owner, region, name }: Domain): void {
    this.#domains.delete(`${owner}/${region}/${name}`);
  }

  clear(): void {
    this.#domains.clear();
  }
}

/** @throws CodeArtifactError ResourceNotFoundException */
export function repositoryOf(domain: Domain, name: string): Repository {
  const found = domain.repositories.get(name);
  if (!found) throw notFound('repository', `${domain.name}/${name}`);
  return found;
}

/** @throws CodeArtifactError ResourceNotFoundException */
export function packageOf(repository: Repository, id: PackageId): Package {
  const found = repository.packages.get(packageKey(id));
  if (!found) throw notFound('package', shownName(id));
  return found;
}

/** @throws CodeArtifactError ResourceNotFoundException */
export function versionOf(found: Package, version: string): Version {
  const known = found.versions.get(version);
  if (!known) throw notFound('package-version', `${shownName(found.id)} ${version}`);
  return known;
}

/** Makes a package that is not there yet. */
export function ensurePackage(
  repository: Repository,
  id: PackageId,
  restrictions: { publish: Permission; upstream: Permission },
): Package {
  const known = repository.packages.get(packageKey(id));
  if (known) return known;
  const made: Package = { id, versions: new Map(), restrictions: { ...restrictions }, tags: new Map() };
  repository.packages.set(packageKey(id), made);
  return made;
}

/** The name of a package as its users write it. */
export function shownName({ format, namespace, name }: PackageId): string {
  if (namespace === undefined) return name;
  if (format === 'npm') return `@${namespace}/${name}`;
  return format === 'maven' ? `${namespace}:${name}` : `${namespace}/${name}`;
}

export function newRevision(): string {
  return randomBytes(32).toString('base64');
}

/** The version to show first: what npm's `latest` points at, else the newest published one. */
export function defaultVersion({ tags, versions }: Package): string | undefined {
  const latest = tags.get('latest');
  if (latest !== undefined && versions.get(latest)?.status === 'Published') return latest;
  let newest: Version | undefined;
  for (const version of versions.values()) {
    if (version.status === 'Published' && version.order > (newest?.order ?? -1)) newest = version;
  }
  return newest?.version;
}
