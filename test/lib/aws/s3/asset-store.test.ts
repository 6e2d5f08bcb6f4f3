import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { assetLocation, assetsBucketName, missingBucket, uploadAsset } from '../../../../lib/aws/s3/asset-store.ts';
import { OperationFailed, Refused } from '../../../../lib/errors.ts';
import { stackContext, startTestAws, type TestAws } from '../../../support/stack-context.ts';

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(() => aws.local.reset());

const KEY = 'headgate/0123.zip';

/** Content to upload, and how often it was opened and closed. */
function asset(bytes: Buffer) {
  const counts = { opened: 0, closed: 0 };
  const open = async () => {
    counts.opened += 1;
    const stream = Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]);
    stream.once('close', () => {
      counts.closed += 1;
    });
    return { stream, length: bytes.length };
  };
  return { open, counts };
}

describe('an asset', () => {
  test('is uploaded once: a second run finds it by its key, and does not even open it', async () => {
    await aws.s3.createBucket({ Bucket: 'assets' });
    const bytes = randomBytes(300_000);
    const { open, counts } = asset(bytes);
    expect(await uploadAsset(aws.context.aws, 'assets', KEY, open)).toBe(true);
    const { Body } = await aws.s3.getObject({ Bucket: 'assets', Key: KEY });
    expect(Buffer.from(await Body!.transformToByteArray()).equals(bytes)).toBe(true);

    const { result, operations } = await aws.during(() => uploadAsset(aws.context.aws, 'assets', KEY, open));
    expect(result).toBe(false);
    expect(operations).toEqual(['s3 HeadObject']);
    expect(counts).toEqual({ opened: 1, closed: 1 });
  });

  test('without content is uploaded, too', async () => {
    await aws.s3.createBucket({ Bucket: 'assets' });
    expect(await uploadAsset(aws.context.aws, 'assets', KEY, asset(Buffer.alloc(0)).open)).toBe(true);
    expect((await aws.s3.headObject({ Bucket: 'assets', Key: KEY })).ContentLength).toBe(0);
  });

  test('for a bucket that does not exist says how to make it, and leaves nothing open', async () => {
    const { open, counts } = asset(Buffer.from('x'));
    const error = await uploadAsset(aws.context.aws, 'assets', KEY, open).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationFailed);
    expect((error as OperationFailed).explanation).toEqual(missingBucket('assets').explanation);
    expect((error as OperationFailed).explanation.next).toContain("'headgate stack bootstrap'");
    expect(counts.opened).toBe(1);
  });

  // The name of the bucket can be guessed, so that somebody else may have made it and wait for code.
  test('is not given to a bucket of another account', async () => {
    await aws.s3.createBucket({ Bucket: 'assets' });
    const connected = { ...stackContext().aws, accountId: async () => '999999999999' };
    const { open, counts } = asset(Buffer.from('x'));
    const error = await uploadAsset(connected, 'assets', KEY, open).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).explanation).toMatchObject({
      what: 'The bucket assets cannot be used: S3 denies access',
      cause: expect.stringContaining('it belongs to another account'),
    });
    expect(counts.opened).toBe(0);
    expect((await aws.s3.listObjectsV2({ Bucket: 'assets' })).KeyCount).toBe(0);
  });
});

test('the bucket is one an account and Region', () => {
  expect(assetsBucketName('111122223333', 'eu-central-1')).toBe('headgate-assets-111122223333-eu-central-1');
});

test.each([
  ['eu-central-1', 'https://b.s3.eu-central-1.amazonaws.com/headgate/0123.zip'],
  ['cn-north-1', 'https://b.s3.cn-north-1.amazonaws.com.cn/headgate/0123.zip'],
])('the address of an asset in %s is that of its partition', (region, url) => {
  const { aws: connected } = stackContext({}, { region });
  expect(assetLocation(connected, 'b', KEY)).toEqual({ bucket: 'b', key: KEY, url, uri: `s3://b/${KEY}` });
});
