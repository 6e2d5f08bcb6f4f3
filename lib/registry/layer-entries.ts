import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never;

/** What a layer says about one path. Whiteouts are files here; `LayerIndex` knows what they mean. */
export type LayerEntry =
  | {
      readonly kind: 'file';
      /** As the archive has it. */
      readonly path: string;
      readonly mode: number;
      /** Bytes. */
      readonly size: number;
      /** The first bytes, at most `HEAD_BYTES`. An index leaves out what is hardly ever asked for. */
      readonly head: Buffer | undefined;
    }
  | { readonly kind: 'symlink' | 'hard-link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory' | 'other'; readonly path: string };

/** How much of a file Linux looks at to decide how to start it. Source: execve(2), "Interpreter scripts". */
export const HEAD_BYTES = 256;

/** More than any layer that runs somewhere; what claims to be larger was made to keep a reader busy. */
const MAX_UNPACKED = 64 * 1024 ** 3;

/** Archives without the magic number of POSIX are read, as Go does, which unpacks images nearly everywhere. */
const OPTIONS: Parameters<typeof extract>[0] & { readonly allowUnknownFormat: boolean } = { allowUnknownFormat: true };

/** A layer cannot be read: a phrase that follows its name. */
export class LayerError extends Error {}

/**
 * Reads the entries of a layer in the order of its archive: a tar archive, plain or packed by gzip or zstd. What it is
 * packed by is seen from its first bytes, as containerd does, because media types are often wrong. Only a few buffers
 * are held at a time, and nothing more is read while the consumer does not ask. End it early with `return()`.
 *
 * @param onBytes is told of bytes as they come in, packed
 * @throws LayerError for what is no such archive or a broken one; errors of the source as they are
 */
export async function* layerEntries(
  source: Readable,
  onBytes: (count: number) => void = () => {},
  maxUnpacked: number = MAX_UNPACKED,
): AsyncGenerator<LayerEntry, void, undefined> {
  let ofSource: unknown;
  source.on('error', (error) => {
    ofSource ??= error;
  });
  const archive = extract(OPTIONS);
  try {
    const { packing, chunks } = await sniff(counted(source, onBytes));
    const reading = pipeline([
      Readable.from(chunks()),
      ...unpackers(packing),
      limited(maxUnpacked),
      archive as unknown as NodeJS.WritableStream,
    ]);
    // The loop below throws the same error; this keeps it from being unhandled when the loop ends early.
    reading.catch(() => {});
    for await (const entry of archive) {
      yield await describe(entry);
      // What is left of the content passes by when the next entry is asked for.
      entry.resume();
    }
    await reading;
  } catch (error) {
    if (ofSource !== undefined) throw ofSource;
    if (error instanceof LayerError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new LayerError(`is not a whole archive: ${message.replace(/\.$/, '')}`, { cause: error });
  } finally {
    archive.destroy();
    source.destroy();
  }
}

async function* counted(source: Readable, onBytes: (count: number) => void): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
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
  if (first.subarray(0, 3).toString('latin1') === 'BZh') throw new LayerError('is packed by bzip2, which is not read');
  if (first.subarray(0, 6).toString('latin1') === '\xfd7zXZ\0')
    throw new LayerError('is packed by xz, which is not read');
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
      if (size > most) done(new LayerError(`is larger than ${most} bytes when it is unpacked`));
      else done(null, chunk);
    },
  });
}

async function describe(entry: Entry): Promise<LayerEntry> {
  const { name: path, type, mode, size, linkname } = entry.header;
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return { kind: 'file', path, mode, size, head: await headOf(entry) };
    case 'symlink':
      return { kind: 'symlink', path, target: linkname };
    case 'link':
      return { kind: 'hard-link', path, target: linkname };
    case 'directory':
      return { kind: 'directory', path };
    default:
      return { kind: 'other', path };
  }
}

/** Leaves the entry paused: a large file is not read on while nobody knows whether more is wanted. */
async function headOf(entry: Entry): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const done = () => resolve(Buffer.from(head.subarray(0, HEAD_BYTES)));
    entry.on('data', (data) => {
      const chunk = data as Buffer;
      if (head.length >= HEAD_BYTES) return;
      head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES)]);
      if (head.length < HEAD_BYTES) return;
      entry.pause();
      done();
    });
    entry.once('end', done);
    entry.once('error', reject);
    entry.once('close', () => reject(new LayerError('ended in the middle of a file')));
  });
}
