import { createHash } from 'node:crypto';
import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import {
  makeTestImage,
  makeTestIndex,
  noise,
  type PushTarget,
  pushMadeImage,
  pushTestImage,
  pushTestIndex,
} from '../support/test-image.ts';
import { ACCOUNT, type Answer, ask, ecrOf, loginOf, REGION, registryName } from './registry-client.ts';
import { messageOf } from './support.ts';

let aws: LocalAws;
let ecr: ECR;
let authorization: string;
let target: PushTarget;

beforeAll(async () => {
  aws = await startLocalAws();
  ecr = ecrOf(aws);
}, 300_000);
afterAll(async () => {
  ecr?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await ecr.createRepository({ repositoryName: 'shop' });
  authorization = await loginOf(ecr);
  target = { registry: new URL(aws.endpoint).host, path: `${ACCOUNT}/${REGION}/shop`, authorization };
});

/** One request to the registry of the account, by its name on AWS. */
function registry(
  method: string,
  path: string,
  { headers = {}, ...more }: { headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<Answer> {
  return ask(aws, method, `/v2/${path}`, { ...more, headers: { host: registryName(), authorization, ...headers } });
}

const sha256 = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const amd64 = () => makeTestImage({ platform: 'linux/amd64' });
const arm64 = () => makeTestImage({ platform: 'linux/arm64' });

describe('a login', () => {
  test('is what GetAuthorizationToken gives, says when it ends, and names the registry', async () => {
    const before = Date.now();
    const [data] = (await ecr.getAuthorizationToken()).authorizationData ?? [];
    expect(data?.proxyEndpoint).toBe(`https://${registryName()}`);
    const [user, password = ''] = Buffer.from(data?.authorizationToken ?? '', 'base64')
      .toString()
      .split(':');
    expect(user).toBe('AWS');
    const { expiration } = JSON.parse(Buffer.from(password, 'base64').toString());
    expect(expiration * 1000).toBe(data?.expiresAt?.getTime());
    expect(expiration * 1000 - before).toBeGreaterThan(11.9 * 3600_000);
    expect((await registry('GET', '')).status).toBe(200);
  });

  test.each([
    ['none', undefined],
    ['a made-up one', `Basic ${Buffer.from('AWS:secret').toString('base64')}`],
    ['a made-up one in the form of a real one', `Basic ${fakeToken()}`],
    ['a bearer token', 'Bearer x'],
    ['what cannot be read', 'Basic'],
  ])('that is %s is answered with a challenge', async (_, sent) => {
    const headers = { host: registryName(), ...(sent === undefined ? {} : { authorization: sent }) };
    for (const path of ['/v2/', '/v2/shop/tags/list']) {
      const answer = await ask(aws, 'GET', path, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(
        `Basic realm="https://${registryName()}/",service="ecr.amazonaws.com"`,
      );
    }
  });

  test('of another Region is none', async () => {
    const elsewhere = await loginOf(ecrOf(aws, ACCOUNT, 'us-east-1'));
    expect((await registry('GET', 'shop/tags/list', { headers: { authorization: elsewhere } })).status).toBe(401);
  });

  test('that has ended is denied', async () => {
    await aws.setEcrTokenSeconds(-1);
    const answer = await registry('GET', 'shop/tags/list', { headers: { authorization: await loginOf(ecr) } });
    expect([answer.status, answer.error]).toEqual([
      403,
      'DENIED: Your authorization token has expired. Reauthenticate and try again.',
    ]);
  });
});

function fakeToken(): string {
  const document = { payload: `${ACCOUNT}/${REGION}`, datakey: '00', version: '2', type: 'DATA_KEY', expiration: 9e9 };
  return Buffer.from(`AWS:${Buffer.from(JSON.stringify(document)).toString('base64')}`).toString('base64');
}

describe('repositories', () => {
  test('must exist, in the account and the Region that the name says', async () => {
    await pushTestImage(target, { tag: '1' });
    const other = ecrOf(aws, '111122223333');
    const headers = { authorization: await loginOf(other), host: registryName('111122223333') };
    const answer = await registry('GET', 'shop/manifests/1', { headers });
    expect([answer.status, answer.error]).toEqual([
      404,
      "NAME_UNKNOWN: The repository with name 'shop' does not exist in the registry with id '111122223333'",
    ]);
    await other.createRepository({ repositoryName: 'shop' });
    expect((await registry('GET', 'shop/manifests/1', { headers })).error).toBe(
      'MANIFEST_UNKNOWN: Requested image not found',
    );
    const west = ecrOf(aws, ACCOUNT, 'us-west-2');
    const there = { authorization: await loginOf(west), host: registryName(ACCOUNT, 'us-west-2') };
    expect((await registry('POST', 'shop/blobs/uploads/', { headers: there })).status).toBe(404);
  });

  test('are found by every name of the registry, and by account and Region in the path', async () => {
    await pushTestImage(target, { tag: '1' });
    for (const host of [`${ACCOUNT}.dkr-ecr.${REGION}.on.aws`, `${ACCOUNT}.dkr.ecr-fips.${REGION}.amazonaws.com`]) {
      expect((await registry('HEAD', 'shop/manifests/1', { headers: { host } })).status).toBe(200);
    }
    const inPath = await ask(aws, 'HEAD', `/v2/${target.path}/manifests/1`, { headers: { authorization } });
    expect(inPath.status).toBe(200);
    const nowhere = await ask(aws, 'HEAD', '/v2/shop/manifests/1', { headers: { authorization } });
    expect(nowhere.status).toBe(404);
  });

  test('take their images and layers along when they are deleted', async () => {
    const image = await pushTestImage(target, { tag: '1' });
    await expect(ecr.deleteRepository({ repositoryName: 'shop' })).rejects.toThrow('not empty');
    await ecr.deleteRepository({ repositoryName: 'shop', force: true });
    await ecr.createRepository({ repositoryName: 'shop' });
    expect((await registry('HEAD', `shop/blobs/${image.config.digest}`)).status).toBe(404);
    expect((await registry('HEAD', `shop/manifests/${image.digest}`)).status).toBe(404);
  });
});

describe('layers', () => {
  test('come in parts, the upload says how far it is, and a part at another place is refused', async () => {
    const content = noise(3000);
    const begun = await registry('POST', 'shop/blobs/uploads/');
    const path = String(begun.headers.location).replace('/v2/', '');
    const part = (from: number, to: number) =>
      registry('PATCH', path, { body: content.subarray(from, to), headers: { 'content-range': `${from}-${to - 1}` } });
    expect((await part(0, 1000)).headers.range).toBe('0-999');
    const misplaced = await part(2000, 3000);
    expect([misplaced.status, misplaced.headers.range]).toEqual([416, '0-999']);
    expect((await registry('GET', path)).headers.range).toBe('0-999');
    expect((await part(1000, 2000)).status).toBe(202);
    const digest = sha256(content);
    const done = await registry('PUT', `${path}?digest=${digest}`, { body: content.subarray(2000) });
    expect([done.status, done.headers['docker-content-digest']]).toEqual([201, digest]);
    const head = await registry('HEAD', `shop/blobs/${digest}`);
    expect([head.status, head.headers['content-length']]).toEqual([200, '3000']);
    expect((await registry('GET', path)).error).toMatch(/^BLOB_UPLOAD_UNKNOWN/);
  });

  test('with another digest are refused', async () => {
    const begun = await registry('POST', 'shop/blobs/uploads/');
    const path = `${String(begun.headers.location).replace('/v2/', '')}?digest=${sha256(Buffer.from('other'))}`;
    const answer = await registry('PUT', path, { body: 'content' });
    expect([answer.status, answer.error.split(':')[0]]).toEqual([400, 'DIGEST_INVALID']);
  });

  test('are downloaded from another address, which takes no login and no other signature', async () => {
    const { config, blobs } = await pushTestImage(target, { tag: '1' });
    const answer = await registry('GET', `shop/blobs/${config.digest}`);
    expect(answer.status).toBe(307);
    const address = new URL(String(answer.headers.location));
    expect(address.origin).toBe(aws.endpoint);
    const path = address.pathname + address.search;
    expect((await ask(aws, 'GET', path)).body).toEqual(blobs.get(config.digest));
    const part = await ask(aws, 'GET', path, { headers: { range: 'bytes=2-5' } });
    expect([part.status, part.body]).toEqual([206, blobs.get(config.digest)?.subarray(2, 6)]);
    expect((await ask(aws, 'GET', path, { headers: { authorization } })).status).toBe(400);
    expect((await ask(aws, 'GET', `${address.pathname}?signature=00`)).status).toBe(403);
    expect((await ask(aws, 'GET', `/_headgate/ecr-layer/../../etc/passwd${address.search}`)).status).toBe(403);
  });

  test('of another repository are not mounted: an upload begins', async () => {
    const { config } = await pushTestImage(target);
    await ecr.createRepository({ repositoryName: 'other' });
    const answer = await registry('POST', `other/blobs/uploads/?mount=${config.digest}&from=shop`);
    expect(answer.status).toBe(202);
    expect((await registry('HEAD', `other/blobs/${config.digest}`)).status).toBe(404);
  });

  test('that come by the API are those of the registry', async () => {
    const content = noise(5000);
    const layerDigest = sha256(content);
    const { uploadId } = await ecr.initiateLayerUpload({ repositoryName: 'shop' });
    const common = { repositoryName: 'shop', uploadId: uploadId! };
    const part = (from: number, to: number) =>
      ecr.uploadLayerPart({
        ...common,
        partFirstByte: from,
        partLastByte: to - 1,
        layerPartBlob: content.subarray(from, to),
      });
    await part(0, 3000);
    expect(await messageOf(part(0, 3000))).toMatch(/^InvalidLayerPartException/);
    await part(3000, 5000);
    await ecr.completeLayerUpload({ ...common, layerDigests: [layerDigest] });
    const { layers } = await ecr.batchCheckLayerAvailability({ repositoryName: 'shop', layerDigests: [layerDigest] });
    expect(layers).toMatchObject([{ layerAvailability: 'AVAILABLE', layerSize: 5000 }]);
    const { downloadUrl } = await ecr.getDownloadUrlForLayer({ repositoryName: 'shop', layerDigest });
    expect(Buffer.from(await (await fetch(downloadUrl!)).arrayBuffer())).toEqual(content);
    expect((await registry('HEAD', `shop/blobs/${layerDigest}`)).status).toBe(200);
  });
});

describe('images', () => {
  test('that were pushed are seen by the API, byte for byte, and those of the API by the registry', async () => {
    const image = await pushTestImage(target, { tag: '1' });
    const { images } = await ecr.batchGetImage({ repositoryName: 'shop', imageIds: [{ imageTag: '1' }] });
    expect(images?.[0]?.imageManifest).toBe(image.stored.bytes.toString());
    expect(images?.[0]?.imageId).toEqual({ imageDigest: image.digest, imageTag: '1' });
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'shop' });
    const size = [image.config, ...image.layers].reduce((sum, part) => sum + part.size, 0);
    expect(imageDetails).toMatchObject([{ imageDigest: image.digest, imageTags: ['1'], imageSizeInBytes: size }]);
    await ecr.putImage({ repositoryName: 'shop', imageManifest: image.stored.bytes.toString(), imageTag: '2' });
    const read = await registry('GET', 'shop/manifests/2');
    expect(read.body).toEqual(image.stored.bytes);
    expect(read.headers).toMatchObject({
      'content-type': image.stored.mediaType,
      'docker-content-digest': image.digest,
      'content-length': String(image.stored.bytes.length),
    });
    const { imageIds } = await ecr.listImages({ repositoryName: 'shop' });
    expect(imageIds).toEqual(['1', '2'].map((imageTag) => ({ imageDigest: image.digest, imageTag })));
  });

  test('lose a tag that moves to another one', async () => {
    const first = await pushTestImage(target, { tag: 'latest' });
    const second = await pushTestImage(target, { tag: 'latest', salt: 'new' });
    const { imageIds } = await ecr.listImages({ repositoryName: 'shop' });
    expect(imageIds).toEqual([{ imageDigest: first.digest }, { imageDigest: second.digest, imageTag: 'latest' }]);
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'shop', filter: { tagStatus: 'UNTAGGED' } });
    expect(imageDetails?.map(({ imageDigest }) => imageDigest)).toEqual([first.digest]);
  });

  test('need their layers', async () => {
    const { stored, layers, config } = await amd64();
    const answer = await registry('PUT', 'shop/manifests/1', { body: stored.bytes });
    expect(answer.status).toBe(404);
    expect(answer.error).toBe(
      `MANIFEST_BLOB_UNKNOWN: Layers with digests '[${config.digest}, ${layers[0]?.digest}]' required for pushing image into repository with name 'shop' in the registry with id '${ACCOUNT}' do not exist`,
    );
  });

  test('of an index must be there', async () => {
    const one = await pushTestImage(target, { platform: 'linux/amd64' });
    const missing = await arm64();
    const index = makeTestIndex([one.descriptor, missing.descriptor]);
    const headers = { 'content-type': index.mediaType };
    const answer = await registry('PUT', 'shop/manifests/1', { body: index.bytes, headers });
    expect([answer.status, answer.error]).toEqual([
      404,
      `MANIFEST_BLOB_UNKNOWN: Images with digests '[${missing.digest}]' required for pushing image into repository with name 'shop' in the registry with id '${ACCOUNT}' do not exist`,
    ]);
    await pushMadeImage(target, missing);
    expect((await registry('PUT', 'shop/manifests/1', { body: index.bytes, headers })).status).toBe(201);
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'shop', imageIds: [{ imageTag: '1' }] });
    expect(imageDetails?.[0]?.imageSizeInBytes).toBe(
      Math.max(...[one, missing].map(({ config, layers }) => config.size + layers[0]!.size)),
    );
  });

  test('under a digest that is not theirs are refused', async () => {
    const image = await pushTestImage(target);
    const other = (await arm64()).digest;
    const answer = await registry('PUT', `shop/manifests/${other}`, { body: image.stored.bytes });
    expect(answer.status).toBe(400);
    expect(answer.error).toMatch(
      /^MANIFEST_INVALID: .* does not match the image digest that Amazon ECR has calculated/,
    );
    expect((await registry('PUT', 'shop/manifests/1', { body: '{"cut' })).status).toBe(400);
  });

  test('that are there already are an error of the API, and none of the registry', async () => {
    const image = await pushTestImage(target, { tag: '1' });
    await pushTestImage(target, { tag: '1' });
    const again = { repositoryName: 'shop', imageManifest: image.stored.bytes.toString() };
    expect(await messageOf(ecr.putImage({ ...again, imageTag: '1' }))).toMatch(/^ImageAlreadyExistsException/);
    expect(await messageOf(ecr.putImage(again))).toMatch(/^ImageAlreadyExistsException/);
  });

  test('that are not there are named', async () => {
    const described = ecr.describeImages({ repositoryName: 'shop', imageIds: [{ imageTag: 'none' }] });
    expect(await messageOf(described)).toMatch(/^ImageNotFoundException: .*imageTag:'none'/);
    const { failures } = await ecr.batchGetImage({ repositoryName: 'shop', imageIds: [{ imageTag: 'none' }] });
    expect(failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
  });

  test('that refer to another one are listed with it', async () => {
    const image = await pushTestImage(target, { tag: '1' });
    const { mediaType, digest, size } = image.descriptor;
    const about = await pushTestImage(target, { subject: { mediaType, digest, size }, salt: 'about' });
    const read = await registry('GET', `shop/referrers/${digest}`);
    expect(read.headers['content-type']).toBe('application/vnd.oci.image.index.v1+json');
    expect(JSON.parse(read.body.toString()).manifests).toMatchObject([{ digest: about.digest }]);
    const other = await registry('GET', `shop/referrers/${digest}?artifactType=none`);
    expect(JSON.parse(other.body.toString()).manifests).toEqual([]);
  });
});

describe('tags that may not move', () => {
  const push = async (tag: string, salt: string): Promise<string> => {
    const image = await makeTestImage({ salt });
    await pushMadeImage(target, image);
    return (await registry('PUT', `shop/manifests/${tag}`, { body: image.stored.bytes })).error;
  };

  test('are refused for every image, also the one that they point at', async () => {
    await ecr.putImageTagMutability({ repositoryName: 'shop', imageTagMutability: 'IMMUTABLE' });
    expect(await push('1', 'a')).toBe('');
    const refused =
      "TAG_INVALID: The image tag '1' already exists in the 'shop' repository and cannot be overwritten because the tag is immutable.";
    expect(await push('1', 'b')).toBe(refused);
    expect(await push('1', 'a')).toBe(refused);
    expect(await push('2', 'b')).toBe('');
    const image = await makeTestImage({ salt: 'b' });
    const api = ecr.putImage({ repositoryName: 'shop', imageManifest: image.stored.bytes.toString(), imageTag: '1' });
    expect(await messageOf(api)).toMatch(/^ImageTagAlreadyExistsException/);
  });

  test.each([
    ['IMMUTABLE_WITH_EXCLUSION', 'dev-1', '1.0'],
    ['MUTABLE_WITH_EXCLUSION', '1.0', 'dev-1'],
  ] as const)('with %s %s moves and %s does not', async (imageTagMutability, moves, stays) => {
    const imageTagMutabilityExclusionFilters = [{ filterType: 'WILDCARD' as const, filter: 'dev*' }];
    const settings = { imageTagMutability, imageTagMutabilityExclusionFilters };
    await ecr.putImageTagMutability({ repositoryName: 'shop', ...settings });
    expect((await ecr.describeRepositories({})).repositories).toMatchObject([settings]);
    for (const tag of [moves, stays]) expect(await push(tag, 'a')).toBe('');
    expect(await push(moves, 'b')).toBe('');
    expect(await push(stays, 'b')).toMatch(/^TAG_INVALID/);
  });

  test('need a mode that there is', async () => {
    const wrong = { imageTagMutability: 'SOMETIMES' as 'MUTABLE' };
    const made = ecr.createRepository({ repositoryName: 'other', ...wrong });
    expect(await messageOf(made)).toMatch(/^InvalidParameterException/);
  });
});

describe('deleting', () => {
  const remove = (...imageIds: { imageTag?: string; imageDigest?: string }[]) =>
    ecr.batchDeleteImage({ repositoryName: 'shop', imageIds });

  test('a tag leaves the image while it has another one, and takes it along as the last', async () => {
    const { digest, stored } = await pushTestImage(target, { tag: '1' });
    await registry('PUT', 'shop/manifests/2', { body: stored.bytes });
    expect((await remove({ imageTag: '1' })).imageIds).toEqual([{ imageDigest: digest, imageTag: '1' }]);
    expect((await registry('HEAD', `shop/manifests/${digest}`)).status).toBe(200);
    expect((await registry('HEAD', 'shop/manifests/1')).status).toBe(404);
    await remove({ imageTag: '2' });
    expect((await registry('HEAD', `shop/manifests/${digest}`)).status).toBe(404);
    expect((await remove({ imageTag: '2' })).failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
    expect((await remove({})).failures).toMatchObject([{ failureCode: 'MissingDigestAndTag' }]);
  });

  test('an image of an index, or its last tag, is refused until the index is gone', async () => {
    const one = await pushTestImage(target, { platform: 'linux/amd64', tag: 'amd64' });
    const index = await pushTestIndex(target, [one, await arm64()], { tag: '1' });
    for (const id of [{ imageDigest: one.digest }, { imageTag: 'amd64' }]) {
      expect((await remove(id)).failures).toEqual([
        {
          imageId: id,
          failureCode: 'ImageReferencedByManifestList',
          failureReason: `Requested image referenced by manifest list: [${index.digest}]`,
        },
      ]);
    }
    expect((await remove({ imageDigest: index.digest }, { imageDigest: one.digest })).failures).toEqual([]);
    expect((await ecr.listImages({ repositoryName: 'shop' })).imageIds).toHaveLength(1);
  });

  test('is not what the registry does', async () => {
    const { digest, config } = await pushTestImage(target, { tag: '1' });
    for (const path of [`manifests/${digest}`, 'manifests/1', `blobs/${config.digest}`]) {
      const answer = await registry('DELETE', `shop/${path}`);
      expect([answer.status, answer.error]).toEqual([405, 'UNSUPPORTED: The operation is unsupported.']);
    }
  });
});

describe('pages', () => {
  test('of tags follow each other', async () => {
    const { stored } = await pushTestImage(target, { tag: 't0' });
    for (const n of [1, 2, 3, 4]) await registry('PUT', `shop/manifests/t${n}`, { body: stored.bytes });
    const found: string[] = [];
    let path: string | undefined = 'shop/tags/list?n=2';
    while (path !== undefined) {
      const page: Answer = await registry('GET', path);
      found.push(...JSON.parse(page.body.toString()).tags);
      path = /^<\/v2\/(.+)>; rel="next"$/.exec(String(page.headers.link ?? ''))?.[1];
    }
    expect(found).toEqual(['t0', 't1', 't2', 't3', 't4']);
    expect((await registry('GET', 'shop/tags/list?n=x')).status).toBe(400);
  });

  test('of images pass none over when some are deleted in between', async () => {
    for (const salt of ['a', 'b', 'c', 'd']) await pushTestImage(target, { salt });
    const first = await ecr.listImages({ repositoryName: 'shop', maxResults: 2 });
    expect(first.imageIds).toHaveLength(2);
    await ecr.batchDeleteImage({ repositoryName: 'shop', imageIds: first.imageIds! });
    const { nextToken } = first;
    const second = await ecr.listImages({ repositoryName: 'shop', maxResults: 2, nextToken });
    expect(second.imageIds).toHaveLength(2);
    expect(second.nextToken).toBeUndefined();
  });
});

describe('the gateway', () => {
  test('records each request as the action that ECR checks', async () => {
    await pushTestImage(target, { tag: '1' });
    await registry('HEAD', 'shop/manifests/1');
    await registry('GET', 'shop/tags/list');
    const since = aws.calls().at(-1)!.n;
    const { config, layers, stored, digest } = await arm64();
    const of = (paths: [string, string, Buffer?][]) =>
      paths.reduce<Promise<unknown>>(
        (before, [method, path, body]) => before.then(() => registry(method, path, body ? { body } : {})),
        Promise.resolve(),
      );
    await of([
      ['GET', ''],
      ['HEAD', `shop/blobs/${config.digest}`],
      ['GET', `shop/blobs/${layers[0]?.digest}`],
      ['POST', 'shop/blobs/uploads/'],
      ['PATCH', 'shop/blobs/uploads/x', Buffer.from('x')],
      ['PUT', 'shop/blobs/uploads/x', Buffer.from('x')],
      ['PUT', 'shop/manifests/1', stored.bytes],
      ['HEAD', 'shop/manifests/1'],
      ['GET', `shop/manifests/${digest}`],
      ['GET', 'shop/tags/list'],
      ['GET', `shop/referrers/${digest}`],
      ['DELETE', 'shop/manifests/1'],
    ]);
    const calls = aws.calls(since);
    expect(calls.map(({ iamAction }) => iamAction.replace('ecr:', ''))).toEqual([
      'GetAuthorizationToken',
      'BatchCheckLayerAvailability',
      'GetDownloadUrlForLayer',
      'InitiateLayerUpload',
      'UploadLayerPart',
      'CompleteLayerUpload',
      'PutImage',
      'BatchGetImage',
      'BatchGetImage',
      'ListImages',
      'BatchGetImage',
      'BatchDeleteImage',
    ]);
    expect(calls[6]).toMatchObject({
      service: 'ecr',
      region: REGION,
      account: ACCOUNT,
      resource: 'shop@1',
      status: 404,
    });
  });

  test('lets requests fail as ECR does, by operation and Region', async () => {
    aws.setFaults({
      rules: [
        { fault: 'throttle', service: 'ecr', operation: 'ListImages', times: 1 },
        { fault: 'server-error', service: 'ecr', operation: 'BatchGetImage', status: 503, times: 1 },
        { fault: 'unreachable', region: 'us-west-2' },
      ],
    });
    const throttled = await registry('GET', 'shop/tags/list');
    expect([throttled.status, throttled.error]).toEqual([429, 'TOOMANYREQUESTS: Rate exceeded']);
    expect((await registry('GET', 'shop/tags/list')).status).toBe(200);
    expect((await registry('GET', 'shop/manifests/1')).status).toBe(503);
    const headers = { host: registryName(ACCOUNT, 'us-west-2') };
    await expect(registry('GET', 'shop/tags/list', { headers })).rejects.toThrow('ECONNRESET');
  });
});

test('a reset forgets images and layers', async () => {
  const { config } = await pushTestImage(target, { tag: '1' });
  await aws.reset();
  expect((await registry('GET', 'shop/tags/list')).status).toBe(404);
  await ecr.createRepository({ repositoryName: 'shop' });
  expect((await registry('HEAD', `shop/blobs/${config.digest}`)).status).toBe(404);
});
