import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { ArchiveError } from './archive-error.ts';

type Stream = Extract extends AsyncIterable<infer Item> ? Item : never;

/** One member of a tar archive, which stands still until the next is asked for. */
export interface TarEntry {
  readonly kind: 'file' | 'symlink' | 'hard-link' | 'directory' | 'other';
  /** As the archive has it. */
  readonly path: string;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Of a symbolic or hard link; otherwise empty. */
  readonly target: string;
  /** The first bytes of the content, at most `most`. It can be asked for once. */
  head(most: number): Promise<Buffer>;
}

/** Archives without the magic number of POSIX are read, as Go does, which unpacks images nearly everywhere. */
const OPTIONS: Parameters<typeof extract>[0] & { readonly allowUnknownFormat: boolean } = { allowUnknownFormat: true };

/**
 * Reads the entries of a tar archive in their order, plain or packed by gzip or zstd. What it is packed by is seen from
 * its first bytes, as containerd does, because names and media types are often wrong. Only a few buffers are held at a
 * time, and nothing more is read while the consumer does not ask. End it early with `return()`. At its end all bytes of
 * the source have been read.
 *
 * @param maxUnpacked bytes after which an archive counts as made to keep a reader busy
 * @param onChunk is told of the bytes as they come in, packed
 * @throws ArchiveError for what is no such archive or a broken one; errors of the source as they are
 */
export async function* tarEntries(
  source: Readable,
  maxUnpacked: number,
  onChunk: (chunk: Buffer) => void = () => {},
): AsyncGenerator<TarEntry, void, undefined> {
  let ofSource: unknown;
  source.on('error', (error) => {
    ofSource ??= error;
  });
  const archive = extract(OPTIONS);
  try {
    const { packing, chunks } = await sniff(tapped(source, onChunk));
    const reading = pipeline([
      Readable.from(chunks()),
      ...unpackers(packing),
      limited(maxUnpacked),
      archive as unknown as NodeJS.WritableStream,
    ]);
    // The loop below throws the same error; this keeps it from being unhandled when the loop ends early.
    reading.catch(() => {});
    for await (const entry of archive) {
      yield describe(entry);
      // What is left of the content passes by when the next entry is asked for.
      entry.resume();
    }
    await reading;
  } catch (error) {
    if (ofSource !== undefined) throw ofSource;
    if (error instanceof ArchiveError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new ArchiveError(`is not a whole archive: ${message.replace(/\.$/, '')}`, { cause: error });
  } finally {
    archive.destroy();
    source.destroy();
  }
}

async function* tapped(source: Readable, onChunk: (chunk: Buffer) => void): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    onChunk(chunk);
    yield chunk;
  }
}

type Packing = 'none' | 'gzip' | 'zstd';

async function sniff(source: AsyncGenerator<Buffer, void, undefined>) {
  let first = Buffer.alloc(0);
  while (first.length < 6) {
    const { value, done } = await source.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  const chunks = async function* () {
    yield first;
    yield* source;
  };
  return { packing: packingOf(first), chunks };
}

/** Source: RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2 (a frame may be skippable, as zstd:chunked has it). */
function packingOf(first: Buffer): Packing {
  if (first.length >= 2 && first.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (first.length >= 4) {
    const magic = first.readUInt32LE(0);
    if (magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  }
  if (first.subarray(0, 3).toString('latin1') === 'BZh')
    throw new ArchiveError('is packed by bzip2, which is not read');
  if (first.subarray(0, 6).toString('latin1') === '\xfd7zXZ\0')
    throw new ArchiveError('is packed by xz, which is not read');
  return 'none';
}

function unpackers(packing: Packing): NodeJS.ReadWriteStream[] {
  const chunkSize = 64 * 1024;
  if (packing === 'gzip') return [createGunzip({ chunkSize })];
  if (packing === 'zstd') return [createZstdDecompress({ chunkSize })];
  return [];
}

function limited(most: number): Transform {
  let size = 0;
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      size += chunk.length;
      if (size > most) done(new ArchiveError(`is larger than ${most} bytes when it is unpacked`));
      else done(null, chunk);
    },
  });
}

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  symlink: 'symlink',
  link: 'hard-link',
  directory: 'directory',
};

function describe(entry: Stream): TarEntry {
  const { name: path, type, mode, size, linkname } = entry.header;
  return {
    kind: KINDS[type ?? ''] ?? 'other',
    path,
    mode,
    size,
    target: linkname ?? '',
    head: (most) => headOf(entry, most),
  };
}

/** Leaves the entry paused: a large file is not read on while nobody knows whether more is wanted. */
async function headOf(entry: Stream, most: number): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const done = () => resolve(Buffer.concat(chunks));
    entry.on('data', (data) => {
      if (length >= most) return;
      const chunk = (data as Buffer).subarray(0, most - length);
      chunks.push(chunk);
      length += chunk.length;
      if (length < most) return;
      entry.pause();
      done();
    });
    entry.once('end', done);
    entry.once('error', reject);
    entry.once('close', () => reject(new ArchiveError('ended in the middle of a file')));
  });
}
