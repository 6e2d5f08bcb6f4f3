import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { emptyBucket } from '../../../../lib/aws/s3/empty-bucket.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { stackContext, startTestAws, type TestAws } from '../../../support/stack-context.ts';

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.local.reset();
  aws.context.lines.length = 0;
  await aws.s3.createBucket({ Bucket: 'data' });
});

const put = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => aws.s3.putObject({ Bucket: 'data', Key: `k${n}`, Body: 'x' })));

const left = async () => {
  const { Versions = [], DeleteMarkers = [] } = await aws.s3.listObjectVersions({ Bucket: 'data' });
  return Versions.length + DeleteMarkers.length;
};

describe('a bucket', () => {
  test('without versions is emptied', async () => {
    await put(3);
    await emptyBucket(aws.context, 'data');
    expect(await left()).toBe(0);
    expect(aws.context.lines).toEqual(['Emptied bucket data: 3 object versions deleted.']);
  });

  test('with more objects than one page holds is emptied page by page', async () => {
    await put(1_050);
    const { operations } = await aws.during(() => emptyBucket(aws.context, 'data'));
    expect(await left()).toBe(0);
    expect(operations.filter((operation) => operation === 's3 DeleteObjects')).toHaveLength(2);
  }, 60_000);

  test('whose versioning was switched off in between is emptied of the versions from before', async () => {
    await aws.s3.putBucketVersioning({ Bucket: 'data', VersioningConfiguration: { Status: 'Enabled' } });
    await put(2);
    await put(2);
    await aws.s3.putBucketVersioning({ Bucket: 'data', VersioningConfiguration: { Status: 'Suspended' } });
    await put(2);
    await aws.s3.deleteObject({ Bucket: 'data', Key: 'k0' });
    expect(await left()).toBeGreaterThan(4);
    await emptyBucket(aws.context, 'data');
    expect(await left()).toBe(0);
    await expect(aws.s3.deleteBucket({ Bucket: 'data' })).resolves.toBeDefined();
  });

  test('that is empty is only looked at', async () => {
    const { operations } = await aws.during(() => emptyBucket(aws.context, 'data'));
    expect(operations).not.toContain('s3 DeleteObjects');
    expect(aws.context.lines).toEqual([]);
  });

  test('that is gone already is fine', async () => {
    await expect(emptyBucket(aws.context, 'never-made')).resolves.toBeUndefined();
  });

  // Names are global: after a deletion somebody else may have taken this one.
  test('of another account is not touched', async () => {
    await put(1);
    const connected = { ...stackContext().aws, accountId: async () => '999999999999' };
    await expect(emptyBucket({ ...aws.context, aws: connected }, 'data')).rejects.toThrow('Access Denied');
    expect(await left()).toBe(1);
  });

  test('is not emptied further once the run is cancelled', async () => {
    await put(1);
    const controller = new AbortController();
    controller.abort(new Error('cancelled from outside'));
    await expect(emptyBucket({ ...aws.context, signal: controller.signal }, 'data')).rejects.toThrow(
      'cancelled from outside',
    );
    expect(await left()).toBe(1);
  });

  test('with objects that the service does not delete is a failure that names the first of them', async () => {
    const context = stackContext();
    const s3 = await context.aws.s3();
    const errors = Array.from({ length: 5 }, (_, n) => ({
      Key: `k${n}`,
      Code: 'AccessDenied',
      Message: 'object lock',
    }));
    Object.assign(s3, { deleteObjects: async () => ({ Errors: errors }) });
    await put(5);
    const error = await emptyBucket(context, 'data').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationFailed);
    expect((error as OperationFailed).explanation).toMatchObject({
      what: '5 objects of bucket data could not be deleted: k0: AccessDenied object lock; k1: AccessDenied object lock; k2: AccessDenied object lock',
      cause: expect.stringContaining('an object lock'),
    });
  });

  test('that is locked says so', async () => {
    const context = stackContext();
    const locked = {
      Key: 'k0',
      Code: 'AccessDenied',
      Message: 'Access Denied because object protected by object lock.',
    };
    Object.assign(await context.aws.s3(), { deleteObjects: async () => ({ Errors: [locked] }) });
    await put(1);
    const error = await emptyBucket(context, 'data').catch((thrown: unknown) => thrown);
    expect((error as OperationFailed).explanation).toMatchObject({
      what: '1 objects of bucket data could not be deleted: k0: AccessDenied Access Denied because object protected by object lock.',
      cause: 'an object lock: a retention that has not ended, or a legal hold',
    });
  });

  test('that a policy keeps from being read is a failure that names the bucket', async () => {
    const context = stackContext();
    const denied = Object.assign(new Error('User is not authorized'), { name: 'AccessDenied' });
    Object.assign(await context.aws.s3(), { listObjectVersions: () => Promise.reject(denied) });
    const error = await emptyBucket(context, 'data').catch((thrown: unknown) => thrown);
    expect((error as OperationFailed).explanation).toMatchObject({
      what: 'The bucket data could not be emptied: User is not authorized',
      cause: expect.stringContaining('s3:ListBucketVersions'),
    });
  });
});

describe('a large bucket', () => {
  const PAGES = 20;

  /** A bucket of pages of 1,000 whose deletions end only when `release` is called. */
  async function slowBucket() {
    const connected = stackContext();
    // No call of its own, so that the turns of the event loop below are enough on a busy machine.
    const context = { ...connected, aws: { ...connected.aws, accountId: async () => '000000000000' } };
    let listed = 0;
    let deleted = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    Object.assign(await context.aws.s3(), {
      listObjectVersions: async () => {
        listed += 1;
        const Versions = Array.from({ length: 1_000 }, (_, n) => ({ Key: `${listed}/${n}`, VersionId: 'v' }));
        return { Versions, IsTruncated: listed < PAGES, NextKeyMarker: `${listed}`, NextVersionIdMarker: 'v' };
      },
      deleteObjects: async ({ Delete }: { Delete: { Objects: object[] } }) => {
        most = Math.max(most, waiting.length + 1);
        await new Promise<void>((resolve) => waiting.push(resolve));
        deleted += Delete.Objects.length;
        return {};
      },
    });
    return {
      context,
      counts: () => ({ listed, deleted, most, inFlight: waiting.length }),
      release: () => waiting.shift()?.(),
    };
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  test('is deleted in at most four calls at once, and listed no further than they need', async () => {
    const bucket = await slowBucket();
    const work = emptyBucket(bucket.context, 'data');
    for (let n = 0; n < 20; n += 1) await settle();
    // Four pages are being deleted and the next one waits: that is all that memory holds.
    expect(bucket.counts()).toMatchObject({ listed: 5, inFlight: 4, deleted: 0 });
    let done = false;
    void work.then(() => {
      done = true;
    });
    while (!done) {
      bucket.release();
      await settle();
    }
    expect(bucket.counts()).toMatchObject({ listed: PAGES, deleted: PAGES * 1_000, most: 4 });
    expect(bucket.context.lines).toEqual([`Emptied bucket data: ${PAGES * 1_000} object versions deleted.`]);
  });

  test('of 3,000 versions and markers is emptied in three calls', async () => {
    await aws.s3.putBucketVersioning({ Bucket: 'data', VersioningConfiguration: { Status: 'Enabled' } });
    for (let round = 0; round < 2; round += 1) await put(1_000);
    const keys = Array.from({ length: 1_000 }, (_, n) => ({ Key: `k${n}` }));
    await aws.s3.deleteObjects({ Bucket: 'data', Delete: { Objects: keys } });
    const { operations } = await aws.during(() => emptyBucket(aws.context, 'data'));
    expect(await left()).toBe(0);
    expect(operations.filter((operation) => operation === 's3 DeleteObjects')).toHaveLength(3);
    expect(aws.context.lines).toEqual(['Emptied bucket data: 3000 object versions deleted.']);
  }, 120_000);
});
