import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { ArchiveError } from '../../../lib/archive/archive-error.ts';
import { leadsOut, linkLeadsOut, partsOf } from '../../../lib/archive/entry-path.ts';
import { tarEntries } from '../../../lib/archive/tar-entries.ts';
import { tarOf } from '../../support/test-image.ts';

// What is common to all tar archives. The suites of layers and packages show the rest.

const MEBIBYTE = 1024 ** 2;
const FILES = [
  { path: 'folder/', type: 'directory' },
  { path: 'folder/a', content: 'some text', mode: 0o640 },
  { path: 'link', target: 'folder/a' },
  { path: 'hard', target: 'folder/a', type: 'link' },
  { path: `${'long/'.repeat(60)}name`, content: 'x' },
] as const;

async function entriesOf(archive: Buffer, { most = 4, maxUnpacked = MEBIBYTE } = {}) {
  const entries = [];
  for await (const entry of tarEntries(Readable.from([archive]), maxUnpacked)) {
    const { kind, path, size, mode, target } = entry;
    entries.push({ kind, path, size, mode, target, head: (await entry.head(most)).toString('utf8') });
  }
  return entries;
}

test.each([
  ['plain', (tar: Buffer) => tar],
  ['gzip', (tar: Buffer) => gzipSync(tar)],
  ['zstd', (tar: Buffer) => zstdCompressSync(tar)],
])('entries come in their order with what they hold: %s', async (_, pack) => {
  expect(await entriesOf(pack(await tarOf(FILES)))).toEqual([
    { kind: 'directory', path: 'folder/', size: 0, mode: 0o755, target: '', head: '' },
    { kind: 'file', path: 'folder/a', size: 9, mode: 0o640, target: '', head: 'some' },
    { kind: 'symlink', path: 'link', size: 0, mode: 0o755, target: 'folder/a', head: '' },
    { kind: 'hard-link', path: 'hard', size: 0, mode: 0o755, target: 'folder/a', head: '' },
    { kind: 'file', path: FILES[4].path, size: 1, mode: 0o755, target: '', head: 'x' },
  ]);
});

test('all bytes of the source go by, also zeros after the archive', async () => {
  const archive = Buffer.concat([gzipSync(await tarOf(FILES)), Buffer.alloc(1000)]);
  const hash = createHash('sha256');
  const names = [];
  const source = Readable.from([archive.subarray(0, 100), archive.subarray(100)]);
  for await (const { path } of tarEntries(source, MEBIBYTE, (chunk) => hash.update(chunk))) names.push(path);
  expect(names).toHaveLength(FILES.length);
  expect(hash.digest('hex')).toBe(createHash('sha256').update(archive).digest('hex'));
});

test('the reading may end early, and ends the source', async () => {
  const source = Readable.from([await tarOf(FILES)]);
  for await (const { path } of tarEntries(source, MEBIBYTE)) {
    expect(path).toBe('folder/');
    break;
  }
  expect(source.destroyed).toBe(true);
});

test('an error of the source stays what it is', async () => {
  const error = new Error('gone');
  const source = new Readable({ read: () => {} });
  const reading = tarEntries(source, MEBIBYTE).next();
  source.destroy(error);
  await expect(reading).rejects.toBe(error);
});

test.each<[string, (tar: Buffer) => Buffer, RegExp]>([
  ['cut', (tar) => gzipSync(tar).subarray(0, -10), /^is not a whole archive: /],
  [
    'cut before it is packed',
    (tar) => gzipSync(tar.subarray(0, 1100)),
    /^is not a whole archive: Unexpected end of data$/,
  ],
  ['no tar', () => gzipSync('x'.repeat(1024)), /^is not a whole archive: Invalid tar header/],
  ['bzip2', () => Buffer.from('BZh91AY&SY'), /^is packed by bzip2, which is not read$/],
  ['too large', () => gzipSync(Buffer.alloc(MEBIBYTE + 1)), /^is larger than 1048576 bytes when it is unpacked$/],
])('refused is an archive that is %s', async (_, change, message) => {
  const error = await entriesOf(change(await tarOf(FILES))).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ArchiveError);
  expect((error as ArchiveError).message).toMatch(message);
});

describe('paths', () => {
  test.each([
    ['a/b', ['a', 'b']],
    ['./a//b/', ['a', 'b']],
    ['.', []],
  ])('the parts of %j', (path, parts) => expect(partsOf(path)).toEqual(parts));

  test.each(['/a', '../a', 'a/../b', 'a/..', 'a\\b', 'C:a', 'C:/a', 'a\nb', 'a\0'])('%j leads out', (path) =>
    expect(leadsOut(path)).toBe(true),
  );

  test.each(['a', 'a/b', './a', 'a..b', '..a', 'a/...', 'größe', 'a b'])('%j stays in', (path) =>
    expect(leadsOut(path)).toBe(false),
  );

  test.each([
    ['symlink', 'a/b', 'c', false],
    ['symlink', 'a/b', '../c', false],
    ['symlink', 'a/b', '../../c', true],
    ['symlink', 'a/b', 'c/../../../d', true],
    ['symlink', 'a', '/c', true],
    ['symlink', 'a', '..\\c', true],
    ['symlink', 'a', 'C:c', true],
    ['hard-link', 'a/b', 'a/c', false],
    ['hard-link', 'a/b', '../c', true],
    ['hard-link', 'a/b', '/c', true],
  ] as const)('a %s at %s to %s leads out: %p', (kind, path, target, expected) =>
    expect(linkLeadsOut(kind, path, target)).toBe(expected),
  );
});
