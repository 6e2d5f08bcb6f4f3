import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of a zip archive. Everything but the path and the content can be wrong on purpose. */
export interface TestZipEntry {
  readonly path: string;
  readonly content?: Buffer | string;
  /** What the local header says in place of `path`. */
  readonly localPath?: string;
  /** 8 unless given: deflate. */
  readonly method?: number;
  /** General purpose bit flag; 1 is encrypted. UTF-8 unless given. */
  readonly flags?: number;
  readonly crc?: number;
  /** Unpacked bytes, as the archive says them. */
  readonly size?: number;
  /** Of Unix, with the type of the file: 0o120777 is a symbolic link. */
  readonly mode?: number;
}

const UTF8 = 0x800;
const MADE_BY_UNIX = (3 << 8) | 20;

/** A zip archive as it is told to be. `count`: how many entries the end says that there are. */
export function zipOf(entries: readonly TestZipEntry[], { count = entries.length }: { count?: number } = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { path, content = '', localPath = path, method = 8, flags = UTF8, mode = 0o100644 } = entry;
    // A large content is not copied.
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags, 2);
    shared.writeUInt16LE(method, 4);
    shared.writeUInt32LE(0x00210000, 6);
    shared.writeUInt32LE(entry.crc ?? crc32(bytes), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(entry.size ?? bytes.length, 18);
    const header = (name: string) => {
      const filled = Buffer.from(shared);
      filled.writeUInt16LE(Buffer.byteLength(name), 22);
      return filled;
    };
    const local = [Buffer.from('PK\x03\x04'), header(localPath), Buffer.from(localPath), packed];
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(MADE_BY_UNIX);
    central.push(Buffer.from('PK\x01\x02'), madeBy, header(path), rest, Buffer.from(path));
    locals.push(...local);
    for (const { length } of local) offset += length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end]);
}
