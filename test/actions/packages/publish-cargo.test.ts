import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { DOMAIN, loginTo } from '../../local-aws/codeartifact-client.ts';
import { requires } from '../../support/requires.ts';
import { openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPOSITORY } from './workplace.ts';

// Crates: packed by cargo, published by us, and built into others by cargo from each Region.

const cargo = requires('cargo', 'it packs crates and builds with them');

let place: PublishWorkplace;
let root: string;

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  await place.reset();
  root = mkdtempSync(path.join(place.root, 'cargo-'));
});

/** A crate's folder, whose registry `team` is that of one Region. */
async function project(
  region: string,
  {
    name,
    version,
    dependencies = '',
    source,
  }: { name: string; version: string; dependencies?: string; source: string },
  repository = REPOSITORY,
): Promise<string> {
  const folder = mkdtempSync(path.join(root, `${name}-`));
  const { endpoint, token } = await loginTo(place.client(region), repository, 'cargo');
  mkdirSync(path.join(folder, 'src'));
  mkdirSync(path.join(folder, '.cargo'));
  const about = `name = "${name}"\nversion = "${version}"\nedition = "2021"\ndescription = "A sample"\nlicense = "MIT"\n`;
  writeFileSync(path.join(folder, 'Cargo.toml'), `[package]\n${about}\n[dependencies]\n${dependencies}\n`);
  writeFileSync(path.join(folder, 'src', source.includes('fn main') ? 'main.rs' : 'lib.rs'), source);
  writeFileSync(
    path.join(folder, '.cargo', 'config.toml'),
    `[registries.team]\nindex = "sparse+${endpoint}"\ntoken = "Bearer ${token}"\ncredential-provider = ["cargo:token"]\n`,
  );
  return folder;
}

async function run(folder: string, ...words: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    CARGO_HOME: path.join(folder, 'home'),
    CARGO_NET_RETRY: '0',
  };
  const { stdout, stderr } = await promisify(execFile)(cargo.path, words, { cwd: folder, env });
  return stdout + stderr;
}

/** Packs a crate against the registry of the primary Region, and gives the file. */
async function pack(crate: { name: string; version: string; dependencies?: string; source: string }): Promise<string> {
  const folder = await project(PRIMARY, crate);
  await run(folder, 'package', '--no-verify', '--allow-dirty');
  return path.join(folder, 'target', 'package', `${crate.name}-${crate.version}.crate`);
}

const text = (version: string) => `pub const TEXT: &str = "${version}";\n`;

cargo.test(
  'cargo builds with one version after the other from each Region, also with what a crate needs from there',
  async () => {
    for (const version of ['1.0.0', '1.1.0']) {
      const base = await pack({ name: 'base_crate', version, source: text(version) });
      expect(await place.publish({ files: base })).toMatchObject({ exitCode: 0, outputs: { published: '3' } });
    }
    // Its dependency names the registry of the primary Region, and has to be found in each.
    const middle = await pack({
      name: 'middle',
      version: '0.1.0',
      dependencies: 'base_crate = { version = "1", registry = "team" }',
      source: "pub fn text() -> &'static str { base_crate::TEXT }\n",
    });
    expect(await place.publish({ files: middle })).toMatchObject({ exitCode: 0 });
    for (const region of REGIONS) {
      const user = await project(region, {
        name: 'user',
        version: '0.1.0',
        dependencies: 'middle = { version = "0.1", registry = "team" }',
        source: 'fn main() { println!("{}", middle::text()); }\n',
      });
      const since = place.lastCall();
      expect(await run(user, 'run', '--quiet')).toContain('1.1.0');
      expect(readFileSync(path.join(user, 'Cargo.lock'), 'utf8')).toContain('name = "base_crate"\nversion = "1.1.0"');
      const read = place.calls(since).filter(({ operation }) => operation === 'ReadFromRepository');
      expect(new Set(read.map((call) => call.region))).toEqual(new Set([region]));
    }
  },
  180_000,
);

cargo.test(
  'a repository knows the same of it as after cargo publish',
  async () => {
    await place.client(PRIMARY).createRepository({ domain: DOMAIN, repository: 'by-cargo' });
    const crate = { name: 'base_crate', version: '1.0.0', source: text('1.0.0') };
    const theirs = await project(PRIMARY, crate, 'by-cargo');
    await run(theirs, 'publish', '--registry', 'team', '--no-verify', '--allow-dirty');
    const { asset } = await place.client(PRIMARY).getPackageVersionAsset({
      domain: DOMAIN,
      repository: 'by-cargo',
      format: 'cargo',
      package: 'base_crate',
      packageVersion: '1.0.0',
      asset: 'base_crate-1.0.0.crate',
    });
    const file = path.join(root, 'base_crate-1.0.0.crate');
    writeFileSync(file, await asset!.transformToByteArray());
    expect(await place.publish({ files: file })).toMatchObject({ exitCode: 0 });
    const known = async (repository: string) => {
      const client = place.client(PRIMARY);
      const asked = {
        domain: DOMAIN,
        repository,
        format: 'cargo',
        package: 'base_crate',
        packageVersion: '1.0.0',
      } as const;
      const { packageVersion } = await client.describePackageVersion(asked);
      const { publishedTime, revision, origin, ...version } = packageVersion!;
      const { assets } = await client.listPackageVersionAssets(asked);
      const { endpoint, token } = await loginTo(client, repository, 'cargo');
      const headers = { authorization: `Bearer ${token}` };
      const entry = await (await fetch(`${endpoint}ba/se/base_crate`, { headers })).text();
      return { version, assets, entry: JSON.parse(entry) };
    };
    expect(await known(REPOSITORY)).toEqual(await known('by-cargo'));
  },
  120_000,
);
