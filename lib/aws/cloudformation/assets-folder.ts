import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** A file of an archive, as it was when it was hashed. */
export interface ArchiveFile {
  /** Name inside the archive, with `/`. */
  readonly name: string;
  /** Where it is on this machine, without symbolic links. */
  readonly path: string;
  readonly executable: boolean;
  readonly bytes: number;
  /** SHA-256 of the content, hexadecimal. */
  readonly sha256: string;
}

/** Says why something on this machine cannot become an asset; the caller adds resource and line. */
export class AssetError extends Error {}

/** More files than any Lambda package holds; ends a folder whose symbolic links multiply. */
const MAX_FILES = 100_000;
const HASHED_AT_ONCE = 4;

/** Git's own files, and what Headgate itself writes into the checkout: neither is code, and both change with every run. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git', '.headgate']);

/**
 * Lists and hashes the files below a folder, sorted by the bytes of their names. `.git` and `.headgate` are left out, so are empty
 * folders. A symbolic link is followed when it leads to something inside the folder.
 *
 * @param root absolute path without symbolic links
 * @throws AssetError for links that lead out or nowhere, sockets and other things that are not files, no file at all
 */
export async function listFolder(root: string): Promise<readonly ArchiveFile[]> {
  const found: Omit<ArchiveFile, 'sha256'>[] = [];
  await walk(root, '', [root]);
  if (found.length === 0) throw new AssetError('is a folder without files');
  found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return hashAll(found);

  async function walk(folder: string, prefix: string, above: readonly string[]): Promise<void> {
    for (const entry of await readdir(folder)) {
      if (LEFT_OUT.has(entry)) continue;
      const name = prefix + entry;
      if (name.includes('\uFFFD')) throw new AssetError(`holds '${name}', whose name is not UTF-8`);
      if (name.includes('\\')) throw new AssetError(`holds '${name}'; a name in a zip cannot have a backslash`);
      const real = await resolveLink(path.join(folder, entry), name);
      const stats = await stat(real);
      if (stats.isDirectory()) {
        if (above.includes(real)) throw new AssetError(`holds '${name}', a symbolic link to a folder that it lies in`);
        await walk(real, `${name}/`, [...above, real]);
      } else if (stats.isFile()) {
        if (found.length >= MAX_FILES) throw new AssetError(`holds more than ${MAX_FILES} files`);
        found.push({ name, path: real, executable: (stats.mode & 0o111) !== 0, bytes: stats.size });
      } else {
        throw new AssetError(`holds '${name}', which is neither a file nor a folder; remove it`);
      }
    }
  }

  async function resolveLink(location: string, name: string): Promise<string> {
    if (!(await lstat(location)).isSymbolicLink()) return location;
    const real = await realpath(location).catch(() => undefined);
    if (real === undefined) throw new AssetError(`holds '${name}', a symbolic link that leads nowhere`);
    if (isInside(root, real)) return real;
    throw new AssetError(
      `holds '${name}', a symbolic link that leads out of the folder; copy the target into it ` +
        `(for npm workspaces: 'npm install --install-links')`,
    );
  }
}

/** A single file as the only content of an archive. */
export async function listFile(location: string): Promise<readonly ArchiveFile[]> {
  const { mode, size } = await stat(location);
  return hashAll([{ name: path.basename(location), path: location, executable: (mode & 0o111) !== 0, bytes: size }]);
}

/**
 * SHA-256 over names, executable bits and contents, so that neither times, nor the order on disk, nor the
 * compression count. Frozen: the keys of uploaded archives come from it.
 */
export function folderHash(files: readonly ArchiveFile[]): string {
  const hash = createHash('sha256').update('headgate folder 1\0');
  for (const { name, executable, sha256 } of files) hash.update(`${name}\0${executable ? 'x' : '-'}\0${sha256}\0`);
  return hash.digest('hex');
}

/** SHA-256 of a file's bytes, streamed. */
export async function fileHash(location: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(location)) hash.update(chunk);
  return hash.digest('hex');
}

/** Whether `inner` is `outer` or lies below it. Both absolute, without symbolic links. */
export function isInside(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

async function hashAll(files: readonly Omit<ArchiveFile, 'sha256'>[]): Promise<readonly ArchiveFile[]> {
  const hashed = new Array<ArchiveFile>(files.length);
  const queue = files.entries();
  const worker = async () => {
    for (const [index, file] of queue) hashed[index] = { ...file, sha256: await fileHash(file.path) };
  };
  await Promise.all(Array.from({ length: HASHED_AT_ONCE }, worker));
  return hashed;
}
