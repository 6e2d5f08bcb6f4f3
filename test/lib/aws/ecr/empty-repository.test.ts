import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { emptyRepository } from '../../../../lib/aws/ecr/empty-repository.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { stackContext, startTestAws, type TestAws } from '../../../support/stack-context.ts';

let aws: TestAws;
let ecr: ECR;
beforeAll(async () => {
  aws = await startTestAws();
  ecr = new ECR({ customUserAgent: 'look-from-outside' });
}, 120_000);
afterAll(async () => {
  ecr?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.local.reset();
  aws.context.lines.length = 0;
  await ecr.createRepository({ repositoryName: 'app' });
});

const MEDIA_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const push = (n: number, ...tags: readonly (string | undefined)[]) =>
  Promise.all(
    tags.map((imageTag) =>
      ecr.putImage({
        repositoryName: 'app',
        imageManifest: JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE, config: { size: n }, layers: [] }),
        imageManifestMediaType: MEDIA_TYPE,
        ...(imageTag === undefined ? {} : { imageTag }),
      }),
    ),
  );
const left = async () => (await ecr.listImages({ repositoryName: 'app' })).imageIds ?? [];

describe('a repository', () => {
  test('with images, with and without a tag, is emptied', async () => {
    await push(1, 'a');
    await push(2, 'b', 'c');
    await push(3, undefined);
    expect(await left()).not.toEqual([]);
    await emptyRepository(aws.context, 'app');
    expect(await left()).toEqual([]);
    expect(aws.context.lines).toEqual(['Emptied repository app: 3 images deleted.']);
    await expect(ecr.deleteRepository({ repositoryName: 'app' })).resolves.toBeDefined();
  });

  test('with more images than one call takes is emptied in batches of 100', async () => {
    for (let n = 0; n < 230; n += 1) await push(n, `t${n}`);
    const { operations } = await aws.during(() => emptyRepository(aws.context, 'app'));
    expect(await left()).toEqual([]);
    expect(operations.filter((operation) => operation === 'ecr BatchDeleteImage')).toHaveLength(3);
    expect(aws.context.lines).toEqual(['Emptied repository app: 230 images deleted.']);
  }, 60_000);

  test('that is empty is only looked at', async () => {
    const { operations } = await aws.during(() => emptyRepository(aws.context, 'app'));
    expect(operations.filter((operation) => operation.startsWith('ecr '))).toEqual(['ecr ListImages']);
    expect(aws.context.lines).toEqual([]);
  });

  test('that is gone already is fine', async () => {
    await expect(emptyRepository(aws.context, 'never-made')).resolves.toBeUndefined();
  });

  test('is not emptied further once the run is cancelled', async () => {
    await push(1, 'a');
    const controller = new AbortController();
    controller.abort(new Error('cancelled from outside'));
    await expect(emptyRepository({ ...aws.context, signal: controller.signal }, 'app')).rejects.toThrow(
      'cancelled from outside',
    );
    expect(await left()).toHaveLength(1);
  });
});

describe('images that others refer to', () => {
  /** A registry that refuses what `refersTo` an image that is still there, or what is `stuck`. */
  async function registry(images: Map<string, readonly string[]>, stuck: readonly string[] = []) {
    const context = stackContext();
    const batches: string[][] = [];
    Object.assign(await context.aws.ecr(), {
      listImages: async () => ({ imageIds: [...images.keys()].map((imageDigest) => ({ imageDigest })) }),
      batchDeleteImage: async ({ imageIds }: { imageIds: { imageDigest: string }[] }) => {
        batches.push(imageIds.map(({ imageDigest }) => imageDigest));
        const failures = [];
        for (const imageId of imageIds) {
          const { imageDigest } = imageId;
          if (stuck.includes(imageDigest) || [...images.values()].flat().includes(imageDigest)) {
            failures.push({ imageId, failureCode: 'ImageReferencedByManifestList', failureReason: 'referenced' });
          } else {
            images.delete(imageDigest);
          }
        }
        return { failures };
      },
    });
    return { context, batches };
  }

  test('are deleted after the index that refers to them', async () => {
    const images = new Map([
      ['sha256:arm', []],
      ['sha256:intel', []],
      ['sha256:index', ['sha256:arm', 'sha256:intel']],
    ]);
    const { context, batches } = await registry(images);
    await emptyRepository(context, 'app');
    expect([...images]).toEqual([]);
    expect(batches.at(-1)).toEqual(['sha256:arm', 'sha256:intel']);
    expect(context.lines).toEqual(['Emptied repository app: 3 images deleted.']);
  });

  test('are named when the service does not delete them', async () => {
    const stuck = Array.from({ length: 5 }, (_, n) => `sha256:${n}`);
    const { context } = await registry(new Map(stuck.map((digest) => [digest, []])), stuck);
    const error = await emptyRepository(context, 'app').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationFailed);
    expect((error as OperationFailed).explanation).toMatchObject({
      what: '5 images of repository app could not be deleted: sha256:0: ImageReferencedByManifestList referenced; sha256:1: ImageReferencedByManifestList referenced; sha256:2: ImageReferencedByManifestList referenced',
      next: 'Free the images, then run again; what was deleted stays deleted',
    });
  });

  test('that somebody else deleted meanwhile do not matter', async () => {
    const context = stackContext();
    Object.assign(await context.aws.ecr(), {
      listImages: async () => ({ imageIds: [{ imageDigest: 'sha256:a' }] }),
      batchDeleteImage: async () => ({
        failures: [{ imageId: { imageDigest: 'sha256:a' }, failureCode: 'ImageNotFound', failureReason: 'gone' }],
      }),
    });
    await expect(emptyRepository(context, 'app')).resolves.toBeUndefined();
  });
});
