import { open } from 'node:fs/promises';

/** What a file is by its first bytes. */
export type FileKind =
  | 'zip'
  | 'gzip'
  | 'xml'
  | 'RPM'
  | 'deb'
  | 'gem'
  | 'tar'
  | 'other tarball'
  | 'Windows program'
  | 'script'
  | 'other';

/** A header of tar is as long as this. */
const LOOK = 512;
const USTAR_AT = 257;

/**
 * Source: APPNOTE.TXT, 4.3.7 and 4.3.16 (an empty archive); RFC 1952, 2.3.1; RPM, "Package format", lead; deb(5); the
 * formats of bzip2, xz, zstd and MS-DOS programs.
 */
const MAGIC: readonly (readonly [FileKind, ...string[]])[] = [
  ['zip', 'PK\x03\x04', 'PK\x05\x06'],
  ['gzip', '\x1f\x8b'],
  ['RPM', '\xed\xab\xee\xdb'],
  ['deb', '!<arch>\ndebian-binary'],
  ['other tarball', 'BZh', '\xfd7zXZ\0', '\x28\xb5\x2f\xfd'],
  ['Windows program', 'MZ'],
  ['script', '#!'],
];
/** Source: RubyGems, whose archive begins with one of these. */
const GEM = ['metadata.gz\0', 'data.tar.gz\0', 'checksums.yaml.gz\0'];

/** Looks at the first bytes of a file. */
export async function fileKind(file: string): Promise<FileKind> {
  const first = (await firstBytes(file)).toString('latin1');
  const known = MAGIC.find(([, ...magic]) => magic.some((each) => first.startsWith(each)));
  if (known !== undefined) return known[0];
  // Source: POSIX, pax, "ustar Interchange Format".
  if (first.startsWith('ustar', USTAR_AT)) return GEM.some((name) => first.startsWith(name)) ? 'gem' : 'tar';
  return /^(?:\xef\xbb\xbf)?\s*</.test(first) ? 'xml' : 'other';
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOK), 0, LOOK, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
