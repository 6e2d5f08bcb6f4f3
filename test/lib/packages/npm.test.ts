import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { npmNameProblem } from '../../../lib/packages/npm-name.ts';
import { type TestNpmTarball, writeNpmTarball } from '../../support/packages/npm.ts';
import { ReadingContext } from './reading-context.ts';

const context = new ReadingContext();
const FILE = 'acme-shop-1.0.0.tgz';

test('a tarball is one asset with what npm sends of it', async () => {
  const file = await writeNpmTarball(context.directory);
  const bytes = await readFile(file);
  const hash = (algorithm: string) => createHash(algorithm).update(bytes);
  expect(await context.read()).toEqual([
    {
      id: { format: 'npm', namespace: 'acme', name: 'shop', version: '1.0.0' },
      assets: [
        {
          name: 'package.tgz',
          file,
          size: bytes.length,
          sha256: hash('sha256').digest('hex'),
          details: {
            format: 'npm',
            manifest: { name: '@acme/shop', version: '1.0.0', description: 'A sample' },
            readme: '# Shop\n',
            integrity: `sha512-${hash('sha512').digest('base64')}`,
            shasum: hash('sha1').digest('hex'),
          },
        },
      ],
    },
  ]);
});

test.each<TestNpmTarball>([
  { file: 'acme-shop-1.0.0.tar.gz' },
  { file: 'package.tgz' },
  { file: 'acme-shop-v1.0.0.tgz' },
  { file: 'shop.tgz', root: 'shop' },
  { text: `\ufeff${JSON.stringify({ name: 'shop', version: '1.0.0' })}` },
  { manifest: { version: '1.0.0-fork-2.0.0' }, file: 'lodash-4.17.21-1.0.0-fork-2.0.0.tgz' },
  { manifest: { private: false } },
  { change: (files) => [...files, { path: 'package/Cargo.toml', content: '[package]' }, { path: 'package/PKG-INFO' }] },
])('a tarball may be made otherwise: %j', async (tarball) => {
  await writeNpmTarball(context.directory, tarball);
  expect((await context.readOne()).release.id).toMatchObject({ format: 'npm', name: 'shop' });
});

test('a package without a scope has no namespace', async () => {
  await writeNpmTarball(context.directory, { manifest: { name: 'shop' } });
  expect((await context.readOne()).release.id).toEqual({ format: 'npm', name: 'shop', version: '1.0.0' });
});

test('a README that is too large to be shown is left out, and README.md goes first', async () => {
  const readme = (path: string, content: string) => ({ path: `package/${path}`, content });
  await writeNpmTarball(context.directory, {
    change: ([manifest]) => [readme('README', 'plain'), readme('readme.md', 'x'.repeat(1024 ** 2 + 1)), manifest!],
  });
  expect((await context.readOne()).asset.details).toMatchObject({ readme: 'plain' });
});

describe('a tarball is refused', () => {
  const again = 'run npm pack again';
  test.each<[string, TestNpmTarball, string]>([
    [
      'when it is private',
      { manifest: { private: true } },
      "package.json says 'private', which keeps a package from being published; remove it, or leave the file out",
    ],
    [
      'when the file has another version',
      { file: 'acme-shop-1.0.1.tgz' },
      "the file name says version '1.0.1', and package.json says '@acme/shop' '1.0.0'; run npm pack again",
    ],
    [
      'when it has no name',
      { text: '{"version":"1.0.0"}' },
      `its package.json has no text as 'name'; add it, and ${again}`,
    ],
    [
      'when its version is no text',
      { manifest: { version: 1 } },
      `its package.json has no text as 'version'; add it, and ${again}`,
    ],
    [
      'when its name has capitals',
      { manifest: { name: 'Shop' } },
      `the name 'Shop' in package.json has capital letters; correct it, and ${again}`,
    ],
    [
      'when its version is written otherwise than npm keeps it',
      { manifest: { version: 'v1.0.0' } },
      "'v1.0.0' in package.json is no version as npm keeps it; write for example '1.2.0-rc.1', without build metadata",
    ],
    [
      'when its version has build metadata',
      { manifest: { version: '1.0.0+1' } },
      "'1.0.0+1' in package.json is no version as npm keeps it; write for example '1.2.0-rc.1', without build metadata",
    ],
    ['when its manifest is a list', { text: '[]' }, `its package.json is not a JSON object; ${again}`],
    [
      'when its manifest is not UTF-8',
      { text: Buffer.from('{"name":"\xe9"}', 'latin1') },
      'package.json is not text in UTF-8; build the package again with its metadata in UTF-8',
    ],
    [
      'when its manifest is too large',
      { text: Buffer.alloc(8 * 1024 ** 2 + 1, ' ') },
      'its package.json is larger than 8388608 bytes; make it shorter',
    ],
    [
      'when its manifest is there twice',
      { change: (files) => [...files, files[0]!] },
      'it holds package.json twice, so that tools see different ones; build the package again',
    ],
    [
      'when it has another folder beside',
      { change: (files) => [...files, { path: 'other/index.js' }] },
      "the archive has more than one folder at its top, 'package' and 'other'; build the package with the tool of its language",
    ],
    [
      'when a link leads out of it',
      { change: (files) => [...files, { path: 'package/x', target: '/etc/passwd' }] },
      "the archive has a link that leads out of it, 'package/x' to '/etc/passwd'; build the package with the tool of its language",
    ],
    [
      'when it holds no package.json',
      { change: (files) => files.slice(1) },
      'there is no package.json in the folder at its top, so it is no npm tarball; run npm pack again, or leave it out, or publish it as a generic package',
    ],
  ])('%s', async (_, tarball, message) => {
    await writeNpmTarball(context.directory, tarball);
    expect(await context.problems()).toEqual([`${tarball.file ?? FILE}: ${message}`]);
  });

  test('when its manifest is no JSON', async () => {
    await writeNpmTarball(context.directory, { text: '{' });
    const [problem] = await context.problems();
    expect(problem).toMatch(
      /^acme-shop-1\.0\.0\.tgz: its package\.json is not JSON that can be used \(.+\); run npm pack again$/,
    );
  });

  test('when its manifest is nested without end', async () => {
    const depth = 200_000;
    await writeNpmTarball(context.directory, { text: `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}` });
    const [problem] = await context.problems();
    expect(problem).toMatch(/its package\.json/);
  });
});

// Source of most: the tests of npm's own name checks, by their outcome.
test.each([
  ['shop', undefined],
  ['@acme/shop', undefined],
  ['shop-2.x_y', undefined],
  ['0', undefined],
  ['@acme/http', undefined],
  ['http', 'is that of a module of Node.js'],
  ['node_modules', 'is reserved'],
  ['favicon.ico', 'is reserved'],
  ['', 'is empty'],
  ['@acme/', 'is empty'],
  ['@/shop', 'is empty'],
  ['.shop', "begins with '.', '_' or '-'"],
  ['_shop', "begins with '.', '_' or '-'"],
  ['-shop', "begins with '.', '_' or '-'"],
  ['@acme/.shop', "begins with '.', '_' or '-'"],
  ['Shop', 'has capital letters'],
  [' shop', "has other characters than letters, digits, '.', '_' and '-'"],
  ['shop!', "has other characters than letters, digits, '.', '_' and '-'"],
  ['@acme/sh/op', "has other characters than letters, digits, '.', '_' and '-'"],
  ['@acme', "has other characters than letters, digits, '.', '_' and '-'"],
  ['ünder', "has other characters than letters, digits, '.', '_' and '-'"],
  ['sh\nop', "has other characters than letters, digits, '.', '_' and '-'"],
  ['a'.repeat(214), undefined],
  ['a'.repeat(215), 'is longer than 214 characters'],
])('the npm name %j %s', (name, problem) => expect(npmNameProblem(name)).toBe(problem));
