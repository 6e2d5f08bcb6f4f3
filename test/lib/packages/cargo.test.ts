import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../lib/hosts/host.ts';
import { CRATES_IO_INDEX, forRegistry } from '../../../lib/packages/cargo-description.ts';
import { type TestCrate, writeCrate } from '../../support/packages/crate.ts';
import { ReadingContext } from './reading-context.ts';

const context = new ReadingContext();
const described = async (crate: TestCrate): Promise<Readonly<Record<string, Json>>> => {
  await writeCrate(context.directory, crate);
  const { details } = (await context.readOne()).asset;
  if (details.format !== 'cargo') throw new Error(details.format);
  return details.description;
};

test('a crate is one asset with what cargo sends before it', async () => {
  const more = `
authors = ["A <a@example.com>"]
description = "A sample"
documentation = "https://example.com/d"
homepage = "https://example.com"
repository = "https://example.com/r"
keywords = ["k"]
categories = ["c"]
license = "MIT"
license-file = "LICENSE"
links = "z"
rust-version = "1.70"
[badges.ci]
branch = "main"
[features]
default = ["one"]
one = ["dep:other"]
`;
  expect(await described({ name: 'Acme-Shop', more })).toEqual({
    name: 'Acme-Shop',
    vers: '1.0.0',
    deps: [],
    features: { default: ['one'], one: ['dep:other'] },
    authors: ['A <a@example.com>'],
    description: 'A sample',
    documentation: 'https://example.com/d',
    homepage: 'https://example.com',
    readme: '# Shop\n',
    readme_file: 'README.md',
    keywords: ['k'],
    categories: ['c'],
    license: 'MIT',
    license_file: 'LICENSE',
    repository: 'https://example.com/r',
    badges: { ci: { branch: 'main' } },
    links: 'z',
    rust_version: '1.70',
  });
  const { release, asset } = await context.readOne();
  expect(release.id).toEqual({ format: 'cargo', name: 'acme-shop', version: '1.0.0' });
  expect(asset.name).toBe('Acme-Shop-1.0.0.crate');
});

test('dependencies of all kinds', async () => {
  const more = `
[dependencies]
plain = "1.2"
[dependencies.renamed]
version = ">= 1, <3"
package = "real"
optional = true
default-features = false
features = ["x"]
registry-index = "sparse+https://example.com/"
[dev-dependencies.tested]
version = "0.1.*"
[dev-dependencies.beside]
path = "../beside"
[build-dependencies.built]
version = "=1.0.0-rc.1"
[target."cfg(windows)".dependencies.win]
version = "~2"
[target.x86_64-unknown-linux-gnu.dev-dependencies.tux]
version = "*"
`;
  const { deps } = await described({ more });
  const usual = {
    features: [],
    optional: false,
    default_features: true,
    target: null,
    kind: 'normal',
    registry: CRATES_IO_INDEX,
    explicit_name_in_toml: null,
  };
  expect(deps).toEqual([
    { ...usual, name: 'plain', version_req: '^1.2' },
    {
      ...usual,
      name: 'real',
      version_req: '>=1, <3',
      features: ['x'],
      optional: true,
      default_features: false,
      registry: 'sparse+https://example.com/',
      explicit_name_in_toml: 'renamed',
    },
    { ...usual, name: 'tested', version_req: '0.1.*', kind: 'dev' },
    { ...usual, name: 'built', version_req: '=1.0.0-rc.1', kind: 'build' },
    { ...usual, name: 'win', version_req: '~2', target: 'cfg(windows)' },
    { ...usual, name: 'tux', version_req: '*', target: 'x86_64-unknown-linux-gnu', kind: 'dev' },
  ]);
});

test('a dependency from the registry itself has no registry', async () => {
  const own = 'sparse+https://example.com/';
  const more = `[dependencies.a]\nversion = "1"\nregistry-index = "${own}"\n[dependencies.b]\nversion = "1"\n`;
  const sent = forRegistry(await described({ more }), (index) => index === own);
  expect(sent.deps).toMatchObject([{ registry: null }, { registry: CRATES_IO_INDEX }]);
});

test.each([
  ['README.md', '# Shop\n'],
  ['docs/about.md', 'About\n'],
  ['missing.md', null],
])('the README is %s', async (path, readme) => {
  const text = `[package]\nname = "acme-shop"\nversion = "1.0.0"\nreadme = "${path}"\n`;
  const about = { path: 'acme-shop-1.0.0/docs/about.md', content: 'About\n' };
  const description = await described({ text, change: (files) => [...files, about] });
  expect(description).toMatchObject({ readme, readme_file: path });
});

test('a crate may have no README, build metadata in its version, and another ending', async () => {
  const text = '[package]\nname = "acme-shop"\nversion = "1.0.0+1"\nreadme = false\n';
  const description = await described({ text, root: 'acme-shop-1.0.0+1', file: 'crate.tar.gz' });
  expect(description).toMatchObject({ vers: '1.0.0+1', readme: null, readme_file: null });
});

test('a crate may hold an npm package', async () => {
  const more = { path: 'acme-shop-1.0.0/package.json', content: '{}' };
  expect(await described({ change: (files) => [more, ...files] })).toMatchObject({ name: 'acme-shop' });
});

test.each(['"team"', '"crates-io", "team"'])('a crate that may go to %s is read', async (list) => {
  expect(await described({ more: `publish = [${list}]\n` })).toMatchObject({ name: 'acme-shop' });
});

describe('a crate is refused', () => {
  const again = 'run cargo package again';
  test.each<[string, TestCrate, string]>([
    [
      'when the file has another version',
      { file: 'acme-shop-1.0.1.crate' },
      `the file name says 'acme-shop-1.0.1', and Cargo.toml says 'acme-shop-1.0.0'; ${again}, and do not rename the file`,
    ],
    [
      'when the folder has another name',
      { root: 'other-1.0.0' },
      `the folder in it is 'other-1.0.0', and Cargo.toml says 'acme-shop-1.0.0'; ${again}`,
    ],
    [
      'when it must not be published',
      { more: 'publish = false\n' },
      "Cargo.toml says 'publish = false', which keeps the crate from this registry; remove it, or leave the file out",
    ],
    [
      'when it may be published nowhere',
      { more: 'publish = []\n' },
      "Cargo.toml says 'publish = []', which keeps the crate from this registry; remove it, or leave the file out",
    ],
    [
      'when it may be published elsewhere only',
      { more: 'publish = ["crates-io"]\n' },
      `Cargo.toml says 'publish = ["crates-io"]', which keeps the crate from this registry; remove it, or leave the file out`,
    ],
    [
      'when its name is none',
      { text: '[package]\nname = "1shop"\nversion = "1.0.0"' },
      "'1shop' in Cargo.toml is no name of a crate; write at most 64 ASCII letters, digits, '-' and '_', with a letter first",
    ],
    [
      'when its version is none',
      { text: '[package]\nname = "shop"\nversion = "1.0"' },
      "'1.0' in Cargo.toml is no version; write for example '1.2.0-rc.1'",
    ],
    [
      'when it is a workspace',
      { text: '[workspace]\nmembers = []' },
      "'' in Cargo.toml is no name of a crate; write at most 64 ASCII letters, digits, '-' and '_', with a letter first",
    ],
    [
      'when a member has another type',
      { more: 'description = 1\n' },
      `'package description' in Cargo.toml must be text; ${again}`,
    ],
    [
      'when a dependency is no table',
      { more: '[dependencies]\nother = 1\n' },
      `'[dependencies] other' in Cargo.toml must be a table; ${again}`,
    ],
    [
      'when a dependency has no version',
      { more: '[dependencies.other]\ngit = "https://example.com"\n' },
      `the dependency 'other' in Cargo.toml has no version; add it, and ${again}`,
    ],
    [
      'when Cargo.toml is not UTF-8',
      { text: Buffer.from('# \xe9', 'latin1') },
      'Cargo.toml is not text in UTF-8; build the package again with its metadata in UTF-8',
    ],
    [
      'when a link leads out of it',
      { change: (files) => [...files, { path: 'acme-shop-1.0.0/x', target: '../..' }] },
      "the archive has a link that leads out of it, 'acme-shop-1.0.0/x' to '../..'; build the package with the tool of its language",
    ],
    [
      'when it holds no Cargo.toml',
      { change: (files) => files.slice(1) },
      `there is no Cargo.toml in the folder at its top, so it is no crate; ${again}`,
    ],
  ])('%s', async (_, crate, message) => {
    await writeCrate(context.directory, crate);
    expect(await context.problems()).toEqual([`${crate.file ?? 'acme-shop-1.0.0.crate'}: ${message}`]);
  });

  test.each(['= 1', 'a = [', `a = ${'['.repeat(100_000)}`, 'a = 1\na = 2'])(
    'when Cargo.toml is no TOML',
    async (text) => {
      await writeCrate(context.directory, { text });
      const [problem] = await context.problems();
      expect(problem).toMatch(
        /^acme-shop-1\.0\.0\.crate: its Cargo\.toml is not TOML \(.+\); run cargo package again$/,
      );
    },
  );
});
