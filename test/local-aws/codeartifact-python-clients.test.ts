import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { execa } from 'execa';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import { ACCOUNT, codeArtifactOf, DOMAIN, loginTo, makeRepositories, withLogin } from './codeartifact-client.ts';
import { writeSdist, writeWheel } from './sample-packages.ts';

// The Python repositories of the local CodeArtifact, met by uv and by the twine of Debian, which still skips files.

const uv = requires('uv', 'it publishes and installs as its users do');
const twine = requires('twine', 'it is older than the one that the other suite uses');

let aws: LocalAws;
let client: Codeartifact;
let root: string;

beforeAll(async () => {
  aws = await startLocalAws();
  client = codeArtifactOf(aws);
});
afterAll(async () => {
  client?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await makeRepositories(client, 'packages');
  root = mkdtempSync(path.join(os.tmpdir(), 'headgate-python-clients-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What a program of the test sees: nothing of the user's settings. */
const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH ?? '',
  HOME: root,
  ...aws.environment,
  AWS_ACCESS_KEY_ID: ACCOUNT,
  ...more,
});

/** The names of the files of version 1.0.0. */
async function assetNames(): Promise<(string | undefined)[]> {
  const asked = {
    domain: DOMAIN,
    repository: 'packages',
    format: 'pypi',
    package: 'shop',
    packageVersion: '1.0.0',
  } as const;
  const { assets = [] } = await client.listPackageVersionAssets(asked);
  return assets.map(({ name }) => name);
}

uv.test('uv publishes a wheel and an sdist, and installs them', async () => {
  const files = [
    await writeWheel(root, { name: 'shop', version: '1.0.0' }),
    await writeSdist(root, { name: 'shop', version: '1.0.0' }),
  ];
  const login = await loginTo(client, 'packages', 'pypi');
  const publish = ['publish', '--publish-url', login.endpoint, '--trusted-publishing', 'never', ...files];
  const secrets = { UV_PUBLISH_USERNAME: 'aws', UV_PUBLISH_PASSWORD: login.token };
  await execa(uv.path, publish, { cwd: root, env: environment(secrets), extendEnv: false });
  expect(await assetNames()).toEqual(['shop-1.0.0-py3-none-any.whl', 'shop-1.0.0.tar.gz']);

  const install = ['pip', 'install', '--no-config', '--no-cache', '--target', 'site', '--python', 'python3'];
  const index = withLogin(login, 'simple/');
  await execa(uv.path, [...install, '--index-url', index, 'shop'], { cwd: root, env: environment(), extendEnv: false });
  const printed = await execa('python3', ['-c', 'import shop; print(shop.version)'], {
    env: { PYTHONPATH: path.join(root, 'site') },
  });
  expect(printed.stdout).toBe('1.0.0');
});

twine.test("Debian's twine uploads, and takes an upload of other bytes that is refused for a success", async () => {
  const { endpoint, token } = await loginTo(client, 'packages', 'pypi');
  const upload = async (file: string, ...more: string[]) => {
    const login = ['--repository-url', endpoint, '--username', 'aws', '--password', token];
    const options = { cwd: root, env: environment(), extendEnv: false, reject: false, all: true };
    return await execa(twine.path, ['upload', '--non-interactive', ...login, ...more, file], options);
  };
  const first = await upload(await writeWheel(root, { name: 'shop', version: '1.0.0' }));
  expect(first.exitCode === 0 ? '' : first.all).toBe('');
  const before = await assetNames();
  const other = await writeWheel(root, { name: 'shop', version: '1.0.0', text: 'other bytes' });
  expect((await upload(other)).exitCode).not.toBe(0);
  expect((await upload(other, '--skip-existing')).exitCode).toBe(0);
  expect(await assetNames()).toEqual(before);
});
