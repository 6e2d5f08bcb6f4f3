import { FORMATS, type Format, type PackageId, type VersionId } from './package.ts';
import { isPythonName, normalizePythonName } from './python-name.ts';

/** What a package URL names, or why the text is none: a phrase that follows the quoted text. */
export type ParsedPackageUrl =
  | { readonly id: PackageId; readonly version: string | undefined }
  | { readonly problem: string };

/** What the formats say in the place of a namespace. */
const NAMESPACE: Readonly<Record<Format, 'none' | 'optional' | 'required'>> = {
  pypi: 'none',
  npm: 'optional',
  maven: 'required',
  generic: 'optional',
  cargo: 'none',
};

const EXAMPLES: Readonly<Record<Format, string>> = {
  pypi: 'pkg:pypi/shop@1.0.0',
  npm: 'pkg:npm/%40acme/shop@1.0.0',
  maven: 'pkg:maven/com.acme/shop@1.0.0',
  generic: 'pkg:generic/acme/shop@1.0.0',
  cargo: 'pkg:cargo/shop@1.0.0',
};

/** Source: CodeArtifact API reference, PackageName, PackageNamespace and PackageVersion. */
const PART = /^[^#/\s]{1,255}$/;

/**
 * Reads a package URL: `pkg:npm/%40acme/shop@1.0.0`, with or without a version. Names are normalized as CodeArtifact keeps
 * them: those of Python by PEP 503, those of crates in small letters. Qualifiers and subpaths say nothing about what a
 * repository of CodeArtifact holds and are refused. Source: ECMA-427, "Package-URL", and its type definitions.
 */
export function parsePackageUrl(text: string): ParsedPackageUrl {
  const [, type, rest = ''] = /^pkg:\/*([^/]+)\/(.*)$/s.exec(text) ?? [];
  if (type === undefined) {
    return { problem: `is no package URL; write for example '${EXAMPLES.pypi}' or '${EXAMPLES.npm}'` };
  }
  const format = FORMATS.find((known) => known === type.toLowerCase());
  if (format === undefined) {
    const known = FORMATS.map((each) => `'pkg:${each}/…'`).join(', ');
    return { problem: `is of a type that is not published here; write ${known}` };
  }
  if (/[?#]/.test(rest)) {
    return { problem: "has qualifiers ('?…') or a subpath ('#…'), which select nothing here; leave them out" };
  }
  const [path = '', version, ...more] = rest.split('@');
  if (more.length > 0 || path === '' || path.endsWith('/')) {
    return { problem: `has an '@' in a name; write it as '%40', for example '${EXAMPLES.npm}'` };
  }
  if (version === '') return { problem: "ends with '@'; write the version after it, or leave it out" };
  const parts = [...path.split('/'), ...(version === undefined ? [] : [version])].map(decode);
  if (!parts.every((part) => part !== undefined && PART.test(part))) {
    return {
      problem: "has a part that is empty, too long or holds '#', '/' or spaces, or is not percent-encoded in UTF-8",
    };
  }
  const decoded = parts.filter((part) => part !== undefined);
  const names = version === undefined ? decoded : decoded.slice(0, -1);
  const id = idOf(format, names);
  if (typeof id === 'string') return { problem: `${id}; write for example '${EXAMPLES[format]}'` };
  return { id, version: version === undefined ? undefined : decoded.at(-1) };
}

/** The package URL of a package, or of a version, in its canonical form. */
export function packageUrl(id: PackageId & Partial<Pick<VersionId, 'version'>>): string {
  const { format, namespace, name, version } = id;
  const scope = namespace === undefined || format !== 'npm' ? namespace : `@${namespace}`;
  const path = [...(scope === undefined ? [] : [scope]), name].map(encode).join('/');
  return `pkg:${format}/${path}${version === undefined ? '' : `@${encode(version)}`}`;
}

/** @returns what is wrong, as a phrase, for names that the format cannot have */
function idOf(format: Format, names: readonly string[]): PackageId | string {
  const name = names.at(-1) ?? '';
  const [namespace, ...more] = names.slice(0, -1);
  const wanted = NAMESPACE[format];
  if (more.length > 0) return `has ${names.length} parts, and packages of this format have at most two`;
  if (namespace !== undefined && wanted === 'none') return 'has a namespace, which packages of this format do not have';
  if (namespace === undefined && wanted === 'required') return 'has no group';
  switch (format) {
    case 'pypi':
      return isPythonName(name) ? { format, name: normalizePythonName(name) } : 'has no name of a Python package';
    case 'cargo':
      return { format, name: name.toLowerCase() };
    case 'npm': {
      if (namespace === undefined) return { format, name };
      if (!/^@./.test(namespace)) return "has a scope without '%40' before it";
      return { format, namespace: namespace.slice(1), name };
    }
    default:
      return { format, ...(namespace === undefined ? {} : { namespace }), name };
  }
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** Everything but letters, digits and `.-_~:` is encoded. Source: the same, "Character encoding". */
function encode(part: string): string {
  return encodeURIComponent(part)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}
