import type { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ECR_CLEAN_PERMISSIONS } from '../../../actions/multi-arch-image/clean/permissions.ts';
import { openEcrStore } from '../../../actions/multi-arch-image/clean/store-ecr.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { parseRepository, type Tag } from '../../../lib/registry/reference.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { ACCOUNT, ecrOf, registryName } from '../../local-aws/registry-client.ts';
import { makeTestImage, makeTestIndex, type TestImage } from '../../support/test-image.ts';
import { type Assembled, assembled, digestsOf, runClean } from './clean-workplace.ts';

let aws: LocalAws;
let ecr: ECR;
const environment = { ...process.env };

beforeAll(async () => {
  aws = await startLocalAws();
  ecr = ecrOf(aws);
  Object.assign(process.env, aws.environment);
  // The Region is in the name of the registry.
  delete process.env.AWS_REGION;
  delete process.env.AWS_DEFAULT_REGION;
}, 300_000);
afterAll(async () => {
  ecr?.destroy();
  await aws?.stop();
  process.env = environment;
});
beforeEach(async () => {
  await aws.reset();
  await ecr.createRepository({ repositoryName: 'shop' });
});

const image = `${registryName()}/shop`;
/** Everything that was pushed is older than seven days then. */
const LATER = new Date(Date.now() + 30 * 86_400_000).toISOString();
const NOW = new Date().toISOString();

async function putImage({ stored, blobs }: TestImage, tag?: string): Promise<void> {
  for (const [layerDigest, bytes] of blobs) {
    const { layers } = await ecr.batchCheckLayerAvailability({ repositoryName: 'shop', layerDigests: [layerDigest] });
    if (layers?.[0]?.layerAvailability === 'AVAILABLE') continue;
    const { uploadId } = await ecr.initiateLayerUpload({ repositoryName: 'shop' });
    await ecr.uploadLayerPart({
      repositoryName: 'shop',
      uploadId,
      partFirstByte: 0,
      partLastByte: bytes.length - 1,
      layerPartBlob: bytes,
    });
    await ecr.completeLayerUpload({ repositoryName: 'shop', uploadId, layerDigests: [layerDigest] });
  }
  await put(stored, tag);
}

async function put({ bytes, mediaType, digest }: TestImage['stored'], imageTag?: string): Promise<void> {
  try {
    await ecr.putImage({
      repositoryName: 'shop',
      imageManifest: bytes.toString(),
      imageManifestMediaType: mediaType,
      imageDigest: digest,
      imageTag,
    });
  } catch (error) {
    if ((error as Error).name !== 'ImageAlreadyExistsException') throw error;
  }
}

async function push(made: Assembled, tag: string | undefined = made.tag): Promise<Assembled> {
  for (const each of made.images) await putImage(each);
  await put(made.index, tag);
  return made;
}

/** What ECR has: tags, and the digests of all images. */
async function contents(): Promise<{ tags: string[]; digests: string[] }> {
  const { imageDetails = [] } = await ecr.describeImages({ repositoryName: 'shop' });
  return {
    tags: imageDetails.flatMap(({ imageTags = [] }) => imageTags).sort(),
    digests: imageDetails.map(({ imageDigest = '' }) => imageDigest).sort(),
  };
}

test('tags of branches that are gone and images that nothing needs go, once they are old; nothing else does', async () => {
  const main = await push(await assembled('main'));
  await put(main.index, 'latest');
  const gone = await push(await assembled('feature/gone', [main.images[0]!]));
  const leftover = await makeTestImage({ salt: 'never assembled' });
  await putImage(leftover);
  const untagged = await assembled('retagged');
  for (const each of untagged.images) await putImage(each);
  await put(untagged.index);

  const before = aws.calls().at(-1)?.n ?? 0;
  const young = await runClean({ image }, { now: NOW });
  expect([young.message, young.exitCode]).toEqual(['', 0]);
  // ECR removes an index with its last tag.
  expect(young.outputs).toMatchObject({ 'deleted-tags': '1', 'deleted-manifests': '1', kept: '2', status: 'cleaned' });
  expect(await contents()).toEqual({
    tags: [main.tag, 'latest'].sort(),
    digests: [...digestsOf(main), gone.images[1]!.digest, leftover.digest, ...digestsOf(untagged)].sort(),
  });
  expect(young.lines).toContain(
    `info:   note: ${image}: 5 images without a tag are younger than 'older-than' and stay`,
  );

  const old = await runClean({ image }, { now: LATER });
  expect(old).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '0', 'deleted-manifests': '5' } });
  expect(await contents()).toEqual({ tags: [main.tag, 'latest'].sort(), digests: digestsOf(main).sort() });
  expect(await runClean({ image }, { now: LATER })).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });

  const called = new Set(
    aws
      .calls(before)
      .flatMap(({ service, operation, userAgent }) =>
        userAgent.includes('headgate/1.2.3') ? [`${service}:${operation}`] : [],
      ),
  );
  expect([...called].sort()).toEqual(ECR_CLEAN_PERMISSIONS.map(({ action }) => action).sort());
});

test('a dry run changes nothing', async () => {
  await push(await assembled('main'));
  await push(await assembled('feature/gone'));
  const before = await contents();
  const ran = await runClean({ image, 'dry-run': 'offline' }, { now: LATER });
  expect(ran).toMatchObject({
    exitCode: 0,
    outputs: { status: 'planned', 'deleted-tags': '1', 'deleted-manifests': '3' },
  });
  expect(await contents()).toEqual(before);
});

test('an index that another index has keeps its last tag, with which ECR would remove it', async () => {
  const gone = await push(await assembled('feature/gone'));
  const outer = makeTestIndex([
    { mediaType: gone.index.mediaType, digest: gone.index.digest, size: gone.index.bytes.length },
  ]);
  await put(outer, 'all');
  const ran = await runClean({ image }, { now: LATER });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'nothing', kept: '2' } });
  expect(ran.report).toContain('ECR would remove its image, which is still needed');
  expect((await contents()).tags).toEqual(['all', gone.tag].sort());
});

test('the deletion of a branch removes what belongs to it, and no other leftover', async () => {
  await push(await assembled('main'));
  const gone = await push(await assembled('feature/gone'));
  const leftover = await makeTestImage({ salt: 'never assembled' });
  await putImage(leftover);
  const event = { kind: 'branch-deleted', branch: 'feature/gone' } as const;
  const ran = await runClean({ image }, { now: LATER, event });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '3' } });
  const { digests } = await contents();
  expect(digests).toContain(leftover.digest);
  expect(digests.filter((digest) => digestsOf(gone).includes(digest as Digest))).toEqual([]);
});

test('only tags of branches go where images are not asked for', async () => {
  const gone = await push(await assembled('feature/gone'));
  const ran = await runClean({ image, untagged: 'false' }, { now: LATER });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '1' } });
  expect(await contents()).toEqual({ tags: [], digests: gone.images.map(({ digest }) => digest).sort() });
});

test('a tag that was pushed again stays; ECR says why something else stays', async () => {
  const main = await push(await assembled('main'));
  const gone = await push(await assembled('feature/gone'));
  const place = { ecr, account: ACCOUNT, name: 'shop', signal: new AbortController().signal };
  const store = openEcrStore(parseRepository(image), place, 2);
  await put(main.index, 'moved');
  const targets = [
    { tag: 'moved' as Tag, digest: gone.index.digest },
    { tag: 'never' as Tag, digest: gone.index.digest },
  ];
  expect(await store.removeTags(targets)).toEqual([
    { outcome: 'kept', why: 'it was pushed again in the meantime' },
    { outcome: 'removed' },
  ]);
  expect(await store.removeManifests([main.images[0]!.digest])).toEqual([
    { outcome: 'kept', why: expect.stringContaining('ImageReferencedByManifestList') },
  ]);
  expect((await contents()).digests).toEqual([...digestsOf(main), ...digestsOf(gone)].sort());
});

test('a repository that does not exist has nothing to remove', async () => {
  const ran = await runClean({ image: `${registryName()}/none` });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
});

/** Answers that the local ECR does not give. */
function answering(answers: Partial<Record<'describeImages' | 'batchGetImage', () => Promise<object>>>) {
  const place = {
    ecr: answers as unknown as ECR,
    account: ACCOUNT,
    name: 'shop',
    signal: new AbortController().signal,
  };
  return openEcrStore(parseRepository(image), place, 2);
}

test('an archived image is not read, and stays with what is about it', async () => {
  const { stored } = await makeTestImage();
  const asked: unknown[] = [];
  const store = answering({
    describeImages: async (...words: unknown[]) => {
      asked.push(words[0]);
      return { imageDetails: [{ imageDigest: stored.digest, imageTags: ['old'], imageStatus: 'ARCHIVED' }] };
    },
  });
  const graph = await store.read();
  expect(asked).toMatchObject([{ filter: { imageStatus: 'ANY' } }]);
  expect([...graph.present]).toEqual([stored.digest]);
  expect([graph.manifests.size, graph.tags.get('old' as Tag)]).toEqual([0, stored.digest]);
});

test.each<[string, (image: TestImage) => object, string]>([
  [
    'is not given',
    ({ digest }) => ({ failures: [{ imageId: { imageDigest: digest }, failureCode: 'KmsError' }] }),
    'KmsError',
  ],
  [
    'is of another kind',
    ({ digest }) => ({ images: [{ imageId: { imageDigest: digest }, imageManifest: '{"schemaVersion":2}' }] }),
    'it is of the type',
  ],
])('an image that %s keeps everything', async (_, answer, why) => {
  const made = await makeTestImage();
  const store = answering({
    describeImages: async () => ({ imageDetails: [{ imageDigest: made.digest, imageTags: ['a'] }] }),
    batchGetImage: async () => answer(made),
  });
  await expect(store.read()).rejects.toMatchObject({
    name: 'Refused',
    message: expect.stringMatching(new RegExp(`^Nothing is removed from .*${why}`)),
  });
});
