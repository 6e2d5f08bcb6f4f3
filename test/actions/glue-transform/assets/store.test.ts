import type { IncomingMessage } from 'node:http';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { etagsOf, hasContent } from '../../../../actions/glue-transform/assets/etag.ts';
import { openStore, type Store } from '../../../../actions/glue-transform/assets/store.ts';
import type { Call } from '../../../../local-aws/calls.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import { quickClock } from '../../../support/test-clock.ts';

const ACCOUNT = '111122223333';
const BUCKET = 'one-bucket';
const CONTENT = Buffer.from('some bytes');

let aws: LocalAws;
let s3: S3;
let store: Store;
/** The header that names the owner, of each call. */
let owners: (string | undefined)[] = [];

beforeAll(async () => {
  const keep = async (_: Readonly<Call>, request: IncomingMessage) => {
    owners.push(request.headers['x-amz-expected-bucket-owner']?.toString());
    return false;
  };
  aws = await startLocalAws({ interceptors: [keep] });
  s3 = new S3({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  store = openStore(s3, BUCKET, ACCOUNT, quickClock);
}, 300_000);
afterAll(async () => {
  s3?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await s3.createBucket({ Bucket: BUCKET });
  owners = [];
});

const write = (key: string, content = CONTENT) => ({ key, content, type: 'text/plain', metadata: {} });

test('every call names the owner of the bucket', async () => {
  await store.put(write('a'));
  await store.putOnePart(write('b'));
  await store.head('a');
  await store.get('b');
  for await (const _ of store.list('')) owners.push(ACCOUNT);
  await store.remove('a');
  expect(owners.length).toBeGreaterThanOrEqual(9);
  expect(new Set(owners)).toEqual(new Set([ACCOUNT]));
});

test('a bucket of another owner takes nothing', async () => {
  const other = openStore(s3, BUCKET, '999988887777', quickClock);
  await expect(other.put(write('a'))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(other.remove('a')).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(await store.head('a')).toBeUndefined();
});

test('a condition that does not hold leaves what is there', async () => {
  const etag = await store.put({ ...write('a'), condition: 'absent' });
  expect(etag).toBe(etagsOf(CONTENT).whole);
  expect(await store.put({ ...write('a', Buffer.from('other')), condition: 'absent' })).toBeUndefined();
  expect(await store.put({ ...write('a', Buffer.from('other')), condition: { etag: 'f'.repeat(32) } })).toBeUndefined();
  expect(await store.put({ ...write('b'), condition: { etag: etag! } })).toBeUndefined();
  expect((await store.get('a'))?.content).toEqual(CONTENT);
  expect(await store.remove('a', 'f'.repeat(32))).toBe(false);
  expect(await store.remove('a', etag)).toBe(true);
  expect(await store.remove('a', etag)).toBe(true);
});

test('the same bytes sent as one part have another ETag, and both are known', async () => {
  const whole = await store.put(write('a'));
  const onePart = await store.putOnePart({ ...write('a'), condition: { etag: whole! } });
  expect(onePart).toBe(etagsOf(CONTENT).onePart);
  expect(onePart).not.toBe(whole);
  expect([whole, onePart].map((etag) => hasContent(etag!, CONTENT))).toEqual([true, true]);
  expect(hasContent(whole!, Buffer.from('other'))).toBe(false);
  expect((await store.get('a'))?.content).toEqual(CONTENT);
});

test('an upload of one part whose condition does not hold leaves no upload open', async () => {
  await store.put(write('a'));
  const other = { ...write('a', Buffer.from('other')), condition: { etag: 'f'.repeat(32) } };
  expect(await store.putOnePart(other)).toBeUndefined();
  expect((await s3.listMultipartUploads({ Bucket: BUCKET })).Uploads ?? []).toEqual([]);
});

test('a write whose answer is lost is known again by its mark, and one of another run is not', async () => {
  const marked = (mark: string) => ({
    ...write('a'),
    metadata: { 'headgate-write': mark },
    condition: 'absent' as const,
  });
  const first = await store.put(marked('ours'));
  expect(await store.put(marked('ours'))).toBe(first);
  expect(await store.put(marked('theirs'))).toBeUndefined();
});
