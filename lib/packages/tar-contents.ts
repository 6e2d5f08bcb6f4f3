import { createReadStream } from 'node:fs';
import { ArchiveError } from '../archive/archive-error.ts';
import { leadsOut, linkLeadsOut, partsOf } from '../archive/entry-path.ts';
import { type TarEntry, tarEntries } from '../archive/tar-entries.ts';
import { quote } from '../operation/inputs.ts';
import { Digests, type FileDigests } from './digests.ts';
import { MAX_METADATA_BYTES, MAX_README_BYTES, maxUnpacked } from './limits.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';

/** The files that say what a tarball is, in the one folder at its top. */
export const MARKERS = ['PKG-INFO', 'package.json', 'Cargo.toml'] as const;
export type Marker = (typeof MARKERS)[number];

/** What was seen of a tarball in one pass. */
export interface TarContents {
  readonly digests: FileDigests;
  readonly hasMarker: (marker: Marker) => boolean;
  /** The folder at the top. @throws PackageFileError unless there is just one and nothing leads out of the archive */
  readonly root: () => string;
  /** @throws PackageFileError when it is missing, there twice, no file or too large */
  readonly marker: (marker: Marker) => Buffer;
  /** READMEs in the folder at the top by their names, without those that are too large to be shown. */
  readonly readmes: ReadonlyMap<string, Buffer>;
}

const README = /^readme(?:\.|$)/i;
const MOST_READMES = 16;

/**
 * Reads a tarball once, whatever its size: its digests, and what names and describes the package.
 *
 * @throws ArchiveError for what is no tarball or a broken one
 */
export async function readTar(file: PackageFile, signal: AbortSignal): Promise<TarContents> {
  const digests = new Digests();
  let size = 0;
  const source = createReadStream(file.path, { signal });
  const entries = tarEntries(source, maxUnpacked(file.size), (chunk) => {
    size += chunk.length;
    digests.update(chunk);
  });
  const seen = new SeenEntries();
  for await (const entry of entries) await seen.add(entry);
  if (size !== file.size) throw new ArchiveError('changed while it was read');
  return {
    digests: digests.end(),
    hasMarker: (marker) => seen.markers.has(marker),
    root: () => seen.root(),
    marker: (marker) => seen.marker(marker),
    readmes: seen.readmes,
  };
}

/** The content of one file of a tarball, or undefined where there is none of at most `most` bytes. */
export async function readTarFile(
  file: PackageFile,
  path: string,
  most: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const source = createReadStream(file.path, { signal });
  for await (const entry of tarEntries(source, maxUnpacked(file.size))) {
    const isWanted = entry.kind === 'file' && partsOf(entry.path).join('/') === partsOf(path).join('/');
    if (isWanted) return entry.size > most ? undefined : await entry.head(most);
  }
  return undefined;
}

class SeenEntries {
  readonly markers = new Map<Marker, Buffer | PackageFileError>();
  readonly readmes = new Map<string, Buffer>();
  #root: string | undefined;
  #problem: PackageFileError | undefined;

  async add(entry: TarEntry): Promise<void> {
    const { kind, path, size } = entry;
    const parts = partsOf(path);
    const [root, name = ''] = parts;
    this.#judge(entry, root);
    if (parts.length !== 2) return;
    const marker = MARKERS.find((each) => each === name);
    if (marker !== undefined) this.markers.set(marker, await this.#readMarker(marker, entry));
    else if (kind === 'file' && README.test(name) && size <= MAX_README_BYTES && this.readmes.size < MOST_READMES) {
      this.readmes.set(name, await entry.head(MAX_README_BYTES));
    }
  }

  root(): string {
    if (this.#problem !== undefined) throw this.#problem;
    return this.#root ?? '';
  }

  marker(marker: Marker): Buffer {
    const found = this.markers.get(marker) ?? new PackageFileError(`it holds no ${marker}; build the package again`);
    if (found instanceof Error) throw found;
    return found;
  }

  #judge({ kind, path, target }: TarEntry, root: string | undefined): void {
    if (root === undefined || this.#problem !== undefined) return;
    this.#root ??= root;
    if (leadsOut(path)) {
      this.#problem = unsafe(`has an entry that leads out of it, ${quote(path)}`);
    } else if ((kind === 'symlink' || kind === 'hard-link') && linkLeadsOut(kind, path, target)) {
      this.#problem = unsafe(`has a link that leads out of it, ${quote(path)} to ${quote(target)}`);
    } else if (root !== this.#root) {
      this.#problem = unsafe(`has more than one folder at its top, ${quote(this.#root)} and ${quote(root)}`);
    }
  }

  async #readMarker(marker: Marker, entry: TarEntry): Promise<Buffer | PackageFileError> {
    if (this.markers.has(marker)) {
      return new PackageFileError(
        `it holds ${marker} twice, so that tools see different ones; build the package again`,
      );
    }
    if (entry.kind !== 'file') return new PackageFileError(`its ${marker} is no regular file; build the package again`);
    if (entry.size > MAX_METADATA_BYTES) {
      return new PackageFileError(`its ${marker} is larger than ${MAX_METADATA_BYTES} bytes; make it shorter`);
    }
    return await entry.head(MAX_METADATA_BYTES);
  }
}

function unsafe(what: string): PackageFileError {
  return new PackageFileError(`the archive ${what}; build the package with the tool of its language`);
}
