import { read } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { quote } from '../operation/inputs.ts';
import { ArchiveError } from './archive-error.ts';

const CHUNK = 256 * 1024;
/** Many wheels are this small, and reading them piece by piece takes longer than unpacking them. */
const SMALL = 1024 ** 2;

/** One file or folder of a zip archive. */
export interface ZipEntry {
  readonly kind: 'file' | 'symlink' | 'directory';
  /** As the archive has it. It leads nowhere out of the archive. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The first bytes of the content, at most `most`. It can be asked for once. */
  head(most: number): Promise<Buffer>;
}

/** Source: APPNOTE.TXT, sections 4.3.13, 4.3.14 and 4.3.16: what may follow the last header of the central directory. */
const AFTER_DIRECTORY: readonly number[] = [0x05054b50, 0x06064b50, 0x06054b50];

/** Source: stat(2), as the upper half of the external attributes, where Unix made the archive (APPNOTE.TXT, 4.4.2). */
const UNIX = 3;
const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;

/**
 * Reads the entries of a zip archive in the order of its central directory. The whole archive is checked on the way, as
 * `unzip -t` does: sizes, checksums, and that the central directory and the local headers name the same files, so that
 * no two readers see different ones. Only a few buffers are held at a time.
 *
 * @param maxUnpacked bytes of all entries, after which an archive counts as made to keep a reader busy
 * @throws ArchiveError for what is no such archive or a broken one; errors of the file system and the signal's reason
 */
export async function* zipEntries(
  file: string,
  maxUnpacked: number,
  signal?: AbortSignal,
): AsyncGenerator<ZipEntry, void, undefined> {
  const handle = await open(file);
  try {
    const reader = new FileReader(handle, (await handle.stat()).size);
    await reader.readSmall();
    yield* entriesOf(reader, maxUnpacked, signal);
  } finally {
    await handle.close();
  }
}

async function* entriesOf(
  reader: FileReader,
  maxUnpacked: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ZipEntry, void, undefined> {
  const options = { lazyEntries: true, autoClose: false, strictFileNames: true };
  const zip = await fromRandomAccessReaderPromise(reader, reader.size, options).catch(failed);
  let unpacked = 0;
  const entries = zip.eachEntry();
  for (;;) {
    const { value: entry, done } = await entries.next().catch(failed);
    if (done) break;
    unpacked += entry.uncompressedSize;
    if (unpacked > maxUnpacked) throw new ArchiveError(`is larger than ${maxUnpacked} bytes when it is unpacked`);
    const content = contentOf(zip, entry, signal);
    const { fileName: path, uncompressedSize: size } = entry;
    yield { kind: kindOf(entry), path, size, head: content.head };
    await content.finish();
  }
  const next = await reader.signature(zip.readEntryCursor as unknown as number);
  if (!AFTER_DIRECTORY.includes(next)) {
    throw new ArchiveError('has more in its central directory than it says, so that tools see different files in it');
  }
}

function kindOf({ fileName, versionMadeBy, externalFileAttributes }: Entry): ZipEntry['kind'] {
  if (fileName.endsWith('/')) return 'directory';
  const isLink = versionMadeBy >>> 8 === UNIX && ((externalFileAttributes >>> 16) & FILE_TYPE) === SYMLINK;
  return isLink ? 'symlink' : 'file';
}

/** The content of an entry, which is read to its end once, whatever is asked for. */
function contentOf(zip: ZipFile, entry: Entry, signal: AbortSignal | undefined) {
  let hasRead = false;
  const head = async (most: number): Promise<Buffer> => {
    hasRead = true;
    await checkLocalHeader(zip, entry);
    return await readChecked(zip, entry, most, signal);
  };
  return {
    head,
    finish: async () => {
      if (!hasRead) await head(0);
    },
  };
}

async function checkLocalHeader(zip: ZipFile, entry: Entry): Promise<void> {
  const { fileName } = await zip.readLocalFileHeaderPromise(entry).catch(failed);
  if (!fileName.equals(entry.fileNameRaw)) {
    throw new ArchiveError(
      `calls a file ${quote(entry.fileName)} in one place and ${quote(fileName.toString('utf8'))} in another`,
    );
  }
}

async function readChecked(zip: ZipFile, entry: Entry, most: number, signal: AbortSignal | undefined): Promise<Buffer> {
  const name = quote(entry.fileName);
  if (entry.isEncrypted()) throw new ArchiveError(`is encrypted (${name})`);
  if (!entry.canDecodeFileData()) {
    throw new ArchiveError(`is packed by a method that few tools read (method ${entry.compressionMethod}, ${name})`);
  }
  const kept: Buffer[] = [];
  let room = most;
  let checksum = 0;
  try {
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      checksum = crc32(chunk, checksum);
      if (room > 0) kept.push(chunk.subarray(0, room));
      room -= chunk.length;
    }
  } catch (error) {
    signal?.throwIfAborted();
    failed(error);
  }
  if (checksum !== entry.crc32) throw new ArchiveError(`is not a whole archive: the checksum of ${name} is wrong`);
  return Buffer.concat(kept);
}

/** Whatever yauzl and zlib say about an archive; only an error of the file system has a `syscall`. */
function failed(error: unknown): never {
  if (error instanceof ArchiveError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
  const message = error instanceof Error ? error.message : String(error);
  const path = /^(?:invalid relative path|absolute path|invalid characters in fileName): (.*)$/s.exec(message)?.[1];
  if (path !== undefined) {
    throw new ArchiveError(`has an entry that leads out of the archive: ${quote(path)}`, { cause: error });
  }
  const reason = /^End of central directory record signature not found/.test(message)
    ? 'the end of a zip archive was not found'
    : message.replace(/\.$/, '');
  throw new ArchiveError(`is not a whole archive: ${reason}`, { cause: error });
}

/** An open file, of which a small one is read at once. It answers with an error where an archive points past its end. */
class FileReader extends RandomAccessReader {
  readonly size: number;
  readonly #handle: FileHandle;
  #whole: Buffer | undefined;

  constructor(handle: FileHandle, size: number) {
    super();
    this.#handle = handle;
    this.size = size;
  }

  async readSmall(): Promise<void> {
    if (this.size <= SMALL) this.#whole = await this.#handle.readFile();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (!this.#has(position, length)) callback(new ArchiveError('is not a whole archive: it points past its end'));
    else if (this.#whole === undefined) read(this.#handle.fd, buffer, offset, length, position, callback);
    else setImmediate(callback, null, this.#whole.copy(buffer, offset, position, position + length));
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#range(start, end), { objectMode: false });
  }

  /** Four bytes as a number; 0 past the end. */
  async signature(position: number): Promise<number> {
    if (!this.#has(position, 4)) return 0;
    const { buffer } = await this.#handle.read(Buffer.alloc(4), 0, 4, position);
    return buffer.readUInt32LE();
  }

  /** Not a stream of the file system: such a one closes the file when it is destroyed. */
  async *#range(start: number, end: number): AsyncGenerator<Buffer> {
    if (this.#whole !== undefined) return yield this.#whole.subarray(start, end);
    for (let at = start; at < end; ) {
      const length = Math.min(CHUNK, end - at);
      const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  #has(position: number, length: number): boolean {
    return position >= 0 && position + length <= this.size;
  }
}
