import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ZipFile } from 'yazl';
import { ArchiveError } from '../../../lib/archive/archive-error.ts';
import { zipEntries } from '../../../lib/archive/zip-entries.ts';
import { zipOf } from '../../support/packages/zip.ts';

const MEBIBYTE = 1024 ** 2;
let directory = '';
let file = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-zip-'));
  file = path.join(directory, 'archive.zip');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** All entries of an archive with the first bytes of their content. */
async function entriesOf(archive: Buffer, { most = 100, maxUnpacked = 10 * MEBIBYTE } = {}) {
  await writeFile(file, archive);
  const entries = [];
  for await (const entry of zipEntries(file, maxUnpacked)) {
    const { kind, path: name, size } = entry;
    entries.push({ kind, path: name, size, head: (await entry.head(most)).toString('utf8') });
  }
  return entries;
}

test('entries come in their order with what they hold', async () => {
  const archive = zipOf([
    { path: 'folder/', method: 0 },
    { path: 'folder/packed', content: 'packed' },
    { path: 'größe', content: 'stored', method: 0 },
    { path: 'link', content: 'folder/packed', mode: 0o120777 },
    { path: 'empty' },
  ]);
  expect(await entriesOf(archive, { most: 4 })).toEqual([
    { kind: 'directory', path: 'folder/', size: 0, head: '' },
    { kind: 'file', path: 'folder/packed', size: 6, head: 'pack' },
    { kind: 'file', path: 'größe', size: 6, head: 'stor' },
    { kind: 'symlink', path: 'link', size: 13, head: 'fold' },
    { kind: 'file', path: 'empty', size: 0, head: '' },
  ]);
});

test('an archive without entries has none', async () => {
  expect(await entriesOf(zipOf([]))).toEqual([]);
});

test('an archive of another writer, larger than what is read at once, is read', async () => {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.alloc(3 * MEBIBYTE, 'x'), 'stored', { compress: false });
  zip.addBuffer(Buffer.alloc(3 * MEBIBYTE, 'y'), 'packed', { forceZip64Format: true });
  zip.end({ forceZip64Format: true, comment: 'a comment' });
  const entries = await entriesOf(await buffer(zip.outputStream), { most: 3 });
  expect(entries).toMatchObject([
    { path: 'stored', size: 3 * MEBIBYTE, head: 'xxx' },
    { path: 'packed', size: 3 * MEBIBYTE, head: 'yyy' },
  ]);
});

test('the reading may end early', async () => {
  await writeFile(file, zipOf([{ path: 'a' }, { path: 'b' }]));
  for await (const { path: name } of zipEntries(file, MEBIBYTE)) {
    expect(name).toBe('a');
    break;
  }
});

test('a signal ends the reading in the middle of a file', async () => {
  await writeFile(file, zipOf([{ path: 'a', content: Buffer.alloc(9 * MEBIBYTE, 'x') }]));
  const reason = new Error('stopped');
  const entries = zipEntries(file, 10 * MEBIBYTE, AbortSignal.abort(reason));
  await entries.next();
  await expect(entries.next()).rejects.toBe(reason);
});

test('a missing file is no broken archive', async () => {
  const reading = zipEntries(path.join(directory, 'missing'), 1).next();
  await expect(reading).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('refused is an archive', () => {
  const good = zipOf([{ path: 'a', content: 'text' }]);
  const changed = (at: number, value: number, from = good) => {
    const copy = Buffer.from(from);
    copy[at < 0 ? from.length + at : at] = value;
    return copy;
  };
  test.each<[string, Buffer, string]>([
    ['that is cut', good.subarray(0, -1), 'is not a whole archive: the end of a zip archive was not found'],
    ['that is none', Buffer.from('text'), 'is not a whole archive: the end of a zip archive was not found'],
    [
      'whose checksum is wrong, though nobody asks for the content',
      zipOf([{ path: 'a', content: 'text', crc: 7 }]),
      "is not a whole archive: the checksum of 'a' is wrong",
    ],
    [
      'that has more entries than it counts',
      zipOf([{ path: 'a' }, { path: 'b' }], { count: 1 }),
      'has more in its central directory than it says, so that tools see different files in it',
    ],
    [
      'that counts more entries than it has',
      zipOf([{ path: 'a' }], { count: 2 }),
      'is not a whole archive: it points past its end',
    ],
    [
      'whose entry points past its end',
      changed(good.length - 22 - 47 + 45, 0x7f),
      'is not a whole archive: it points past its end',
    ],
    [
      'that is larger in all than is allowed',
      zipOf(Array.from({ length: 3 }, (_, n) => ({ path: `${n}`, content: Buffer.alloc(4 * MEBIBYTE) }))),
      'is larger than 10485760 bytes when it is unpacked',
    ],
    [
      'with an entry that holds more than it says',
      zipOf([{ path: 'a', content: Buffer.alloc(20 * MEBIBYTE), size: 10 }]),
      'is not a whole archive: too many bytes in the stream. expected 10. got at least 16384',
    ],
    [
      'with an entry that holds less than it says',
      zipOf([{ path: 'a', content: 'text', size: 10 }]),
      'is not a whole archive: not enough bytes in the stream. expected 10. got only 4',
    ],
  ])('%s', async (_, archive, message) => {
    const reading = (async () => {
      await writeFile(file, archive);
      for await (const entry of zipEntries(file, 10 * MEBIBYTE)) expect(typeof entry.path).toBe('string');
    })();
    const error = await reading.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ArchiveError);
    expect((error as ArchiveError).message).toBe(message);
  });
});

test('whatever the bytes are, an archive is read or refused', async () => {
  const good = zipOf([
    { path: 'folder/', method: 0 },
    { path: 'folder/a', content: 'some text, '.repeat(20) },
    { path: 'b', content: 'stored', method: 0 },
  ]);
  const flips = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(flips, async (changes) => {
      const archive = Buffer.from(good);
      for (const [at, value] of changes) archive[at] = value;
      const outcome = await entriesOf(archive).catch((error: unknown) => error);
      if (!Array.isArray(outcome)) expect(outcome).toBeInstanceOf(ArchiveError);
    }),
    { numRuns: 1000 },
  );
});
