import type { OrderedMap } from './ordered-map.ts';
import type { Pattern } from './package-pattern.ts';

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

/** A resource policy. It is kept and returned, and not evaluated. */
export interface Policy {
  readonly document: string;
  /** Another one after each change. */
  readonly revision: string;
}

/** The ways in which versions of a package come into a repository, as a package group restricts them. */
export const ORIGINS = ['PUBLISH', 'INTERNAL_UPSTREAM', 'EXTERNAL_UPSTREAM'] as const;
export type Origin = (typeof ORIGINS)[number];

export const RESTRICTION_MODES = ['ALLOW', 'ALLOW_SPECIFIC_REPOSITORIES', 'BLOCK', 'INHERIT'] as const;
export type RestrictionMode = (typeof RESTRICTION_MODES)[number];

export interface Restriction {
  mode: RestrictionMode;
  /** Names of repositories; empty unless the mode is ALLOW_SPECIFIC_REPOSITORIES. */
  readonly repositories: Set<string>;
}

/** Packages that match a pattern, with what holds for all of them. */
export interface PackageGroup {
  readonly pattern: Pattern;
  readonly domain: Domain;
  readonly createdTime: Date;
  contactInfo: string;
  description: string;
  readonly restrictions: Readonly<Record<Origin, Restriction>>;
  readonly tags: Tags;
}

/** Tags of a resource, by key. */
export type Tags = Map<string, string>;

export interface Repository {
  readonly name: string;
  readonly domain: Domain;
  readonly createdTime: Date;
  description: string;
  /** For example `public:npmjs`. It is shown, and nothing is fetched from there. */
  externalConnection: string | undefined;
  policy: Policy | undefined;
  readonly tags: Tags;
  /** Names of repositories of the domain, the first one asked first. */
  upstreams: string[];
  /** By `packageKey`. */
  readonly packages: OrderedMap<Package>;
}

export interface Domain {
  readonly name: string;
  readonly owner: string;
  readonly region: string;
  readonly createdTime: Date;
  readonly encryptionKey: string;
  policy: Policy | undefined;
  readonly tags: Tags;
  readonly repositories: Map<string, Repository>;
  /** By pattern; the root group `/*` is always there. */
  readonly groups: Map<string, PackageGroup>;
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

/**
 * The pattern is percent-encoded but for its slashes, in lower case: `package-group/team/npm/%2a`.
 * Source: Service Authorization Reference, "Resource types defined by AWS CodeArtifact"; the example is of the tests of
 * the CloudFormation resource provider.
 */
export function packageGroupArn({ domain, pattern }: PackageGroup): string {
  const encoded = [...Buffer.from(pattern.text)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._/-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  });
  return `arn:aws:codeartifact:${domain.region}:${domain.owner}:package-group/${domain.name}${encoded.join('')}`;
}
