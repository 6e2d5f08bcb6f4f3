import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openWorkplace, statusIn, type Workplace } from './workplace.ts';

let place: Workplace;
beforeAll(async () => {
  place = await openWorkplace();
}, 180_000);
afterAll(() => place?.stop());
beforeEach(() => place.aws.local.reset());

const STACK = 'headgate-bootstrap';
const BUCKET = 'headgate-assets-000000000000-us-east-1';
const bootstrap = (inputs: Record<string, string> = {}) => place.run('stack bootstrap', inputs);
const shown = (status: 'UPDATE_ROLLBACK_FAILED' | 'ROLLBACK_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE') =>
  place.aws.local.setStackStatus({ region: 'us-east-1', stackName: STACK, status });

test('the bucket is made, and a second run changes nothing', async () => {
  expect(await bootstrap()).toMatchObject({ code: 0, outputs: { status: 'created', 'assets-bucket': BUCKET } });
  expect(await bootstrap()).toMatchObject({ code: 0, outputs: { status: 'unchanged', 'assets-bucket': BUCKET } });
});

test('a rollback that got stuck is continued, and what then stands as it should is a success', async () => {
  await bootstrap();
  await shown('UPDATE_ROLLBACK_FAILED');
  const planned = await bootstrap({ 'dry-run': 'offline' });
  expect(planned.log).toContain(`recover stack ${STACK} (it is in UPDATE_ROLLBACK_FAILED)`);
  expect(planned.calls).not.toContain('cloudformation ContinueUpdateRollback');
  const recovered = await bootstrap();
  expect(recovered).toMatchObject({ code: 0, outputs: { status: 'unchanged', 'assets-bucket': BUCKET } });
  expect(recovered.calls).toContain('cloudformation ContinueUpdateRollback');
  expect(await statusIn(place.look(), STACK)).toBe('UPDATE_ROLLBACK_COMPLETE');
});

test('a stack that was rolled back and needs no change stands, at every further run', async () => {
  await bootstrap();
  await shown('UPDATE_ROLLBACK_COMPLETE');
  expect(await bootstrap()).toMatchObject({ code: 0, outputs: { status: 'unchanged' } });
  expect(await bootstrap()).toMatchObject({ code: 0, outputs: { status: 'unchanged' } });
});

test('a stack that never stood is deleted and made again, and the plan says so', async () => {
  await bootstrap();
  await shown('ROLLBACK_COMPLETE');
  const planned = await bootstrap({ 'dry-run': 'offline' });
  expect(planned.log).toContain(`delete stack ${STACK} (it is in ROLLBACK_COMPLETE)`);
  expect(planned.log).toContain(`create stack ${STACK}`);
  expect(await bootstrap()).toMatchObject({ code: 0, outputs: { status: 'created', 'assets-bucket': BUCKET } });
  expect(await statusIn(place.look(), STACK)).toBe('CREATE_COMPLETE');
});

test('a bucket of that name which somebody has is named; when it is gone, the next run goes on', async () => {
  await place.aws.s3.createBucket({ Bucket: BUCKET });
  const refused = await bootstrap();
  expect(refused.code).toBe(1);
  expect(refused.log).toContain(BUCKET);
  expect(refused.log).toMatch(/already exists/);
  await place.aws.s3.deleteBucket({ Bucket: BUCKET });
  expect(await bootstrap()).toMatchObject({ code: 0, outputs: { status: 'created' } });
});
