import { normalizePythonName } from './python-name.ts';
import { isSamePythonVersion } from './python-version.ts';

/** What the name of a wheel says. Source: PyPA, "Binary distribution format", file name convention. */
export interface WheelName {
  readonly distribution: string;
  readonly version: string;
  /** Begins with a digit. */
  readonly build?: string;
  /** `py3`, or several as `py2.py3`. */
  readonly python: string;
  readonly abi: string;
  readonly platform: string;
}

const DISTRIBUTION = /^[A-Z0-9](?:[A-Z0-9._]*[A-Z0-9])?$/i;
const TAG = /^[A-Z0-9_]+(?:\.[A-Z0-9_]+)*$/i;

/** Reads the name of a file as that of a wheel; undefined when it is none. */
export function parseWheelName(file: string): WheelName | undefined {
  if (!file.endsWith('.whl')) return undefined;
  const parts = file.slice(0, -'.whl'.length).split('-');
  const [distribution = '', version = ''] = parts;
  const [python = '', abi = '', platform = ''] = parts.slice(-3);
  const build = parts.length === 6 ? parts[2] : undefined;
  if (parts.length !== 5 && parts.length !== 6) return undefined;
  if (!DISTRIBUTION.test(distribution) || version === '') return undefined;
  if (build !== undefined && !/^\d/.test(build)) return undefined;
  if (![python, abi, platform].every((tag) => TAG.test(tag))) return undefined;
  return { distribution, version, ...(build !== undefined && { build }), python, abi, platform };
}

/** The name of a wheel's file. */
export function formatWheelName({ distribution, version, build, python, abi, platform }: WheelName): string {
  const parts = [distribution, version, ...(build === undefined ? [] : [build]), python, abi, platform];
  return `${parts.join('-')}.whl`;
}

/** Whether an escaped name and version, as in a file name, are those of the metadata. Older tools wrote `-` as `_`. */
export function isEscapedOf(
  escaped: { readonly distribution: string; readonly version: string },
  metadata: { readonly name: string; readonly version: string },
): boolean {
  return (
    normalizePythonName(escaped.distribution) === normalizePythonName(metadata.name) &&
    isSamePythonVersion(escaped.version.replaceAll('_', '-'), metadata.version)
  );
}

/**
 * Whether a text is `<name>-<version>` of the metadata. Before PEP 625 the name was not escaped and could hold hyphens, so
 * that each of them may be the one before the version.
 */
export function isNameAndVersion(text: string, metadata: { readonly name: string; readonly version: string }): boolean {
  return [...text.matchAll(/-/g)].some(({ index }) =>
    isEscapedOf({ distribution: text.slice(0, index), version: text.slice(index + 1) }, metadata),
  );
}
