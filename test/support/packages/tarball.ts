import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TestFile, tarOf } from '../test-image.ts';

export type { TestFile };

/** Writes a tarball, packed by gzip. @returns the path of the file */
export async function writeTarball(directory: string, name: string, files: readonly TestFile[]): Promise<string> {
  const file = path.join(directory, name);
  await writeFile(file, gzipSync(await tarOf(files)));
  return file;
}
