import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { connectAws } from '../../lib/aws/clients.ts';
import { connectRegistry } from '../../lib/registry/connect.ts';
import type { Repository, Tag } from '../../lib/registry/reference.ts';
import type { Registry } from '../../lib/registry/registry.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type MemoryHost, memoryHost } from '../support/memory-host.ts';
import { quickClock } from '../support/test-clock.ts';
import { makeTestImage, makeTestIndex, noise, type TestImage } from '../support/test-image.ts';
import { ACCOUNT, ecrOf, REGION, registryName } from './registry-client.ts';

// Our own registry client meets ECR by its real name, in two Regions, without any setting but the local AWS's.

let aws: LocalAws;
let ecr: ECR;
let host: MemoryHost;
let registry: Registry;
const shop: Repository = { registry: registryName(), path: 'shop' };
const LATEST = 'latest' as Tag;

beforeAll(async () => {
  aws = await startLocalAws();
  ecr = ecrOf(aws);
  Object.assign(process.env, aws.environment);
}, 300_000);
afterAll(async () => {
  registry?.close();
  host?.remove();
  ecr?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await ecr.createRepository({ repositoryName: 'shop' });
  registry?.close();
  host?.remove();
  host = memoryHost();
  const connected = connectAws({
    region: undefined,
    roleToAssume: undefined,
    allowedAccountIds: [],
    identityToken: async () => undefined,
    userAgent: { version: '0', operation: 'test registry' },
  });
  registry = connectRegistry({
    aws: connected,
    host,
    log: host.log,
    clock: quickClock,
    signal: new AbortController().signal,
    version: '0',
    operation: 'test registry',
  });
});

async function push(repository: Repository, image: TestImage, tag?: Tag): Promise<void> {
  for (const descriptor of [image.config, ...image.layers]) {
    const content = image.blobs.get(descriptor.digest)!;
    await registry.uploadBlob(repository, descriptor, (from) => Readable.from([content.subarray(from)]));
  }
  await registry.putManifest(repository, image.stored, tag);
}

const tagsOf = async (repository: Repository) => {
  const tags: string[] = [];
  for await (const tag of registry.tags(repository)) tags.push(tag);
  return tags;
};

test('an index of two images goes up and comes back', async () => {
  const layer = { files: [{ path: 'large', content: noise(12 * 1024 * 1024) }] };
  const one = await makeTestImage({ platform: 'linux/amd64', moreLayers: [layer] });
  const two = await makeTestImage({ platform: 'linux/arm64' });
  for (const image of [one, two]) await push(shop, image);
  const index = makeTestIndex([one.descriptor, two.descriptor]);
  await registry.putManifest(shop, index, LATEST);
  expect(await registry.resolve(shop, LATEST)).toBe(index.digest);
  expect((await registry.manifest(shop, index.digest))?.bytes).toEqual(index.bytes);
  expect(await tagsOf(shop)).toEqual([LATEST]);
  expect(await registry.blob(shop, one.config)).toEqual(one.blobs.get(one.config.digest));
  const large = one.layers.at(-1)!;
  // Jest compares large buffers byte by byte.
  const read = await buffer(await registry.openBlob(shop, large));
  expect(read.equals(one.blobs.get(large.digest)!)).toBe(true);
  const missing = { ...shop, path: 'none' };
  expect(await registry.resolve(missing, LATEST)).toBeUndefined();
  expect(await tagsOf(missing)).toEqual([]);
});

test('it signs in once a Region, and its calls carry its name', async () => {
  const west = { registry: registryName(ACCOUNT, 'us-west-2'), path: 'shop' };
  await ecrOf(aws, ACCOUNT, 'us-west-2').createRepository({ repositoryName: 'shop' });
  for (const repository of [shop, west]) await push(repository, await makeTestImage(), LATEST);
  expect(await registry.resolve(west, LATEST)).toBeDefined();
  const own = aws.calls().filter(({ userAgent }) => userAgent.split(' ').includes('test.registry'));
  const logins = own.filter(({ operation }) => operation === 'GetAuthorizationToken');
  expect(logins.map(({ region }) => region).sort()).toEqual([REGION, 'us-west-2'].sort());
  expect([...new Set(own.map(({ iamAction }) => iamAction))]).not.toContain('ecr:*unknown*');
  expect(own.find(({ operation }) => operation === 'PutImage')).toMatchObject({
    region: REGION,
    resource: 'shop@latest',
  });
});

test('what refers to an image is found', async () => {
  const image = await makeTestImage();
  await push(shop, image);
  const { mediaType, digest, size } = image.descriptor;
  const about = await makeTestImage({ subject: { mediaType, digest, size }, salt: 'about' });
  await push(shop, about);
  expect((await registry.referrers(shop, digest)).map((entry) => entry.digest)).toEqual([about.digest]);
});

test('a tag that may not move is told from other refusals', async () => {
  await ecr.putImageTagMutability({ repositoryName: 'shop', imageTagMutability: 'IMMUTABLE' });
  await push(shop, await makeTestImage(), LATEST);
  const other = await makeTestImage({ salt: 'other' });
  await expect(push(shop, other, LATEST)).rejects.toMatchObject({ kind: 'immutable', codes: ['TAG_INVALID'] });
});

test('throttled calls are repeated; a login that has ended is a clear refusal without the token', async () => {
  aws.setFaults({ rules: [{ fault: 'throttle', service: 'ecr', operation: 'PutImage', times: 1 }] });
  await push(shop, await makeTestImage(), LATEST);
  await aws.setEcrTokenSeconds(-1);
  registry.close();
  const elsewhere = { registry: registryName(ACCOUNT, 'us-west-2'), path: 'shop' };
  const refused = registry.resolve(elsewhere, LATEST);
  await expect(refused).rejects.toMatchObject({ kind: 'denied', status: 403 });
  for (const secret of host.masked) await expect(refused).rejects.not.toThrow(secret);
});
