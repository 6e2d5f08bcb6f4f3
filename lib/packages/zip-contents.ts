import { linkLeadsOut } from '../archive/entry-path.ts';
import { type ZipEntry, zipEntries } from '../archive/zip-entries.ts';
import { quote } from '../operation/inputs.ts';
import { MAX_METADATA_BYTES, maxUnpacked } from './limits.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';

/** What was seen of a zip archive. */
export interface ZipContents {
  /** `*.dist-info` folders that hold a `METADATA`, as often as they do. */
  readonly distInfos: readonly DistInfo[];
  /** Whether the archive has a file at this path. Only files of `.dist-info` folders are remembered. */
  readonly hasInfoFile: (path: string) => boolean;
  /** By path: `META-INF/maven/<group>/<artifact>/pom.properties`. */
  readonly pomProperties: ReadonlyMap<string, Buffer>;
  /** A format that is told by a file in the archive and is not published. */
  readonly foreign: 'NuGet' | 'egg' | 'Swift' | 'zipped sdist' | undefined;
  /** A link that leads out of the archive. */
  readonly unsafe: PackageFileError | undefined;
}

export interface DistInfo {
  /** `shop-1.0.dist-info` */
  readonly folder: string;
  readonly metadata: Buffer | PackageFileError;
}

const FOREIGN: readonly (readonly [NonNullable<ZipContents['foreign']>, RegExp])[] = [
  ['NuGet', /^[^/]+\.nuspec$/],
  ['egg', /^EGG-INFO\/PKG-INFO$/],
  ['Swift', /^(?:[^/]+\/)?Package\.swift$/],
  ['zipped sdist', /^[^/]+\/PKG-INFO$/],
];
const METADATA = /^([^/]+\.dist-info)\/METADATA$/;
const INFO_FILE = /^[^/]+\.dist-info\/[^/]+$/;
const POM_PROPERTIES = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const MOST_REMEMBERED = 10_000;
const LONGEST_PROPERTIES = 64 * 1024;
const LONGEST_LINK = 4096;

/**
 * Reads and checks a zip archive: what names and describes the package.
 *
 * @throws ArchiveError for what is no zip archive or a broken one
 */
export async function readZip(file: PackageFile, signal: AbortSignal): Promise<ZipContents> {
  const distInfos: DistInfo[] = [];
  const infoFiles = new Set<string>();
  const pomProperties = new Map<string, Buffer>();
  let foreign: ZipContents['foreign'];
  let unsafe: PackageFileError | undefined;
  for await (const entry of zipEntries(file.path, maxUnpacked(file.size), signal)) {
    const { kind, path, size } = entry;
    if (kind === 'symlink' && unsafe === undefined) unsafe = await judgeLink(entry);
    if (kind !== 'file') continue;
    const folder = METADATA.exec(path)?.[1];
    if (folder !== undefined && distInfos.length < MOST_REMEMBERED) {
      distInfos.push({ folder, metadata: await readMetadata(entry) });
    }
    if (INFO_FILE.test(path) && infoFiles.size < MOST_REMEMBERED) infoFiles.add(path);
    if (POM_PROPERTIES.test(path) && size <= LONGEST_PROPERTIES && pomProperties.size < MOST_REMEMBERED) {
      pomProperties.set(path, await entry.head(LONGEST_PROPERTIES));
    }
    foreign ??= FOREIGN.find(([, pattern]) => pattern.test(path))?.[0];
  }
  return { distInfos, hasInfoFile: (path) => infoFiles.has(path), pomProperties, foreign, unsafe };
}

async function readMetadata(entry: ZipEntry): Promise<Buffer | PackageFileError> {
  if (entry.size <= MAX_METADATA_BYTES) return await entry.head(MAX_METADATA_BYTES);
  return new PackageFileError(`its METADATA is larger than ${MAX_METADATA_BYTES} bytes; make the description shorter`);
}

async function judgeLink(entry: ZipEntry): Promise<PackageFileError | undefined> {
  const target = (await entry.head(LONGEST_LINK)).toString('utf8');
  if (!linkLeadsOut('symlink', entry.path, target)) return undefined;
  return new PackageFileError(
    `the archive has a link that leads out of it, ${quote(entry.path)} to ${quote(target)}; build the package without it`,
  );
}
