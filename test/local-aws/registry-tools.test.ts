import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { connectAws } from '../../lib/aws/clients.ts';
import { credentialSource } from '../../lib/registry/credentials/credentials.ts';
import { writeAuthFile } from '../../lib/registry/credentials/write-auth-file.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { memoryHost } from '../support/memory-host.ts';
import { requires } from '../support/requires.ts';
import { quickClock } from '../support/test-clock.ts';
import { makeTestImage, noise, pushTestIndex } from '../support/test-image.ts';
import { ACCOUNT, ecrOf, loginOf, REGION, registryName } from './registry-client.ts';
import { clients, createStack, template } from './support.ts';

// The registry of the local AWS, met by the tools that people use. They reach 127.0.0.1 only, so that account and
// Region stand in the path.

const skopeo = requires('skopeo', 'it copies images into and out of the registry');
const crane = requires('crane', 'it validates images in the registry');

let aws: LocalAws;
let ecr: ECR;
let directory: string;
let tools: NodeJS.ProcessEnv;
let prefix: string;

beforeAll(async () => {
  aws = await startLocalAws();
  ecr = ecrOf(aws);
  directory = mkdtempSync(path.join(tmpdir(), 'headgate-ecr-tools-'));
  Object.assign(process.env, aws.environment);
}, 300_000);
afterAll(async () => {
  ecr?.destroy();
  await aws?.stop();
  if (directory) rmSync(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await aws.reset();
  for (const repositoryName of ['shop', 'copy']) await ecr.createRepository({ repositoryName });
  const registry = new URL(aws.endpoint).host;
  const file = path.join(directory, 'config.json');
  await writeAuthFile(file, [{ registry, credentials: await credentials() }]);
  tools = { ...process.env, DOCKER_CONFIG: directory, REGISTRY_AUTH_FILE: file, HTTP_PROXY: '', HTTPS_PROXY: '' };
  prefix = `${registry}/${ACCOUNT}/${REGION}`;
});

/** What our own search finds for the registry by its name on AWS. */
async function credentials() {
  const host = memoryHost();
  try {
    const connected = connectAws({
      region: undefined,
      roleToAssume: undefined,
      allowedAccountIds: [],
      identityToken: async () => undefined,
      userAgent: { version: '0', operation: 'test credentials' },
    });
    const context = { aws: connected, host, log: host.log, clock: quickClock, signal: new AbortController().signal };
    return await credentialSource(context)(registryName());
  } finally {
    host.remove();
  }
}

const run = async (program: string, ...words: string[]) =>
  (await promisify(execFile)(program, words, { env: tools, maxBuffer: 16 * 1024 * 1024 })).stdout.trim();

async function pushIndex() {
  const target = {
    registry: new URL(aws.endpoint).host,
    path: `${ACCOUNT}/${REGION}/shop`,
    authorization: await loginOf(ecr),
  };
  const layer = { files: [{ path: 'large', content: noise(3 * 1024 * 1024) }] };
  const images = [
    await makeTestImage({ platform: 'linux/amd64', moreLayers: [layer] }),
    await makeTestImage({ platform: 'linux/arm64' }),
  ];
  return await pushTestIndex(target, images, { tag: '1' });
}

test('the login that our own search finds is one that the local ECR takes', async () => {
  expect(await credentials()).toMatchObject({ kind: 'basic', username: 'AWS' });
  const [call] = aws.calls().filter(({ operation }) => operation === 'GetAuthorizationToken');
  expect(call).toMatchObject({ region: REGION, account: ACCOUNT, status: 200 });
});

skopeo.test('skopeo takes an image with two platforms out and brings it back', async () => {
  const { digest } = await pushIndex();
  const layout = `oci:${path.join(directory, 'layout')}:1`;
  await run(
    skopeo.path,
    'copy',
    '--all',
    '--preserve-digests',
    '--src-tls-verify=false',
    `docker://${prefix}/shop:1`,
    layout,
  );
  await run(
    skopeo.path,
    'copy',
    '--all',
    '--preserve-digests',
    '--dest-tls-verify=false',
    layout,
    `docker://${prefix}/copy:2`,
  );
  const { imageDetails } = await ecr.describeImages({ repositoryName: 'copy', imageIds: [{ imageTag: '2' }] });
  expect(imageDetails?.[0]?.imageDigest).toBe(digest);
  const listed = await run(skopeo.path, 'list-tags', '--tls-verify=false', `docker://${prefix}/copy`);
  expect(JSON.parse(listed).Tags).toEqual(['2']);
});

crane.test('crane finds every layer to be what it says', async () => {
  const { digest } = await pushIndex();
  expect(await run(crane.path, 'digest', `${prefix}/shop:1`)).toBe(digest);
  await run(crane.path, 'copy', `${prefix}/shop:1`, `${prefix}/copy:2`);
  expect(await run(crane.path, 'ls', `${prefix}/copy`)).toBe('2');
  for (const platform of ['linux/amd64', 'linux/arm64']) {
    await run(crane.path, 'validate', '--platform', platform, '--remote', `${prefix}/copy:2`);
  }
  await ecr.putImageTagMutability({ repositoryName: 'copy', imageTagMutability: 'IMMUTABLE' });
  await expect(run(crane.path, 'tag', `${prefix}/copy@${digest}`, '2')).rejects.toThrow(/TAG_INVALID: .* is immutable/);
});

test('a stack says which tags may move', async () => {
  const exclusion = {
    ImageTagMutabilityExclusionFilterType: 'WILDCARD',
    ImageTagMutabilityExclusionFilterValue: 'dev*',
  };
  const repository = (more: object) =>
    template({ App: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'made', ...more } } });
  const all = clients(aws.endpoint, ACCOUNT, REGION);
  const mode = { ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' };
  const good = repository({ ...mode, ImageTagMutabilityExclusionFilters: [exclusion] });
  expect((await createStack(all, 'good', good)).status).toBe('CREATE_COMPLETE');
  const { repositories } = await ecr.describeRepositories({ repositoryNames: ['made'] });
  expect(repositories).toMatchObject([
    {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev*' }],
    },
  ]);
  expect((await createStack(all, 'bad', repository(mode).replace('made', 'other'))).status).toBe('ROLLBACK_COMPLETE');
});
