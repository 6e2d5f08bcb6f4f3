import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { keepLimit, type LimitEvent } from '../../../stacks/warehouse-benchmark/functions/usage-limit/keep-limit.ts';
import { type Clients, makeWorkgroup, redshiftOf } from '../../local-aws/redshift-client.ts';

// The function that keeps the usage limit of the stack, with the requests that CloudFormation sends, against the service.

let aws: LocalAws;
let here: Clients;
let WorkgroupArn: string;

beforeAll(async () => {
  aws = await startLocalAws();
  here = redshiftOf(aws);
}, 300_000);
afterAll(async () => {
  here?.data.destroy();
  here?.serverless.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await makeWorkgroup(here, 'bench');
  const { workgroup } = await here.serverless.getWorkgroup({ workgroupName: 'bench' });
  WorkgroupArn = workgroup?.workgroupArn ?? '';
});

async function send(
  RequestType: LimitEvent['RequestType'],
  more: Partial<LimitEvent['ResourceProperties']> = {},
  PhysicalResourceId?: string,
) {
  const event: LimitEvent = {
    RequestType,
    ResponseURL: 'unused',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Limit',
    ...(PhysicalResourceId === undefined ? {} : { PhysicalResourceId }),
    ResourceProperties: { WorkgroupArn, Amount: '100', Period: 'daily', BreachAction: 'deactivate', ...more },
  };
  return await keepLimit(event, here.serverless);
}

const limits = async () => (await here.serverless.listUsageLimits({ resourceArn: WorkgroupArn })).usageLimits ?? [];

test('makes the limit once, however often it is asked to', async () => {
  const first = await send('Create');
  const second = await send('Create');
  expect(first).toMatchObject({ Status: 'SUCCESS' });
  expect(second).toEqual(first);
  expect(await limits()).toEqual([
    expect.objectContaining({
      usageLimitId: first.PhysicalResourceId,
      usageType: 'serverless-compute',
      amount: 100,
      period: 'daily',
      breachAction: 'deactivate',
    }),
  ]);
});

test('changes it in place; another period is another limit, and the one of before is deleted after', async () => {
  const { PhysicalResourceId: id } = await send('Create');
  expect(await send('Update', { Amount: '20', BreachAction: 'log' }, id)).toEqual({
    Status: 'SUCCESS',
    PhysicalResourceId: id,
  });
  expect(await limits()).toEqual([expect.objectContaining({ amount: 20, breachAction: 'log' })]);
  const { PhysicalResourceId: weekly } = await send('Update', { Period: 'weekly' }, id);
  expect(weekly).not.toBe(id);
  expect(await send('Delete', {}, id)).toMatchObject({ Status: 'SUCCESS' });
  expect(await limits()).toEqual([expect.objectContaining({ usageLimitId: weekly, period: 'weekly' })]);
});

test('deletes what is there, and nothing is no failure', async () => {
  const { PhysicalResourceId: id } = await send('Create');
  expect(await send('Delete', {}, id)).toEqual({ Status: 'SUCCESS', PhysicalResourceId: id });
  expect(await send('Delete', {}, id)).toEqual({ Status: 'SUCCESS', PhysicalResourceId: id });
  expect(await send('Delete')).toEqual({ Status: 'SUCCESS', PhysicalResourceId: 'no-limit' });
  expect(await limits()).toEqual([]);
});

test('a failure says why, and the deletion that follows it succeeds', async () => {
  const failed = await send('Create', { WorkgroupArn: `${WorkgroupArn}0` });
  expect(failed).toEqual({
    Status: 'FAILED',
    PhysicalResourceId: 'no-limit',
    Reason: expect.stringMatching(/^ResourceNotFoundException: .*does not exist/),
  });
  expect(await send('Delete', {}, failed.PhysicalResourceId)).toMatchObject({ Status: 'SUCCESS' });
});
