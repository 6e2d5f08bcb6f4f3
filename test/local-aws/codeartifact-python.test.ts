import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import {
  ACCOUNT,
  blockPublishing,
  codeArtifactOf,
  DOMAIN,
  errorOf,
  loginTo,
  makeRepositories,
  sha256,
  withLogin,
} from './codeartifact-client.ts';
import { pythonWithTwine } from './python-tools.ts';
import { writeSdist, writeWheel } from './sample-packages.ts';

// The Python repositories of the local CodeArtifact, met by twine and pip, and by forms that no client would send.

const cli = requires('aws', 'its login command writes what twine and pip read');

let aws: LocalAws;
let client: Codeartifact;
let python: string;
let root: string;
let home: string;

beforeAll(async () => {
  [aws, python] = await Promise.all([startLocalAws(), pythonWithTwine()]);
  client = codeArtifactOf(aws);
  root = mkdtempSync(path.join(tmpdir(), 'headgate-codeartifact-python-'));
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
});

const run = async (program: string, ...words: string[]) => {
  const clean = { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', PIP_CONFIG_FILE: '' };
  const env = {
    ...process.env,
    ...clean,
    HOME: home,
    COLUMNS: '400',
    NO_COLOR: '1',
    PIP_NO_CACHE_DIR: '1',
    ...aws.environment,
    AWS_ACCESS_KEY_ID: ACCOUNT,
  };
  return await promisify(execFile)(program, words, { env });
};

const said = async (running: Promise<unknown>) => {
  const failure = await running.then(
    () => undefined,
    (error: { stdout: string; stderr: string }) => error,
  );
  if (!failure) throw new Error('the program succeeded');
  return failure.stdout + failure.stderr;
};

async function upload(repository: string, files: string[], ...more: string[]) {
  const { endpoint, token } = await loginTo(client, repository, 'pypi');
  const login = ['--repository-url', endpoint, '--username', 'aws', '--password', token];
  return await run(python, '-m', 'twine', 'upload', '--non-interactive', '--verbose', ...login, ...more, ...files);
}

/** Installs with pip and gives the version that the module says. */
async function install(repository: string, requirement: string, module: string): Promise<string> {
  const address = withLogin(await loginTo(client, repository, 'pypi'), 'simple/');
  const target = mkdtempSync(path.join(root, 'target-'));
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps'];
  await run(python, '-m', 'pip', 'install', ...quiet, '--index-url', address, '--target', target, requirement);
  const source = await readFile(path.join(target, `${module}.py`), 'utf8');
  return /version = "(.*)"/.exec(source)?.[1] ?? '';
}

const sample = { name: 'Sample.Tool', version: '1.0.0' };
const inPackages = { domain: DOMAIN, repository: 'packages', format: 'pypi', package: 'sample-tool' } as const;

describe('twine and pip', () => {
  test('a wheel and a source distribution go in, and come out', async () => {
    const files = [await writeWheel(home, sample), await writeSdist(home, sample)];
    await upload('packages', files);
    const { assets } = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
    const expected = await Promise.all(
      files.map(async (file) => [path.basename(file), sha256(await readFile(file))] as const),
    );
    expect(assets?.map(({ name, hashes }) => [name, hashes?.['SHA-256']])).toEqual(
      expected.sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const { packageVersion } = await client.describePackageVersion({ ...inPackages, packageVersion: '1.0.0' });
    expect(packageVersion).toMatchObject({ status: 'Published', summary: 'A sample' });
    const { readme } = await client.getPackageVersionReadme({ ...inPackages, packageVersion: '1.0.0' });
    expect(readme).toContain('A longer text.');
    expect(await install('packages', 'sample_tool==1.0.0', 'sample_tool')).toBe('1.0.0');
    const { packages } = await client.listPackages({ domain: DOMAIN, repository: 'packages' });
    expect(packages).toMatchObject([
      { package: 'sample-tool', originConfiguration: { restrictions: { publish: 'ALLOW', upstream: 'BLOCK' } } },
    ]);
  });

  test('the same bytes once more succeed, other bytes are a conflict and change nothing', async () => {
    const file = await writeWheel(home, sample);
    await upload('packages', [file]);
    const before = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
    await upload('packages', [file]);
    await writeWheel(home, { ...sample, text: 'changed' });
    expect(await said(upload('packages', [file]))).toMatch(/409 (Client Error: )?Conflict/);
    const after = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
    expect(after.assets).toEqual(before.assets);
    expect(after.versionRevision).toBe(before.versionRevision);
  });

  test('twine refuses --skip-existing for a repository that is not PyPI', async () => {
    const file = await writeWheel(home, sample);
    expect(await said(upload('packages', [file], '--skip-existing'))).toContain('UnsupportedConfiguration');
    expect((await client.listPackages({ domain: DOMAIN, repository: 'packages' })).packages).toEqual([]);
  });

  test('a token that is over is 401', async () => {
    aws.setCodeArtifactTokenSeconds(-1);
    const file = await writeWheel(home, sample);
    expect(await said(upload('packages', [file]))).toMatch(/401 (Client Error: )?Unauthorized/);
  });

  test('pip takes the newest version that is published, and none that is unlisted or archived', async () => {
    const files = [await writeWheel(home, sample), await writeWheel(home, { ...sample, version: '1.1.0' })];
    await upload('packages', files);
    expect(await install('packages', 'sample-tool', 'sample_tool')).toBe('1.1.0');
    const change = { ...inPackages, versions: ['1.1.0'] };
    await client.updatePackageVersionsStatus({ ...change, targetStatus: 'Unlisted' });
    expect(await install('packages', 'sample-tool', 'sample_tool')).toBe('1.0.0');
    await client.updatePackageVersionsStatus({ ...change, targetStatus: 'Published' });
    await client.disposePackageVersions(change);
    expect(await install('packages', 'sample-tool', 'sample_tool')).toBe('1.0.0');
  });

  test('a version of an upstream repository is served, and kept whatever becomes of it there', async () => {
    const upstreams = [{ repositoryName: 'shared' }];
    await client.updateRepository({ domain: DOMAIN, repository: 'packages', upstreams });
    await upload('shared', [await writeWheel(home, sample), await writeWheel(home, { ...sample, version: '1.1.0' })]);
    expect(await install('packages', 'sample-tool==1.0.0', 'sample_tool')).toBe('1.0.0');
    const { versions } = await client.listPackageVersions(inPackages);
    expect(versions).toMatchObject([{ version: '1.0.0', origin: { domainEntryPoint: { repositoryName: 'shared' } } }]);
    await client.deletePackageVersions({ ...inPackages, repository: 'shared', versions: ['1.0.0', '1.1.0'] });
    expect(await install('packages', 'sample-tool', 'sample_tool')).toBe('1.0.0');
    expect(await said(install('packages', 'sample-tool==1.1.0', 'sample_tool'))).toContain('No matching distribution');
  });

  test('nothing comes from upstream once the package is published here', async () => {
    const upstreams = [{ repositoryName: 'shared' }];
    await client.updateRepository({ domain: DOMAIN, repository: 'packages', upstreams });
    await upload('shared', [await writeWheel(home, { ...sample, version: '9.0.0' })]);
    await upload('packages', [await writeWheel(home, sample)]);
    expect(await install('packages', 'sample-tool', 'sample_tool')).toBe('1.0.0');
    await client.putPackageOriginConfiguration({
      ...inPackages,
      restrictions: { publish: 'ALLOW', upstream: 'ALLOW' },
    });
    expect(await install('packages', 'sample-tool', 'sample_tool')).toBe('9.0.0');
  });

  cli.test("the AWS CLI's login serves twine and pip", async () => {
    const login = ['codeartifact', 'login', '--domain', DOMAIN, '--repository', 'packages', '--region', 'eu-west-1'];
    await run(cli.path, ...login, '--tool', 'twine');
    const file = await writeWheel(home, sample);
    await run(python, '-m', 'twine', 'upload', '--non-interactive', '--repository', 'codeartifact', file);
    const listed = await run(
      cli.path,
      ...['codeartifact', 'list-package-versions', '--domain', DOMAIN, '--repository', 'packages', '--format', 'pypi'],
      ...['--package', 'sample-tool', '--region', 'eu-west-1', '--query', 'versions[].version', '--output', 'text'],
    );
    expect(listed.stdout.trim()).toBe('1.0.0');
  });
});

describe('an upload', () => {
  async function post(fields: Record<string, string>, content = 'content', fileName = 'sample_tool-1.0.0.tar.gz') {
    const { endpoint, token } = await loginTo(client, 'packages', 'pypi');
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('content', new Blob([content]), fileName);
    const headers = { authorization: `Basic ${btoa(`aws:${token}`)}` };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: form });
    return { status: answer.status, body: await answer.text() };
  }
  const fields = { ':action': 'file_upload', name: 'sample-tool', version: '1.0.0', filetype: 'sdist' };

  test('stores the name in its normal form, by which the API must be called', async () => {
    expect(await post({ ...fields, name: 'Sample__Tool' })).toMatchObject({ status: 200 });
    const { packageVersion } = await client.describePackageVersion({ ...inPackages, packageVersion: '1.0.0' });
    expect(packageVersion).toMatchObject({ packageName: 'sample-tool', displayName: 'Sample__Tool' });
    expect(await errorOf(client.describePackage({ ...inPackages, package: 'Sample__Tool' }))).toMatchObject({
      status: 404,
    });
  });

  test.each([
    ['another hash than the file has', { sha256_digest: '0'.repeat(64) }],
    ['a version with a slash', { version: '1/0' }],
    ['a name with a slash', { name: '../other' }],
    ['another action', { ':action': 'submit' }],
  ])('with %s is refused, and leaves nothing', async (_, wrong) => {
    expect(await post({ ...fields, ...wrong })).toMatchObject({ status: 400 });
    expect((await client.listPackages({ domain: DOMAIN, repository: 'packages' })).packages).toEqual([]);
  });

  test('with a field without end is refused', async () => {
    expect(await post({ ...fields, description: 'x'.repeat(1024 * 1024 + 1) })).toMatchObject({ status: 413 });
  });

  test('is recorded as the action that CodeArtifact checks', async () => {
    await post(fields);
    const { endpoint, token } = await loginTo(client, 'packages', 'pypi');
    const headers = { authorization: `Basic ${btoa(`aws:${token}`)}` };
    const index = await (await fetch(`${endpoint}simple/Sample_Tool/`, { headers })).text();
    const [, link = ''] = /href="([^"#]+)#sha256=[0-9a-f]{64}"/.exec(index) ?? [];
    expect(await (await fetch(new URL(link, aws.endpoint), { headers })).text()).toBe('content');
    const calls = aws.calls().filter(({ operation }) => !/^(Get|Create)/.test(operation));
    expect(calls.map(({ iamAction, account, region }) => [iamAction, account, region])).toEqual([
      ['codeartifact:PublishPackageVersion', ACCOUNT, 'eu-west-1'],
      ['codeartifact:ReadFromRepository', ACCOUNT, 'eu-west-1'],
      ['codeartifact:ReadFromRepository', ACCOUNT, 'eu-west-1'],
    ]);
  });
});

test('twine is refused what the group of a project blocks, by its normal name', async () => {
  await blockPublishing(client, '/pypi//sample~');
  expect(await said(upload('packages', [await writeWheel(home, sample)]))).toMatch(/403/);
  await upload('packages', [await writeWheel(home, { name: 'other', version: '1.0.0' })]);
  const { packages } = await client.listPackages({ domain: DOMAIN, repository: 'packages' });
  expect(packages?.map(({ package: name }) => name)).toEqual(['other']);
});
