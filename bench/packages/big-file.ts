import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { wheelEntries } from '../../test/support/packages/wheel.ts';
import type { ExpectedAsset } from './sink.ts';

/** A file on disk that is published as one asset. */
export interface BigFile extends ExpectedAsset {
  readonly file: string;
}

const MEGABYTE = 1_000_000;

/** A file of so many random megabytes, and a wheel that stores the same bytes: nothing can make them smaller. */
export async function makeBigFiles(
  directory: string,
  megabytes: number,
): Promise<{ readonly plain: BigFile; readonly wheel: BigFile }> {
  const folder = path.join(directory, `${megabytes} MB`);
  await mkdir(folder, { recursive: true });
  const plain = path.join(folder, 'big.bin');
  const handle = await open(plain, 'w');
  for (let n = 0; n < megabytes; n++) await handle.write(randomBytes(MEGABYTE));
  await handle.close();

  const wheel = path.join(folder, 'big-1.0.0-py3-none-any.whl');
  const zip = new ZipFile();
  for (const { path: inside, content = '' } of wheelEntries({ name: 'big' }))
    zip.addBuffer(Buffer.from(content), inside);
  zip.addFile(plain, 'big.bin', { compress: false });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(wheel));
  return { plain: await described(plain), wheel: await described(wheel) };
}

export async function removeBigFiles({ plain }: { readonly plain: BigFile }): Promise<void> {
  await rm(path.dirname(plain.file), { recursive: true });
}

async function described(file: string): Promise<BigFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { file, name: path.basename(file), size: (await stat(file)).size, sha256: hash.digest('hex') };
}
