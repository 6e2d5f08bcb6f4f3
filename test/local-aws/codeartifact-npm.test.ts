import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AssetFiles } from '../../local-aws/codeartifact/assets.ts';
import { readDocument } from '../../local-aws/codeartifact/formats/npm-document.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import { blockPublishing, codeArtifactOf, DOMAIN, loginTo, makeRepositories } from './codeartifact-client.ts';
import { writeNpmPackage } from './sample-packages.ts';

// The npm repositories of the local CodeArtifact, met by npm itself.

const npm = requires('npm', 'it publishes and installs packages');

let aws: LocalAws;
let client: Codeartifact;
let root: string;
let home: string;

beforeAll(async () => {
  aws = await startLocalAws();
  client = codeArtifactOf(aws);
  root = mkdtempSync(path.join(tmpdir(), 'headgate-codeartifact-npm-'));
}, 300_000);
afterAll(async () => {
  client?.destroy();
  await aws?.stop();
  if (root) rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  await aws.reset();
  await makeRepositories(client, 'packages', 'shared');
  home = mkdtempSync(path.join(root, 'home-'));
  await useRepository('packages');
});

/** Writes the `.npmrc` that makes a repository npm's registry. */
async function useRepository(repository: string): Promise<{ endpoint: string; token: string }> {
  const login = await loginTo(client, repository, 'npm');
  const lines = [`registry=${login.endpoint}`, `${login.endpoint.replace('http:', '')}:_authToken=${login.token}`];
  await writeFile(path.join(home, '.npmrc'), `${lines.join('\n')}\naudit=false\nfund=false\nfetch-retries=0\n`);
  return login;
}

async function run(directory: string, ...words: string[]): Promise<string> {
  // The npm that runs these tests hands its own settings over in the environment.
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const clean = { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', HOME: home };
  const env = { ...Object.fromEntries(inherited), ...clean, npm_config_userconfig: path.join(home, '.npmrc') };
  const options = { cwd: directory, env: { ...env, npm_config_cache: path.join(home, 'cache') } };
  return (await promisify(execFile)(npm.path, words, options)).stdout.trim();
}

async function said(running: Promise<unknown>): Promise<string> {
  const failure = await running.then(
    () => undefined,
    (error: { stdout: string; stderr: string }) => error,
  );
  if (!failure) throw new Error('the program succeeded');
  return failure.stdout + failure.stderr;
}

/** Installs with npm and gives what the package exports. */
async function install(what: string, name: string): Promise<string> {
  const project = mkdtempSync(path.join(root, 'project-'));
  await writeFile(path.join(project, 'package.json'), '{"name":"user","version":"1.0.0"}');
  await run(project, 'install', '--prefer-online', what);
  const source = await readFile(path.join(project, 'node_modules', name, 'index.js'), 'utf8');
  return /"(.*)"/.exec(source)?.[1] ?? '';
}

const inPackages = {
  domain: DOMAIN,
  repository: 'packages',
  format: 'npm',
  namespace: 'team',
  package: 'tool',
} as const;
const sample = { name: '@team/tool', version: '1.0.0' };

npm.test('a package with a scope goes in, and comes out', async () => {
  await run(await writeNpmPackage(root, sample), 'publish');
  const { packageVersion } = await client.describePackageVersion({ ...inPackages, packageVersion: '1.0.0' });
  expect(packageVersion).toMatchObject({
    displayName: '@team/tool',
    status: 'Published',
    summary: 'A sample',
    licenses: [{ name: 'Apache-2.0' }],
  });
  const { assets } = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
  expect(assets?.map(({ name }) => name)).toEqual(['package.tgz']);
  expect(await install('@team/tool', '@team/tool')).toBe('1.0.0');
  const integrity = await run(home, 'view', '@team/tool', 'dist.integrity');
  expect(integrity).toBe(`sha512-${Buffer.from(assets![0]!.hashes!['SHA-512']!, 'hex').toString('base64')}`);
});

npm.test('a version that is there is not replaced by other bytes', async () => {
  const folder = await writeNpmPackage(root, { name: 'plain', version: '1.0.0' });
  await run(folder, 'publish');
  // npm itself looks first; the repository must refuse the one that did not see it.
  expect(await said(run(folder, 'publish'))).toMatch(/previously published|409/);
  const { endpoint, token } = await useRepository('packages');
  const document = (data: string) => ({
    _id: 'plain',
    name: 'plain',
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': { name: 'plain', version: '1.0.0' } },
    _attachments: { 'plain-1.0.0.tgz': { data: Buffer.from(data).toString('base64') } },
  });
  const put = async (body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return (await fetch(`${endpoint}plain`, { method: 'PUT', headers, body: JSON.stringify(body) })).status;
  };
  expect(await put(document('other bytes'))).toBe(409);
  const { asset } = await client.getPackageVersionAsset({
    domain: DOMAIN,
    repository: 'packages',
    format: 'npm',
    package: 'plain',
    packageVersion: '1.0.0',
    asset: 'package.tgz',
  });
  const same = Buffer.from(await asset!.transformToByteArray());
  const again = document('');
  again._attachments['plain-1.0.0.tgz'].data = same.toString('base64');
  expect(await put(again)).toBe(200);
});

npm.test('dist-tags say what is installed', async () => {
  await run(await writeNpmPackage(root, sample), 'publish');
  await run(await writeNpmPackage(root, { ...sample, version: '2.0.0-beta.1' }), 'publish', '--tag', 'next');
  expect(await install('@team/tool', '@team/tool')).toBe('1.0.0');
  expect(await install('@team/tool@next', '@team/tool')).toBe('2.0.0-beta.1');
  await run(home, 'dist-tag', 'add', '@team/tool@2.0.0-beta.1', 'latest');
  expect(await run(home, 'dist-tag', 'ls', '@team/tool')).toBe('latest: 2.0.0-beta.1\nnext: 2.0.0-beta.1');
  expect((await client.listPackageVersions(inPackages)).defaultDisplayVersion).toBe('2.0.0-beta.1');
  await run(home, 'dist-tag', 'rm', '@team/tool', 'next');
  expect(await run(home, 'dist-tag', 'ls', '@team/tool')).toBe('latest: 2.0.0-beta.1');
  const actions = new Set(aws.calls().map(({ iamAction }) => iamAction));
  expect(actions).toContain('codeartifact:PutPackageMetadata');
});

npm.test('an unlisted version is not shown; an upstream one is served and kept', async () => {
  await client.updateRepository({
    domain: DOMAIN,
    repository: 'packages',
    upstreams: [{ repositoryName: 'shared' }],
  });
  await useRepository('shared');
  for (const version of ['1.0.0', '1.1.0']) await run(await writeNpmPackage(root, { ...sample, version }), 'publish');
  await useRepository('packages');
  const change = { ...inPackages, repository: 'shared', versions: ['1.1.0'] };
  await client.updatePackageVersionsStatus({ ...change, targetStatus: 'Unlisted' });
  expect(JSON.parse(await run(home, 'view', '@team/tool@1.x', 'version', '--json'))).toBe('1.0.0');
  expect(await install('@team/tool@1.0.0', '@team/tool')).toBe('1.0.0');
  const { versions } = await client.listPackageVersions(inPackages);
  expect(versions?.map(({ version }) => version)).toEqual(['1.0.0']);
});

npm.test('a token that is over is 401, and what is not there is 404', async () => {
  const folder = await writeNpmPackage(root, sample);
  expect(await said(run(home, 'view', '@team/tool'))).toContain('E404');
  aws.endCodeArtifactTokens();
  expect(await said(run(folder, 'publish'))).toContain('E401');
});

describe('the document of npm publish', () => {
  const files = new AssetFiles();
  afterAll(() => files.clear());

  async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  test('gives its tarball and the rest, in whatever pieces it comes', async () => {
    const texts = fc.jsonValue();
    const shapes = fc.tuple(fc.uint8Array({ maxLength: 300 }), texts, texts, fc.integer({ min: 1, max: 64 }));
    await fc.assert(
      fc.asyncProperty(shapes, async ([tarball, before, after, size]) => {
        const data = Buffer.from(tarball).toString('base64');
        const sent = { before, data: 'not this', _attachments: { 'a"[.tgz': { length: 1, data } }, after };
        const { document, attachments } = await readDocument(inChunks(JSON.stringify(sent), size), files);
        const rest = { ...sent, _attachments: { 'a"[.tgz': { length: 1, data: '' } } };
        expect(document).toEqual(JSON.parse(JSON.stringify(rest)));
        expect(attachments).toHaveLength(1);
        expect(await readFile(attachments[0]!.file)).toEqual(Buffer.from(tarball));
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['no JSON', '{"_attachments": {', /not JSON/],
    ['cut off within its tarball', '{"_attachments": {"a": {"data": "AAAA', /ends within/],
    ['no base64', '{"_attachments": {"a": {"data": "AA*A"}}}', /not base64/],
    ['larger than it may be', `{"readme": "${'x'.repeat(17 * 1024 * 1024)}"}`, /larger than/],
  ])('that is %s is refused', async (_, sent, reason) => {
    await expect(readDocument(inChunks(sent, 65_536), files)).rejects.toThrow(reason);
  });
});

npm.test('a package whose group blocks publishing is refused, and others are not', async () => {
  await blockPublishing(client, '/npm/team/*');
  expect(await said(run(await writeNpmPackage(root, sample), 'publish'))).toMatch(/403/);
  await run(await writeNpmPackage(root, { name: 'plain', version: '1.0.0' }), 'publish');
  const { packages } = await client.listPackages({ domain: DOMAIN, repository: 'packages' });
  expect(packages?.map(({ package: name }) => name)).toEqual(['plain']);
});
