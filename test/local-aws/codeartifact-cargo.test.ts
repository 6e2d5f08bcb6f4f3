import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import { blockPublishing, codeArtifactOf, DOMAIN, loginTo, makeRepositories, sha256 } from './codeartifact-client.ts';

// The Cargo registries of the local CodeArtifact, met by cargo itself and by requests as cargo makes them.

const cargo = requires('cargo', 'it publishes and fetches crates');

let aws: LocalAws;
let client: Codeartifact;
let root: string;

beforeAll(async () => {
  aws = await startLocalAws();
  client = codeArtifactOf(aws);
  root = mkdtempSync(path.join(tmpdir(), 'headgate-codeartifact-cargo-'));
}, 300_000);
afterAll(async () => {
  client?.destroy();
  await aws?.stop();
  if (root) rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  await aws.reset();
  await makeRepositories(client, 'packages');
});

const inPackages = { domain: DOMAIN, repository: 'packages', format: 'cargo', package: 'sample' } as const;

/** A crate's folder, with a configuration that knows the registry `team`. */
async function writeCrate(name: string, version: string, dependencies = ''): Promise<string> {
  const folder = mkdtempSync(path.join(root, `${name}-`));
  const { endpoint, token } = await loginTo(client, 'packages', 'cargo');
  await mkdir(path.join(folder, 'src'));
  await mkdir(path.join(folder, '.cargo'));
  await writeFile(path.join(folder, 'src', 'lib.rs'), `pub const VERSION: &str = "${version}";\n`);
  const about = `name = "${name}"\nversion = "${version}"\nedition = "2021"\ndescription = "A sample"\nlicense = "MIT"\n`;
  await writeFile(path.join(folder, 'Cargo.toml'), `[package]\n${about}\n[dependencies]\n${dependencies}\n`);
  const registry = `[registries.team]\nindex = "sparse+${endpoint}"\ntoken = "Bearer ${token}"\n`;
  const providers = 'credential-provider = ["cargo:token"]\n';
  await writeFile(path.join(folder, '.cargo', 'config.toml'), `${registry}${providers}`);
  return folder;
}

async function run(folder: string, ...words: string[]): Promise<string> {
  const clean = { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', CARGO_HTTP_PROXY: '' };
  const env = { ...process.env, ...clean, CARGO_HOME: path.join(folder, 'home'), CARGO_NET_RETRY: '0' };
  const { stdout, stderr } = await promisify(execFile)(cargo.path, words, { cwd: folder, env });
  return stdout + stderr;
}

cargo.test(
  'a crate goes in, and comes out as a dependency of another',
  async () => {
    const publish = ['publish', '--registry', 'team', '--no-verify', '--allow-dirty'];
    await run(await writeCrate('sample', '1.0.0'), ...publish);
    await run(await writeCrate('sample', '1.1.0'), ...publish);
    const { packageVersion } = await client.describePackageVersion({ ...inPackages, packageVersion: '1.1.0' });
    expect(packageVersion).toMatchObject({ status: 'Published', summary: 'A sample', licenses: [{ name: 'MIT' }] });
    await client.updatePackageVersionsStatus({ ...inPackages, versions: ['1.1.0'], targetStatus: 'Archived' });
    const user = await writeCrate('user', '0.1.0', 'other = { package = "sample", version = "1", registry = "team" }');
    await run(user, 'fetch');
    const lock = await readFile(path.join(user, 'Cargo.lock'), 'utf8');
    const { assets } = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
    expect(lock).toContain(`name = "sample"\nversion = "1.0.0"`);
    expect(lock).toContain(`checksum = "${assets?.[0]?.hashes?.['SHA-256']}"`);
    await run(user, ...publish);
    const entry = await request('us/er/user');
    expect(JSON.parse(entry.body).deps).toMatchObject([{ name: 'other', package: 'sample', req: '^1' }]);
  },
  60_000,
);

async function request(address: string, init: RequestInit = {}) {
  const { endpoint, token } = await loginTo(client, 'packages', 'cargo');
  const answer = await fetch(`${endpoint}${address}`, { ...init, headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.text() };
}

/** A publication as cargo sends it. */
function publication(described: object, crate: string): Buffer {
  const parts = [Buffer.from(JSON.stringify(described)), Buffer.from(crate)].flatMap((content) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    return [length, content];
  });
  return Buffer.concat(parts);
}

test('other bytes under a version that is there are a conflict', async () => {
  const put = async (crate: string) => {
    const body = publication({ name: 'sample', vers: '1.0.0', deps: [], features: {} }, crate);
    return (await request('api/v1/crates/new', { method: 'PUT', body: new Uint8Array(body) })).status;
  };
  expect(await put('one')).toBe(200);
  expect(await put('one')).toBe(200);
  expect(await put('two')).toBe(409);
  expect(await request('api/v1/crates/sample/1.0.0/download')).toEqual({ status: 200, body: 'one' });
  expect(JSON.parse((await request('sa/mp/sample')).body)).toMatchObject({ vers: '1.0.0', cksum: sha256('one') });
});

test('a publication that is cut off or names no crate is refused', async () => {
  const whole = publication({ name: 'sample', vers: '1.0.0' }, 'content');
  const put = async (body: Buffer) =>
    (await request('api/v1/crates/new', { method: 'PUT', body: new Uint8Array(body) })).status;
  expect(await put(whole.subarray(0, -1))).toBe(400);
  expect(await put(publication({ name: '../x', vers: '1.0.0' }, 'content'))).toBe(400);
  expect(await put(publication({ name: 'sample', vers: 'one' }, 'content'))).toBe(400);
  expect((await client.listPackages({ domain: DOMAIN, repository: 'packages' })).packages).toEqual([]);
});

test('a crate whose group blocks publishing is refused', async () => {
  await blockPublishing(client, '/cargo/*');
  const body = publication({ name: 'sample', vers: '1.0.0', deps: [], features: {} }, 'crate');
  const put = () => request('api/v1/crates/new', { method: 'PUT', body: new Uint8Array(body) });
  expect((await put()).status).toBe(403);
  await client.deletePackageGroup({ domain: DOMAIN, packageGroup: '/cargo/*' });
  expect((await put()).status).toBe(200);
});
