import { readFile } from 'node:fs/promises';
import { ArchiveError } from '../archive/archive-error.ts';
import { readCrate } from './crate.ts';
import { sha256Of } from './digests.ts';
import { type FileKind, fileKind } from './file-kind.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { readNpmTarball } from './npm-tarball.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';
import { looksLikePom, readPom } from './pom.ts';
import type { Artifact, NamedAsset, Reading } from './reading.ts';
import { readSdist } from './sdist.ts';
import { type Marker, readTar, type TarContents } from './tar-contents.ts';
import { readWheel } from './wheel.ts';
import { readZip, type ZipContents } from './zip-contents.ts';

const LEAVE_OUT = 'leave it out, or publish it as a generic package';
const WITHOUT_CARGO_TOML =
  'there is no Cargo.toml in the folder at its top, so it is no crate; run cargo package again';
const WITHOUT_PACKAGE_JSON = `there is no package.json in the folder at its top, so it is no npm tarball; run npm pack again, or ${LEAVE_OUT}`;
const JAR = /\.(?:jar|war|ear|rar|aar)$/;
/** Names that belong to one format, whose content must be of it. */
const OWN_ENDINGS = /\.(?:whl|crate|tgz)$/;

/**
 * Finds out what a file is, from its content, and reads it. The name is a check afterwards. It decides only where content
 * alone cannot: a tarball with `package.json` beside a POM is an npm package when it is called `.tgz`, as npm calls it.
 *
 * @throws PackageFileError for a file that cannot be published
 */
export async function readPackageFile(file: PackageFile, signal: AbortSignal): Promise<Reading> {
  const kind = await fileKind(file.path);
  if (kind === 'zip') return await readZipFile(file, signal);
  if (kind === 'gzip') return await readGzipFile(file, signal);
  if (file.name.endsWith('.pom') || (kind === 'xml' && (await isPom(file)))) return await readPomFile(file, signal);
  // A program may stand before the archive, as in the executable jars of Spring Boot.
  if (JAR.test(file.name) && kind !== 'script') throw notAsNamed(file, kind);
  if (OWN_ENDINGS.test(file.name)) throw notAsNamed(file, kind);
  return artifact({ file, sha256: await sha256Of(file.path, signal), otherwise: refused(refusalOf(file, kind)) });
}

async function readZipFile(file: PackageFile, signal: AbortSignal): Promise<Reading> {
  // Hashing is in this thread and unpacking in another.
  const [sha256, contents] = await Promise.all([sha256Of(file.path, signal), whole(() => readZip(file, signal))]);
  if (file.name.endsWith('.whl')) {
    if (typeof contents === 'string') throw brokenFile(contents);
    return { kind: 'asset', named: readWheel(file, contents, sha256) };
  }
  if (OWN_ENDINGS.test(file.name)) throw notAsNamed(file, 'zip');
  if (typeof contents === 'string') {
    return artifact({ file, sha256, broken: contents, otherwise: refused(brokenFile(contents).message) });
  }
  const otherwise = refused(zipRefusal(file, contents));
  return artifact({ file, sha256, pomProperties: contents.pomProperties, otherwise });
}

function zipRefusal(file: PackageFile, { foreign, distInfos }: ZipContents): string {
  if (foreign === 'zipped sdist') {
    return "it is a Python sdist as zip archive, which is not published; build it as '.tar.gz' (PEP 625)";
  }
  if (foreign === 'egg') return notPublished('eggs of Python', 'publish a wheel');
  // A Swift package is a source archive like others; NuGet's own file is at the top.
  if (foreign === 'NuGet' || (foreign === 'Swift' && !JAR.test(file.name))) return notPublished(`${foreign} packages`);
  if (distInfos.length === 1)
    return "it is a wheel by its content, and its name does not end with '.whl'; build it again";
  return JAR.test(file.name) ? withoutPom() : unknown();
}

async function readGzipFile(file: PackageFile, signal: AbortSignal): Promise<Reading> {
  const contents = await whole(() => readTar(file, signal));
  if (file.name.endsWith('.whl') || JAR.test(file.name)) throw notAsNamed(file, 'gzip');
  if (typeof contents === 'string') {
    if (file.name.endsWith('.crate')) throw brokenFile(contents);
    const sha256 = await sha256Of(file.path, signal);
    return artifact({ file, sha256, broken: contents, otherwise: refused(brokenFile(contents).message) });
  }
  const { sha256 } = contents.digests;
  const marker = markerOf(file, contents);
  if (marker === 'PKG-INFO') return { kind: 'asset', named: readSdist(file, contents) };
  if (marker === 'Cargo.toml') return { kind: 'asset', named: await readCrate(file, contents, signal) };
  if (marker === undefined) {
    if (file.name.endsWith('.crate')) throw new PackageFileError(WITHOUT_CARGO_TOML);
    return artifact({
      file,
      sha256,
      otherwise: refused(file.name.endsWith('.tgz') ? WITHOUT_PACKAGE_JSON : unknown()),
    });
  }
  if (!file.name.endsWith('.tar.gz')) return { kind: 'asset', named: readNpmTarball(file, contents) };
  return artifact({ file, sha256, otherwise: () => readNpmTarball(file, contents) });
}

/** An sdist may hold a crate or an npm package, and these each other: then the name's ending tells. */
function markerOf({ name }: PackageFile, { hasMarker }: TarContents): Marker | undefined {
  const order: readonly Marker[] = name.endsWith('.crate')
    ? ['Cargo.toml', 'PKG-INFO', 'package.json']
    : name.endsWith('.tgz')
      ? ['package.json', 'Cargo.toml', 'PKG-INFO']
      : ['PKG-INFO', 'package.json', 'Cargo.toml'];
  return order.find((marker) => hasMarker(marker));
}

async function isPom(file: PackageFile): Promise<boolean> {
  if (file.size > MAX_METADATA_BYTES || !/pom[^/]*\.xml$/i.test(file.name)) return false;
  return file.name === 'pom.xml' || looksLikePom(await readFile(file.path));
}

async function readPomFile(file: PackageFile, signal: AbortSignal): Promise<Reading> {
  if (file.size > MAX_METADATA_BYTES) {
    throw new PackageFileError(`the POM is larger than ${MAX_METADATA_BYTES} bytes; make it shorter`);
  }
  const pom = readPom(await readFile(file.path, { signal }));
  return { kind: 'pom', pomFile: { file, pom, sha256: await sha256Of(file.path, signal) } };
}

/** What was read, or a phrase that says why the archive cannot be. */
async function whole<Contents>(read: () => Promise<Contents>): Promise<Contents | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ArchiveError) return error.message;
    throw error;
  }
}

function refusalOf({ name }: PackageFile, kind: FileKind): string {
  if (kind === 'RPM' || kind === 'deb') return notPublished(`${kind} packages`);
  if (kind === 'gem') return notPublished('Ruby gems');
  if (kind === 'tar' || kind === 'other tarball') {
    return `it is a tarball that is not packed by gzip, which no format takes; build it as '.tar.gz', or ${LEAVE_OUT}`;
  }
  if (kind === 'Windows program')
    return notPublished('Windows installers (bdist_wininst, bdist_msi)', 'publish a wheel');
  if (/\.(?:asc|sig|sigstore|sigstore\.json)$/.test(name)) {
    return 'it is a signature of no Maven artefact that was given; leave it out';
  }
  return JAR.test(name) ? withoutPom() : unknown();
}

function notPublished(what: string, instead = LEAVE_OUT): string {
  return `${what} are not published by this version; ${instead}`;
}

function withoutPom(): string {
  return "it is a Maven artefact without a POM: its name begins with the '<artifactId>-<version>' of no POM that was given; give its POM too, as '.pom' or as 'pom.xml'";
}

function unknown(): string {
  return `it is no wheel, sdist, npm tarball, crate, or artefact of a POM that was given; ${LEAVE_OUT}`;
}

const SHOWN_KINDS: Readonly<Record<FileKind, string>> = {
  zip: 'a zip archive',
  gzip: 'packed by gzip',
  xml: 'XML or HTML',
  RPM: 'an RPM package',
  deb: 'a Debian package',
  gem: 'a Ruby gem',
  tar: 'a plain tarball',
  'other tarball': 'packed by bzip2, xz or zstd',
  'Windows program': 'a Windows program',
  script: 'a script',
  other: 'something else',
};

function notAsNamed({ name }: PackageFile, kind: FileKind): PackageFileError {
  const ending = name.slice(name.lastIndexOf('.'));
  return new PackageFileError(`its name ends with '${ending}', and it is ${SHOWN_KINDS[kind]}; build it again`);
}

function brokenFile(phrase: string): PackageFileError {
  return new PackageFileError(`it ${phrase}; build it again`);
}

function refused(message: string): () => NamedAsset {
  return () => {
    throw new PackageFileError(message);
  };
}

function artifact(
  given: Pick<Artifact, 'file' | 'sha256' | 'otherwise'> & Partial<Pick<Artifact, 'broken' | 'pomProperties'>>,
): Reading {
  return { kind: 'artifact', artifact: { pomProperties: new Map(), broken: undefined, ...given } };
}
