import { quote } from '../operation/inputs.ts';
import type { MetadataHeaders } from './metadata-headers.ts';
import { PackageFileError } from './package-file.ts';
import { isPythonName } from './python-name.ts';
import { normalizePythonVersion } from './python-version.ts';

type Fields = readonly (readonly [name: string, value: string])[];

/** What a package says about itself, and the fields of the form that uploads it. */
export interface PythonMetadata {
  readonly name: string;
  readonly version: string;
  /** All fields but `filetype` and `pyversion`. */
  readonly fields: Fields;
}

/**
 * Headers and the form's fields for them. Source: Warehouse documentation, "Upload API", and twine, which agree but for
 * what the form calls in its own way. Headers that are not here are of later versions or of no version of the metadata.
 */
const ONCE: Readonly<Record<string, string>> = {
  'metadata-version': 'metadata_version',
  name: 'name',
  version: 'version',
  summary: 'summary',
  description: 'description',
  'description-content-type': 'description_content_type',
  author: 'author',
  'author-email': 'author_email',
  maintainer: 'maintainer',
  'maintainer-email': 'maintainer_email',
  license: 'license',
  'license-expression': 'license_expression',
  keywords: 'keywords',
  'home-page': 'home_page',
  'download-url': 'download_url',
  'requires-python': 'requires_python',
};
const REPEATED: Readonly<Record<string, string>> = {
  'license-file': 'license_file',
  classifier: 'classifiers',
  platform: 'platform',
  'supported-platform': 'supported_platform',
  'requires-dist': 'requires_dist',
  'provides-dist': 'provides_dist',
  'obsoletes-dist': 'obsoletes_dist',
  'requires-external': 'requires_external',
  'project-url': 'project_urls',
  'provides-extra': 'provides_extra',
  dynamic: 'dynamic',
  requires: 'requires',
  provides: 'provides',
  obsoletes: 'obsoletes',
};
/** The only ones whose line ends mean something. */
const MANY_LINES: readonly string[] = ['description', 'license'];

/**
 * Makes the fields of Warehouse's upload form from core metadata, in the form's order.
 *
 * @param what the file as a message names it
 * @throws PackageFileError for metadata that no registry takes
 */
export function readPythonMetadata({ headers, body }: MetadataHeaders, what: string): PythonMetadata {
  const values = new Map<string, string[]>();
  for (const [header, value] of headers) {
    if (value === '') continue;
    const shown = MANY_LINES.includes(header) ? value : value.replaceAll('\n', ' ');
    values.set(header, [...(values.get(header) ?? []), shown]);
  }
  if (body.trim() !== '') values.set('description', [body]);
  const twice = Object.keys(ONCE).find((header) => (values.get(header)?.length ?? 0) > 1);
  if (twice !== undefined) {
    throw new PackageFileError(`${what} has the header '${twice}' twice; build the package again with a newer tool`);
  }
  const [metadataVersion, name, version] = ['metadata-version', 'name', 'version'].map((header) => {
    const value = values.get(header)?.[0];
    if (value === undefined) {
      throw new PackageFileError(`${what} has no header '${header}'; build the package again`);
    }
    return value;
  }) as [string, string, string];
  if (!/^[12]\.\d{1,3}$/.test(metadataVersion)) {
    throw new PackageFileError(
      `${what} has the metadata version ${quote(metadataVersion)}, which is not known; build the package with another tool`,
    );
  }
  if (!isPythonName(name)) {
    throw new PackageFileError(
      `${quote(name)} in ${what} is no name of a Python package; use ASCII letters, digits, '.', '-' and '_', with a letter or digit at both ends`,
    );
  }
  if (normalizePythonVersion(version) === undefined) {
    throw new PackageFileError(`${quote(version)} in ${what} is no version by PEP 440; write for example '1.2.0rc1'`);
  }
  return { name, version, fields: fieldsOf(values, metadataVersion) };
}

function fieldsOf(values: ReadonlyMap<string, readonly string[]>, metadataVersion: string): Fields {
  const once = Object.entries(ONCE).flatMap(([header, field]) => {
    const value = values.get(header)?.[0];
    return value === undefined ? [] : [[field, formValue(header, value)] as const];
  });
  const repeated = Object.entries(REPEATED).flatMap(([header, field]) => {
    // Older setuptools write license files of their own meaning before 2.4 (PEP 639), and twine drops them.
    if (header === 'license-file' && isBefore24(metadataVersion)) return [];
    return (values.get(header) ?? []).map((value) => [field, value] as const);
  });
  return [...once, ...repeated];
}

function formValue(header: string, value: string): string {
  // As twine does: pkg_resources' safe name, and keywords with one space.
  if (header === 'name') return value.replace(/[^A-Za-z0-9.]+/g, '-');
  if (header === 'keywords') return value.split(/\s*,\s*/).join(', ');
  return value;
}

function isBefore24(metadataVersion: string): boolean {
  const [major, minor] = metadataVersion.split('.').map(Number) as [number, number];
  return major < 2 || minor < 4;
}
