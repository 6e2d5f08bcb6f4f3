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
});
