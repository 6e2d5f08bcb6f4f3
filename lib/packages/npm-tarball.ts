import { valid } from 'semver';
import type { Json } from '../hosts/host.ts';
import { quote } from '../operation/inputs.ts';
import { npmNameProblem } from './npm-name.ts';
import type { PackageId } from './package.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';
import type { NamedAsset } from './reading.ts';
import type { TarContents } from './tar-contents.ts';
import { utf8 } from './utf8.ts';

/** What CodeArtifact calls every tarball of npm. */
const ASSET = 'package.tgz';
const ENDING = /\.(?:tgz|tar\.gz)$/;

/**
 * An npm tarball as an asset. Source: npm, "package.json"; `npm pack` names files, but any name is allowed that says no
 * other version.
 *
 * @throws PackageFileError for one that must not be published
 */
export function readNpmTarball(file: PackageFile, contents: TarContents): NamedAsset {
  contents.root();
  const manifest = parseManifest(contents.marker('package.json'));
  const name = textOf(manifest, 'name');
  const version = textOf(manifest, 'version');
  const problem = npmNameProblem(name);
  if (problem !== undefined) {
    throw new PackageFileError(
      `the name ${quote(name)} in package.json ${problem}; correct it, and run npm pack again`,
    );
  }
  if (manifest.private !== undefined && manifest.private !== false) {
    throw new PackageFileError(
      "package.json says 'private', which keeps a package from being published; remove it, or leave the file out",
    );
  }
  if (valid(version) !== version) {
    throw new PackageFileError(
      `${quote(version)} in package.json is no version as npm keeps it; write for example '1.2.0-rc.1', without build metadata`,
    );
  }
  checkFileName(file.name, name, version);
  const readme = readmeOf(contents.readmes);
  const { sha256, integrity, shasum } = contents.digests;
  const details = { format: 'npm', manifest, ...(readme !== undefined && { readme }), integrity, shasum } as const;
  return {
    id: { ...npmPackageId(name), version },
    asset: { name: ASSET, file: file.path, size: file.size, sha256, details },
  };
}

function parseManifest(bytes: Buffer): Readonly<Record<string, Json>> {
  const text = utf8(bytes, 'package.json');
  let manifest: Json;
  try {
    manifest = JSON.parse(text) as Json;
    // What is nested too deeply to be written again cannot be published.
    JSON.stringify(manifest);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PackageFileError(`its package.json is not JSON that can be used (${reason}); run npm pack again`);
  }
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) {
    throw new PackageFileError('its package.json is not a JSON object; run npm pack again');
  }
  return manifest as Readonly<Record<string, Json>>;
}

function textOf(manifest: Readonly<Record<string, Json>>, key: string): string {
  const value = Object.hasOwn(manifest, key) ? manifest[key] : undefined;
  if (typeof value === 'string') return value;
  throw new PackageFileError(`its package.json has no text as '${key}'; add it, and run npm pack again`);
}

function npmPackageId(name: string): PackageId {
  const [, scope, bare] = /^@([^/]*)\/(.*)$/.exec(name) ?? [];
  if (scope === undefined || bare === undefined) return { format: 'npm', name };
  return { format: 'npm', namespace: scope, name: bare };
}

function checkFileName(fileName: string, name: string, version: string): void {
  if (!ENDING.test(fileName)) {
    throw new PackageFileError(`it is an npm tarball, whose name must end with '.tgz'; run npm pack again`);
  }
  const stem = fileName.replace(ENDING, '');
  const [, ending] = /-v?(\d+\.\d+\.\d+(?:[-+].*)?)$/.exec(stem) ?? [];
  if (ending === undefined || stem.endsWith(`-${version}`) || stem.endsWith(`-v${version}`)) return;
  throw new PackageFileError(
    `the file name says version ${quote(ending)}, and package.json says ${quote(name)} ${quote(version)}; run npm pack again`,
  );
}

/** The README that npm shows: `README.md` before others. */
function readmeOf(readmes: ReadonlyMap<string, Buffer>): string | undefined {
  const names = [...readmes.keys()].sort();
  const name = names.find((each) => /\.(?:md|markdown)$/i.test(each)) ?? names[0];
  return name === undefined ? undefined : readmes.get(name)?.toString('utf8');
}
