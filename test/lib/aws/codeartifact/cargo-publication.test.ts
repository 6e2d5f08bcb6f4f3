import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isSameRepository, uploadCrate } from '../../../../lib/aws/codeartifact/protocols/cargo.ts';
import { readReleases } from '../../../../lib/packages/read-releases.ts';
import type { AssetDetails } from '../../../../lib/packages/release.ts';
import { requires } from '../../../support/requires.ts';
import { type Captured, type CaptureServer, repositoryAt, startCaptureServer } from './capture-server.ts';

// What publishes a crate, beside what `cargo publish` sends for the same crate.

const cargo = requires('cargo', 'its publications are compared with ours');

let server: CaptureServer;
let root: string;

beforeAll(async () => {
  server = await startCaptureServer((address, endpoint, captured) => {
    if (address === '/config.json') return JSON.stringify({ dl: `${endpoint}dl`, api: endpoint.slice(0, -1) });
    // A crate that others can depend on.
    if (address === '/he/lp/helper') {
      const entry = { name: 'helper', vers: '1.2.0', deps: [], cksum: '0'.repeat(64), features: {}, yanked: false };
      return JSON.stringify({ ...entry, features2: { fast: [] }, v: 2 });
    }
    // cargo waits until the index has what it published.
    const published = captured.map((each) => partsOf(each).description);
    const found = published.find(({ name }) => address === indexPath(name));
    if (found === undefined) return undefined;
    return JSON.stringify({ name: found.name, vers: found.vers, deps: [], features: {}, cksum: '0'.repeat(64) });
  });
  root = mkdtempSync(path.join(os.tmpdir(), 'headgate-cargo-publication-'));
});
afterAll(async () => {
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
});

async function run(folder: string, ...words: string[]): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, CARGO_HOME: path.join(root, 'cargo-home') };
  await promisify(execFile)(cargo.path, words, { cwd: folder, env });
}

/** The description, and the crate, each after its length. */
function partsOf({ body }: Captured) {
  const size = body.readUInt32LE(0);
  const description = JSON.parse(body.subarray(4, 4 + size).toString('utf8'));
  // Null and nothing mean the same (Cargo book, "Registry Web API").
  for (const dependency of description.deps) {
    for (const member of ['registry', 'explicit_name_in_toml']) dependency[member] ??= null;
  }
  const crate = body.subarray(8 + size);
  expect(crate.length).toBe(body.readUInt32LE(4 + size));
  return { description, crate: crate.toString('base64') };
}

/** Where the index has a crate of five letters or more (Cargo book, "Index files"). */
function indexPath(name: string): string {
  const lower = name.toLowerCase();
  return `/${lower.slice(0, 2)}/${lower.slice(2, 4)}/${lower}`;
}

const plain = `[package]
name = "sample"
version = "1.0.0"
edition = "2021"
`;
const full = `[package]
name = "Sample_full"
version = "1.2.3-rc.1"
edition = "2021"
rust-version = "1.70"
authors = ["Ada <ada@example.com>"]
description = "A – sample"
documentation = "https://example.com/docs"
homepage = "https://example.com"
repository = "https://example.com/source"
readme = "README.md"
keywords = ["shop", "acme"]
categories = ["command-line-utilities"]
license = "MIT OR Apache-2.0"
links = "shop"
build = "build.rs"

[badges]
maintenance = { status = "passively-maintained" }

[features]
default = ["own"]
own = []
quick = ["dep:helper", "renamed?/fast"]

[dependencies]
helper = { version = "1.1", registry = "team", optional = true, default-features = false, features = ["fast"] }
renamed = { package = "helper", version = ">=1, <2", registry = "team", optional = true }

[target.'cfg(unix)'.dev-dependencies]
other = { package = "helper", version = "=1.2.0", registry = "team" }

[build-dependencies]
tool = { package = "helper", version = "1.*", registry = "team" }
`;

for (const [name, manifest] of Object.entries({ plain, full })) {
  cargo.test(
    `the same publication: ${name}`,
    async () => {
      const folder = path.join(root, name);
      mkdirSync(path.join(folder, 'src'), { recursive: true });
      mkdirSync(path.join(folder, '.cargo'));
      writeFileSync(path.join(folder, 'Cargo.toml'), manifest);
      writeFileSync(path.join(folder, 'src', 'lib.rs'), '');
      writeFileSync(path.join(folder, 'build.rs'), 'fn main() {}\n');
      writeFileSync(path.join(folder, 'README.md'), '# Sample\n\nA – longer – text.\n');
      writeFileSync(
        path.join(folder, '.cargo', 'config.toml'),
        `[registries.team]\nindex = "sparse+${server.endpoint}"\ntoken = "secret"\n`,
      );
      await run(folder, 'publish', '--registry', 'team', '--no-verify', '--allow-dirty');
      const theirs = server.taken();
      expect(theirs).toHaveLength(1);
      const { description, crate } = partsOf(theirs[0]!);
      const file = path.join(folder, `${description.name}-${description.vers}.crate`);
      writeFileSync(file, Buffer.from(crate, 'base64'));
      const { session, repository } = repositoryAt(server.endpoint);
      const [release] = await readReleases([file], { workspace: root, signal: new AbortController().signal });
      const [asset] = release!.assets;
      const details = asset!.details as AssetDetails & { format: 'cargo' };
      await uploadCrate(session, repository, release!.id, { ...asset!, details });
      session.close();
      const ours = server.taken();
      expect(ours).toHaveLength(1);
      const [sent] = theirs as [Captured];
      expect(partsOf(ours[0]!)).toEqual(partsOf(sent));
      expect(ours[0]).toMatchObject({ method: sent.method, path: sent.path });
    },
    120_000,
  );
}

test('an index is that of the repository in any Region, and of no other repository', () => {
  const aws = (domain: string, region: string, repository = 'releases') =>
    `https://${domain}-111122223333.d.codeartifact.${region}.amazonaws.com/cargo/${repository}/`;
  const own = new URL(aws('team', 'eu-west-1'));
  expect(isSameRepository(`sparse+${aws('team', 'eu-west-1')}`, own)).toBe(true);
  expect(isSameRepository(`sparse+${aws('team', 'us-east-1')}`, own)).toBe(true);
  expect(isSameRepository(`sparse+${aws('team', 'us-gov-west-1').slice(0, -1)}`, own)).toBe(true);
  expect(isSameRepository(`sparse+${aws('team', 'eu-west-1', 'snapshots')}`, own)).toBe(false);
  expect(isSameRepository(`sparse+${aws('other', 'eu-west-1')}`, own)).toBe(false);
  expect(isSameRepository('https://github.com/rust-lang/crates.io-index', own)).toBe(false);
  const named = new URL(aws('team-eu-west-1', 'eu-west-1', 'eu-west-1'));
  expect(isSameRepository(`sparse+${aws('team-eu-west-1', 'us-east-1', 'eu-west-1')}`, named)).toBe(true);
  expect(isSameRepository(`sparse+${aws('team-us-east-1', 'us-east-1', 'eu-west-1')}`, named)).toBe(false);
  expect(isSameRepository(`sparse+${aws('team-eu-west-1', 'us-east-1', 'us-east-1')}`, named)).toBe(false);
});
