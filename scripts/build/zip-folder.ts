import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** Any fixed time: the same content gives the same zip. */
const TIME = new Date('1980-01-01T00:00:00Z');

/** Zips all files of a folder, sorted, without times or owners. */
export async function zipFolder(folder: string, file: string): Promise<void> {
  const zip = new ZipFile();
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  for (const location of files.sort()) {
    zip.addFile(location, path.relative(folder, location), { mtime: TIME, forceDosTimestamp: true, mode: 0o100644 });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}
