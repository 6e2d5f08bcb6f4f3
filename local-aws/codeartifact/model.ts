/** The formats of packages; `local-aws/codeartifact/formats/` says which have a protocol. */
export const FORMATS = ['npm', 'pypi', 'maven', 'nuget', 'generic', 'ruby', 'swift', 'cargo'] as const;
export type Format = (typeof FORMATS)[number];

export const STATUSES = ['Published', 'Unfinished', 'Unlisted', 'Archived', 'Disposed', 'Deleted'] as const;
export type Status = (typeof STATUSES)[number];

/** A file of a package version. It is never changed, so that several versions can hold the same one. */
export interface Asset {
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly hashes: Readonly<Record<'MD5' | 'SHA-1' | 'SHA-256' | 'SHA-512', string>>;
  /** Where its bytes are. */
  readonly file: string;
}

/** What is told about a version besides its assets. */
export interface About {
  /** The name before it was normalized. */
  displayName?: string;
  summary?: string;
  homePage?: string;
  sourceCodeRepository?: string;
  license?: string;
  readme?: string;
  /** What the protocol of the format needs to serve it: the manifest of npm, the index entry of Cargo. */
  manifest?: Readonly<Record<string, unknown>>;
  /** PyPI's `Requires-Python`. */
  requiresPython?: string;
}

export interface Version {
  readonly version: string;
  status: Status;
  /** Another one after each change of the assets. */
  revision: string;
  publishedTime: Date;
  /** Counts up with each version that is published; tells which one is the newest. */
  readonly order: number;
  /** The repository of the domain that it was published to. */
  readonly origin: string;
  readonly assets: Map<string, Asset>;
  about: About;
}

/** Which package, within a repository. */
export interface PackageId {
  readonly format: Format;
  readonly namespace?: string;
  /** Normalized by the rules of the format. */
  readonly name: string;
}

export type Permission = 'ALLOW' | 'BLOCK';

export interface Package {
  readonly id: PackageId;
  readonly versions: Map<string, Version>;
  restrictions: { publish: Permission; upstream: Permission };
  /** npm's dist-tags. */
  readonly tags: Map<string, string>;
}

export interface Repository {
  readonly name: string;
  readonly domain: Domain;
  readonly createdTime: Date;
  description: string;
  /** Names of repositories of the domain, the first one asked first. */
  upstreams: string[];
  /** By `packageKey`. */
  readonly packages: Map<string, Package>;
}

export interface Domain {
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly createdTime: Date;
  readonly encryptionKey: string;
  readonly repositories: Map<string, Repository>;
}

export function packageKey({ format, namespace = '', name }: PackageId): string {
  return `${format}/${namespace}/${name}`;
}

export function domainArn({ region, owner, name }: Domain): string {
  return `arn:aws:codeartifact:${region}:${owner}:domain/${name}`;
}

export function repositoryArn({ domain, name }: Repository): string {
  return `arn:aws:codeartifact:${domain.region}:${domain.owner}:repository/${domain.name}/${name}`;
}
