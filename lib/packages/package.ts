/** The formats of packages that are published, as CodeArtifact calls them. */
export const FORMATS = ['pypi', 'npm', 'maven', 'generic', 'cargo'] as const;
export type Format = (typeof FORMATS)[number];

/** Which package, by the names under which CodeArtifact keeps it. */
export interface PackageId {
  readonly format: Format;
  /** npm: the scope without `@`. Maven: the group. Generic packages may have one; the others have none. */
  readonly namespace?: string;
  /** Normalized where the format normalizes: PyPI by PEP 503. */
  readonly name: string;
}

/** One version of a package. */
export interface VersionId extends PackageId {
  readonly version: string;
}

/** The package as its own users write it: `@acme/shop`, `com.acme:shop`, `shop`. */
export function shownPackage({ format, namespace, name }: PackageId): string {
  if (namespace === undefined) return name;
  if (format === 'npm') return `@${namespace}/${name}`;
  return format === 'maven' ? `${namespace}:${name}` : `${namespace}/${name}`;
}

/** The version as it stands in reports and messages: `@acme/shop 1.0.0`. */
export function shownVersion(id: VersionId): string {
  return `${shownPackage(id)} ${id.version}`;
}

/** A text that only this package has. */
export function packageKey({ format, namespace = '', name }: PackageId): string {
  return JSON.stringify([format, namespace, name]);
}

/** A text that only this version has. */
export function versionKey(id: VersionId): string {
  return JSON.stringify([packageKey(id), id.version]);
}
