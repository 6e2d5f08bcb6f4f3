import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { type ArchiveFile, AssetError, fileHash, folderHash, listFile, listFolder } from './assets-folder.ts';
import type { LocalKind } from './package-properties.ts';

/** Something to upload. Content-addressed: an object that is there under the key already is the same. */
export interface Asset {
  /** `headgate/<sha256>.<extension>`, relative to whatever prefix the bucket is used with. */
  readonly key: string;
  /** Of names, executable bits and contents for `zip`; of the bytes for `file` and `template`. Hexadecimal. */
  readonly sha256: string;
  /** Bytes of content; for `zip` before compression. */
  readonly bytes: number;
  readonly kind: 'zip' | 'file' | 'template';
  /** Path relative to the workspace, with `/`. */
  readonly source: string;
  /** `Resource.Property`, with `file: ` before it in a nested template. */
  readonly usedBy: readonly string[];
}

/** A file or an archive on this machine, hashed. */
export type LocalContent =
  | {
      readonly kind: 'file';
      readonly key: string;
      readonly sha256: string;
      readonly bytes: number;
      readonly path: string;
    }
  | {
      readonly kind: 'zip';
      readonly key: string;
      readonly sha256: string;
      readonly bytes: number;
      readonly files: readonly ArchiveFile[];
    };

const ZIP_EXTENSIONS: readonly string[] = ['.zip', '.jar', '.war'];

/**
 * Reads what stands at a path as the property wants it.
 *
 * @param location absolute path without symbolic links
 * @throws AssetError saying why it cannot be packaged
 */
export async function readContent(location: string, kind: Exclude<LocalKind, 'template'>): Promise<LocalContent> {
  const stats = await stat(location);
  if (stats.isDirectory()) {
    if (kind === 'file') throw new AssetError('is a folder; this property takes a file');
    return archive(await listFolder(location));
  }
  if (!stats.isFile()) throw new AssetError('is neither a file nor a folder');
  const extension = path.extname(location).toLowerCase();
  if (kind !== 'archive') return file(location, stats.size, safeExtension(extension));

  const named = ZIP_EXTENSIONS.includes(extension);
  if (await isZip(location)) return file(location, stats.size, named ? extension : '.zip');
  if (named) throw new AssetError(`is named ${extension} but is not a zip file`);
  return archive(await listFile(location));
}

/** The key under which content is uploaded. */
export function assetKey(sha256: string, extension: string): string {
  return `headgate/${sha256}${extension}`;
}

function archive(files: readonly ArchiveFile[]): LocalContent {
  const sha256 = folderHash(files);
  const bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return { kind: 'zip', key: assetKey(sha256, '.zip'), sha256, bytes, files };
}

async function file(location: string, bytes: number, extension: string): Promise<LocalContent> {
  const sha256 = await fileHash(location);
  return { kind: 'file', key: assetKey(sha256, extension), sha256, bytes, path: location };
}

/** An extension becomes part of an S3 key, where only plain letters and digits are sure to survive a URL. */
function safeExtension(extension: string): string {
  return /^\.[a-z0-9]{1,16}$/.test(extension) ? extension : '';
}

/** By its first bytes: a local file header, or the end record of an empty archive (APPNOTE.TXT 4.3.7 and 4.3.16). */
async function isZip(location: string): Promise<boolean> {
  const handle = await open(location);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1');
    return start === 'PK\x03\x04' || start === 'PK\x05\x06';
  } finally {
    await handle.close();
  }
}
