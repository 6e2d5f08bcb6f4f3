import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OperationFailed } from '../../errors.ts';
import type { ArchiveFile } from './assets-folder.ts';

/** The oldest time that a zip can hold. Local time, because that is what zip files are written in. */
const FIXED_TIME = new Date(1980, 0, 1);

/**
 * Writes a zip whose bytes depend on names, contents and executable bits only: order as given, time fixed, modes 0644
 * or 0755, so that Lambda may read what a strict umask has made. Content streams through; memory stays flat.
 *
 * @throws OperationFailed when a file is no longer what was hashed
 */
export async function writeZip(files: readonly ArchiveFile[], target: string, signal?: AbortSignal): Promise<void> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  let reading: Readable | undefined;
  zip.on('error', (error: Error) => output.destroy(error));
  for (const file of files) {
    const options = {
      mtime: FIXED_TIME,
      forceDosTimestamp: true,
      mode: file.executable ? 0o100755 : 0o100644,
      size: file.bytes,
    };
    // Lazily, so that one file is open at a time.
    zip.addReadStreamLazy(file.name, options, (use) => {
      reading = openVerified(file);
      reading.on('error', (error) => zip.emit('error', error));
      use(null, reading);
    });
  }
  zip.end();
  try {
    await pipeline(output, createWriteStream(target), { signal });
  } finally {
    reading?.destroy();
  }
}

/**
 * Makes a zip in a temporary file and opens it. The file has no name any more when this returns, so that nothing is
 * left behind however the run ends.
 */
export async function openZip(
  files: readonly ArchiveFile[],
  signal?: AbortSignal,
  temporary: string = tmpdir(),
): Promise<{ readonly stream: Readable; readonly length: number }> {
  const folder = await mkdtemp(path.join(temporary, 'headgate-zip-'));
  try {
    const target = path.join(folder, 'archive.zip');
    await writeZip(files, target, signal);
    const handle = await open(target);
    const { size } = await handle.stat();
    return { stream: handle.createReadStream(), length: size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads a file and fails at its end when the content is not the one that was hashed: its key would be wrong. */
export function openVerified({ path: location, sha256 }: Pick<ArchiveFile, 'path' | 'sha256'>): Readable {
  const hash = createHash('sha256');
  const verify = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (hash.digest('hex') === sha256) return done();
      done(
        new OperationFailed({
          what: `'${location}' changed while it was being packaged`,
          cause: 'a build was still writing to it',
          next: 'Run again when the build has ended',
        }),
      );
    },
  });
  // The failure reaches the reader through `verify`, which `pipeline` destroys with it.
  pipeline(createReadStream(location), verify).catch(() => {});
  return verify;
}
