import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import assemble from '../../../actions/multi-arch-image/assemble.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { ACCOUNT, ecrOf, registryName } from '../../local-aws/registry-client.ts';
import { type MisbehavingRegistry, refusal, startMisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { makeTestImage, type TestImage } from '../../support/test-image.ts';
import { COMMIT, digestAt, recordsOf, runAssemble, tagsOf, writeRecords } from './assemble-workplace.ts';

requires('docker-registry', 'images are copied to a real registry');

const OTHER_REGION = 'us-east-1';
const IMAGE = `${registryName()}/shop`;
const COPY = `${registryName(ACCOUNT, OTHER_REGION)}/shop`;

let aws: LocalAws;
let here: ECR;
let there: ECR;
let registry: TestRegistry;
let server: MisbehavingRegistry;
let workspace: string;
let built: readonly TestImage[];
const environment = { ...process.env };

beforeAll(async () => {
  [aws, registry] = await Promise.all([startLocalAws(), startRegistry()]);
  server = await startMisbehavingRegistry(registry.host);
  here = ecrOf(aws);
  there = ecrOf(aws, ACCOUNT, OTHER_REGION);
  Object.assign(process.env, aws.environment);
  // The Regions are in the names of the registries.
  delete process.env.AWS_REGION;
  delete process.env.AWS_DEFAULT_REGION;
}, 300_000);

afterAll(async () => {
  here?.destroy();
  there?.destroy();
  await server?.close();
  await registry?.stop();
  await aws?.stop();
  process.env = environment;
});

beforeEach(async () => {
  await aws.reset();
  workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-ecr-'));
  await here.createRepository({ repositoryName: 'shop' });
  await there.createRepository({ repositoryName: 'shop' });
  built = await Promise.all(
    ['linux/amd64', 'linux/arm64'].map(async (platform) => await put(await makeTestImage({ platform }))),
  );
  writeRecords(
    workspace,
    built.flatMap((each) => recordsOf(IMAGE, each)),
  );
});

afterEach(() => rmSync(workspace, { recursive: true, force: true }));

/** Pushes an image by ECR's API, past the client that is tested. */
async function put(image: TestImage, imageTag?: string): Promise<TestImage> {
  for (const [layerDigest, layerPartBlob] of image.blobs) {
    const { layers } = await here.batchCheckLayerAvailability({ repositoryName: 'shop', layerDigests: [layerDigest] });
    if (layers?.[0]?.layerAvailability === 'AVAILABLE') continue;
    const { uploadId } = await here.initiateLayerUpload({ repositoryName: 'shop' });
    const partLastByte = layerPartBlob.length - 1;
    await here.uploadLayerPart({ repositoryName: 'shop', uploadId, partFirstByte: 0, partLastByte, layerPartBlob });
    await here.completeLayerUpload({ repositoryName: 'shop', uploadId, layerDigests: [layerDigest] });
  }
  const { bytes, mediaType } = image.stored;
  await here.putImage({
    repositoryName: 'shop',
    imageManifest: bytes.toString(),
    imageManifestMediaType: mediaType,
    imageTag,
  });
  return image;
}

/** Every tag of a repository with its digest, as ECR's API tells them. */
async function tagged(ecr: ECR): Promise<Readonly<Record<string, string>>> {
  const { imageDetails = [] } = await ecr.describeImages({ repositoryName: 'shop' });
  return Object.fromEntries(
    imageDetails.flatMap(({ imageTags = [], imageDigest = '' }) => imageTags.map((tag) => [tag, imageDigest])),
  );
}

const run = (inputs: Readonly<Record<string, string>> = {}) =>
  runAssemble({ image: IMAGE, tags: 'latest\n{commit}', ...inputs }, { workspace });

test('the image and its tags are in two Regions, with the same digest, and a second run writes nothing', async () => {
  const ran = await run({ 'copy-to': COPY });
  expect(ran).toMatchObject({ exitCode: 0, message: '' });
  const expected = { latest: ran.outputs.digest, [COMMIT.slice(0, 12)]: ran.outputs.digest };
  expect(await tagged(here)).toEqual(expected);
  expect(await tagged(there)).toEqual(expected);
  const { imageDetails = [] } = await there.describeImages({ repositoryName: 'shop' });
  expect(imageDetails.map(({ imageDigest }) => imageDigest as Digest).sort()).toEqual(
    [ran.outputs.digest, ...built.map(({ digest }) => digest)].sort(),
  );

  const before = aws.calls().at(-1)?.n ?? 0;
  expect(await run({ 'copy-to': COPY })).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
  expect(aws.calls(before).map(({ operation }) => operation)).not.toContain('PutImage');
});

describe('immutable tags', () => {
  test('that point elsewhere are refused before anything is written', async () => {
    const old = await put(await makeTestImage({ salt: 'old' }), 'latest');
    await here.putImageTagMutability({ repositoryName: 'shop', imageTagMutability: 'IMMUTABLE' });
    const ran = await run({ 'copy-to': COPY });
    expect(ran).toMatchObject({ exitCode: 1 });
    expect(ran.message).toContain(`the tag ${IMAGE}:latest is immutable and points at another image, ${old.digest}`);
    expect(await tagged(here)).toEqual({ latest: old.digest });
    expect(await tagged(there)).toEqual({});
  });

  test('that are new, or that are there already with this image, are no obstacle', async () => {
    await here.putImageTagMutability({ repositoryName: 'shop', imageTagMutability: 'IMMUTABLE' });
    expect(await run()).toMatchObject({ exitCode: 0, outputs: { status: 'moved' } });
    expect(await run()).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
  });

  test('move where a filter excludes them', async () => {
    await put(await makeTestImage({ salt: 'old' }), 'latest');
    await here.putImageTagMutability({
      repositoryName: 'shop',
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'lat*' }],
    });
    const ran = await run({ tags: 'latest' });
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(await tagged(here)).toEqual({ latest: ran.outputs.digest });
  });
});

test('a repository that does not exist is told before anything is written', async () => {
  await there.deleteRepository({ repositoryName: 'shop', force: true });
  const ran = await run({ 'copy-to': COPY });
  expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining(`the repository ${COPY} does not exist`) });
  expect(await tagged(here)).toEqual({});
});

test('another registry fails: an old tag is put back, and a new one is taken back by ECR’s API', async () => {
  const old = await put(await makeTestImage({ salt: 'old' }), 'latest');
  server.fault(/^PUT .*\/manifests\/latest$/, refusal(403, 'DENIED'), 100);
  const copy = `${server.host}/acme/shop`;
  const ran = await run({ 'copy-to': copy, tags: 'latest\nnew' });
  expect(ran).toMatchObject({ exitCode: 1 });
  expect(ran.message).toContain('no tag is moved: those that had been are put back');
  expect(await tagged(here)).toEqual({ latest: old.digest });
  expect(await tagsOf(`${registry.host}/acme/shop`)).toEqual([]);
  expect(await digestAt(`${registry.host}/acme/shop`, 'latest')).toBeUndefined();
});

test('what it calls is what it declares', async () => {
  const called = async (work: () => Promise<unknown>) => {
    const before = aws.calls().at(-1)?.n ?? 0;
    await work();
    return aws
      .calls(before)
      .flatMap(({ service, operation }) => (service === 'ecr' ? [`${service}:${operation}`] : []));
  };
  await put(await makeTestImage({ salt: 'old' }), 'latest');
  // A layer that is too large to be sent together with the end of its upload.
  const large = { compression: 'none', files: [{ path: 'large', content: randomBytes(2 * 1024 * 1024) }] } as const;
  const image = await put(await makeTestImage({ moreLayers: [large] }));
  writeRecords(workspace, recordsOf(IMAGE, image));
  const copied = await called(() => run({ 'copy-to': COPY }));
  server.fault(/^PUT .*\/manifests\/new$/, refusal(403, 'DENIED'), 100);
  const failed = await called(() => run({ 'copy-to': `${server.host}/acme/shop`, tags: 'new' }));
  expect([...new Set([...copied, ...failed])].sort()).toEqual(assemble.permissions.map(({ action }) => action).sort());
});
