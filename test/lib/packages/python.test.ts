import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { type TestSdist, writeSdist } from '../../support/packages/sdist.ts';
import { coreMetadata, type TestWheel, writeWheel } from '../../support/packages/wheel.ts';
import type { TestZipEntry } from '../../support/packages/zip.ts';
import { ReadingContext } from './reading-context.ts';

const context = new ReadingContext();
const wheelProblems = async (wheel: TestWheel) => {
  await writeWheel(context.directory, wheel);
  return await context.problems();
};
const sdistProblems = async (sdist: TestSdist) => {
  await writeSdist(context.directory, sdist);
  return await context.problems();
};
const WHEEL = 'acme_shop-1.0.0-py3-none-any.whl';
const SDIST = 'acme_shop-1.0.0.tar.gz';
const big = Buffer.alloc(8 * 1024 ** 2 + 1, 'x');

test('a wheel and an sdist are assets of one version', async () => {
  const wheel = await writeWheel(context.directory, { name: 'Acme.Shop', version: '1.0.0' });
  const sdist = await writeSdist(context.directory, { name: 'Acme.Shop', version: '1.0.0' });
  const [release, ...more] = await context.read();
  expect(more).toEqual([]);
  expect(release?.id).toEqual({ format: 'pypi', name: 'acme-shop', version: '1.0.0' });
  const common = [
    ['metadata_version', '2.1'],
    ['name', 'Acme.Shop'],
    ['version', '1.0.0'],
    ['summary', 'A sample'],
    ['description', 'A longer text.\n'],
  ];
  const described = async (file: string, name: string, ...own: (readonly [string, string])[]) => {
    const bytes = await readFile(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { name, file, size: bytes.length, sha256, details: { format: 'pypi', fields: [...common, ...own] } };
  };
  expect(release?.assets).toEqual([
    await described(wheel, WHEEL, ['filetype', 'bdist_wheel'], ['pyversion', 'py3']),
    await described(sdist, SDIST, ['filetype', 'sdist'], ['pyversion', 'source']),
  ]);
});

test('the version stays as it is written', async () => {
  await writeSdist(context.directory, { version: '1.0.0-RC1', file: 'acme_shop-1.0.0rc1.tar.gz' });
  expect((await context.readOne()).release.id.version).toBe('1.0.0-RC1');
});

test.each([
  { name: 'acme-shop', file: 'acme-shop-1.0.0.tar.gz', root: 'acme-shop-1.0.0' },
  { name: 'Acme.Shop', file: 'Acme.Shop-1.0.0.tar.gz', root: 'Acme.Shop-1.0.0' },
  { name: 'acme-shop', file: 'acme_shop-1.0.0.tar.gz', root: './acme-shop-1.0.0' },
])('an sdist with a name from before PEP 625 is read: $file', async (sdist) => {
  await writeSdist(context.directory, sdist);
  expect((await context.readOne()).asset.name).toBe(sdist.file);
});

test.each([
  { version: '1.0.0+linux.1', file: 'acme_shop-1.0.0+linux.1-2b-py2.py3-none-any.whl' },
  { version: '1.0.0-1', file: 'acme_shop-1.0.0_1-py3-none-any.whl', info: 'acme_shop-1.0.0_1.dist-info' },
  { version: '1.0', file: 'Acme_Shop-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl' },
])('a wheel is read: $file', async (wheel) => {
  await writeWheel(context.directory, wheel);
  const { asset } = await context.readOne();
  expect(asset.details).toMatchObject({ fields: expect.arrayContaining([['version', wheel.version]]) });
});

test('an sdist may hold a crate and an npm package', async () => {
  const more = ['Cargo.toml', 'package.json'].map((name) => ({ path: `acme_shop-1.0.0/${name}`, content: '{}' }));
  await writeSdist(context.directory, { change: (files) => [...more, ...files] });
  expect((await context.readOne()).release.id.format).toBe('pypi');
});

describe('a wheel is refused', () => {
  test.each<[string, TestWheel, string]>([
    [
      'when its file has another name',
      { file: 'other-1.0.0-py3-none-any.whl' },
      "the file name says 'other' '1.0.0', and METADATA says 'acme-shop' '1.0.0'; build the wheel again, and do not rename it",
    ],
    [
      'when its file has another version',
      { file: 'acme_shop-1.0.1-py3-none-any.whl' },
      "the file name says 'acme_shop' '1.0.1', and METADATA says 'acme-shop' '1.0.0'; build the wheel again, and do not rename it",
    ],
    [
      'when its folder has another version',
      { info: 'acme_shop-1.0.1.dist-info' },
      "the folder in it is 'acme_shop-1.0.1.dist-info', and METADATA says 'acme-shop' '1.0.0'; build the wheel again",
    ],
    [
      'when its name is that of no wheel',
      { file: 'acme_shop.whl' },
      "the file name is not that of a wheel, '<name>-<version>-<python>-<abi>-<platform>.whl'; build it again, and do not rename it",
    ],
    [
      'when its metadata is not UTF-8',
      { metadata: Buffer.from(coreMetadata('acme-shop', '1.0.0', 'Author: J\xf6rg\n'), 'latin1') },
      'METADATA is not text in UTF-8; build the package again with its metadata in UTF-8',
    ],
    [
      'when its metadata is too large',
      { metadata: big },
      'its METADATA is larger than 8388608 bytes; make the description shorter',
    ],
    [
      'when it has METADATA twice',
      { change: (entries) => [...entries, entries[1]!] },
      'the wheel has METADATA twice, and only one is allowed; build it again',
    ],
    [
      'when it has two packages',
      { change: (entries) => [...entries, { path: 'other-1.dist-info/METADATA' }] },
      "the wheel has 'acme_shop-1.0.0.dist-info' and 'other-1.dist-info', and only one is allowed; build it again",
    ],
    [
      'when it has no METADATA',
      { change: (entries) => entries.filter(({ path }) => !path.endsWith('METADATA')) },
      "there is no '*.dist-info/METADATA' in it, so it is no wheel; build it again",
    ],
    [
      'when it has no WHEEL',
      { change: (entries) => entries.filter(({ path }) => !path.endsWith('WHEEL')) },
      "the wheel has no 'acme_shop-1.0.0.dist-info/WHEEL'; build it again",
    ],
    [
      'when a link leads out of it',
      { change: (entries) => [...entries, { path: 'shop/a', content: '../../etc/passwd', mode: 0o120777 }] },
      "the archive has a link that leads out of it, 'shop/a' to '../../etc/passwd'; build the package without it",
    ],
  ])('%s', async (_, wheel, message) => {
    expect(await wheelProblems(wheel)).toEqual([`${wheel.file ?? WHEEL}: ${message}`]);
  });

  test.each<[string, (entry: TestZipEntry) => TestZipEntry, string]>([
    ['climbs', (entry) => ({ ...entry, path: '../x.py' }), "it has an entry that leads out of the archive: '../x.py'"],
    ['is absolute', (entry) => ({ ...entry, path: '/x.py' }), "it has an entry that leads out of the archive: '/x.py'"],
    [
      'has a backslash',
      (entry) => ({ ...entry, path: '..\\x' }),
      "it has an entry that leads out of the archive: '..\\\\x'",
    ],
    ['has a drive', (entry) => ({ ...entry, path: 'C:x' }), "it has an entry that leads out of the archive: 'C:x'"],
    ['is encrypted', (entry) => ({ ...entry, flags: 1 }), "it is encrypted ('acme_shop.py')"],
    [
      'has a wrong checksum',
      (entry) => ({ ...entry, crc: 1 }),
      "it is not a whole archive: the checksum of 'acme_shop.py' is wrong",
    ],
    [
      'is called otherwise in its own header',
      (entry) => ({ ...entry, localPath: 'other.py' }),
      "it calls a file 'acme_shop.py' in one place and 'other.py' in another",
    ],
    [
      'is packed by another method',
      (entry) => ({ ...entry, method: 14 }),
      "it is packed by a method that few tools read (method 14, 'acme_shop.py')",
    ],
    [
      'is larger than it says',
      (entry) => ({ ...entry, size: 1 }),
      'it is not a whole archive: too many bytes in the stream. expected 1. got at least 3',
    ],
    [
      'claims to be huge',
      (entry) => ({ ...entry, size: 2 * 1024 ** 3 }),
      'it is larger than 1073741824 bytes when it is unpacked',
    ],
  ])('when an entry %s', async (_, change, message) => {
    const problems = await wheelProblems({ change: ([first, ...rest]) => [change(first!), ...rest] });
    expect(problems).toEqual([`${WHEEL}: ${message}; build it again`]);
  });
});

describe('an sdist is refused', () => {
  const root = 'acme_shop-1.0.0';
  test.each<[string, TestSdist, string]>([
    [
      'when its file has another version',
      { file: 'acme_shop-1.0.1.tar.gz' },
      "the file name says 'acme_shop-1.0.1', and PKG-INFO says 'acme-shop' '1.0.0'; build the sdist again, and do not rename it",
    ],
    [
      'when its folder has another version',
      { root: 'acme_shop-2' },
      "the folder in it is 'acme_shop-2', and PKG-INFO says 'acme-shop' '1.0.0'; build the sdist again",
    ],
    [
      'when an entry climbs',
      { change: (files) => [...files, { path: `${root}/../../x` }] },
      `the archive has an entry that leads out of it, '${root}/../../x'; build the package with the tool of its language`,
    ],
    [
      'when an entry is absolute',
      { change: (files) => [...files, { path: '/etc/x' }] },
      "the archive has an entry that leads out of it, '/etc/x'; build the package with the tool of its language",
    ],
    [
      'when an entry has a backslash',
      { change: (files) => [...files, { path: `${root}/..\\x` }] },
      `the archive has an entry that leads out of it, '${root}/..\\\\x'; build the package with the tool of its language`,
    ],
    [
      'when an entry has a control character',
      { change: (files) => [...files, { path: `${root}/\u0007` }] },
      `the archive has an entry that leads out of it, '${root}/\\u0007'; build the package with the tool of its language`,
    ],
    [
      'when a symbolic link leads out',
      { change: (files) => [...files, { path: `${root}/a`, target: '../../x' }] },
      `the archive has a link that leads out of it, '${root}/a' to '../../x'; build the package with the tool of its language`,
    ],
    [
      'when a hard link leads out',
      { change: (files) => [...files, { path: `${root}/a`, target: '/etc/passwd', type: 'link' }] },
      `the archive has a link that leads out of it, '${root}/a' to '/etc/passwd'; build the package with the tool of its language`,
    ],
    [
      'when there is more than one folder',
      { change: (files) => [...files, { path: 'other/x' }] },
      `the archive has more than one folder at its top, '${root}' and 'other'; build the package with the tool of its language`,
    ],
    [
      'when PKG-INFO is there twice',
      { change: (files) => [...files, { path: `./${root}/PKG-INFO` }] },
      'it holds PKG-INFO twice, so that tools see different ones; build the package again',
    ],
    [
      'when PKG-INFO is a link',
      { change: ([, ...rest]) => [...rest, { path: `${root}/PKG-INFO`, target: 'x' }] },
      'its PKG-INFO is no regular file; build the package again',
    ],
    ['when PKG-INFO is too large', { metadata: big }, 'its PKG-INFO is larger than 8388608 bytes; make it shorter'],
  ])('%s', async (_, sdist, message) => {
    expect(await sdistProblems(sdist)).toEqual([`${sdist.file ?? SDIST}: ${message}`]);
  });

  test('when it is called by another ending', async () => {
    expect(await sdistProblems({ file: 'acme_shop-1.0.0.tgz' })).toEqual([
      "acme_shop-1.0.0.tgz: it is a Python sdist, whose name must end with '.tar.gz'; build it again",
    ]);
  });
});

test('links and folders that stay inside are no harm', async () => {
  const root = 'acme_shop-1.0.0';
  await writeSdist(context.directory, {
    change: (files) => [
      { path: './', type: 'directory' },
      { path: `${root}/`, type: 'directory' },
      ...files,
      { path: `${root}/docs/a`, target: '../PKG-INFO' },
      { path: `${root}/b`, target: `${root}/PKG-INFO`, type: 'link' },
    ],
  });
  expect((await context.readOne()).asset.name).toBe(SDIST);
});

test('one version that is written in two ways is refused', async () => {
  await writeWheel(context.directory, { version: '1.0' });
  await writeSdist(context.directory, { version: '1.0.0' });
  expect(await context.problems()).toEqual([
    "acme_shop-1.0.0.tar.gz: it says version '1.0.0', and acme_shop-1.0-py3-none-any.whl says '1.0', which is the same version; build them together",
  ]);
});
