import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Connection, connectAws } from '../../../lib/aws/clients.ts';
import { connectTargets } from '../../../lib/aws/targets.ts';
import { startTestAws, type TestAws } from '../../support/stack-context.ts';

const role = (account: string) => `arn:aws:iam::${account}:role/deploy`;
const CONNECTION: Connection = {
  region: 'eu-central-1',
  roleToAssume: role('111111111111'),
  allowedAccountIds: [],
  identityToken: async () => 'e30.e30.x',
  userAgent: { version: '1.2.3', operation: 'stack deploy' },
};

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());

test('another Region has the credentials of the first, which are asked for once', async () => {
  const { operations } = await aws.during(async () => {
    const home = connectAws(CONNECTION);
    for (const region of ['eu-central-1', 'eu-west-1', 'us-east-1']) {
      const there = home.at({ region });
      expect(there.region).toBe(region);
      await (await there.cloudFormation()).listStacks({});
    }
  });
  expect(operations.filter((call) => call.startsWith('sts'))).toEqual(['sts AssumeRoleWithWebIdentity']);
  expect(aws.local.calls().at(-1)).toMatchObject({ region: 'us-east-1', account: '111111111111' });
});

test('another account is a hop from the first: the token of the host is for the first role only', async () => {
  const home = connectAws(CONNECTION);
  const { operations, result } = await aws.during(async () => home.at({ role: role('222222222222') }).accountId());
  expect(result).toBe('222222222222');
  expect(operations).toEqual(['sts AssumeRoleWithWebIdentity', 'sts AssumeRole', 'sts GetCallerIdentity']);
  const again = await aws.during(async () => {
    await (await home.at({ role: role('222222222222'), region: 'us-east-1' }).cloudFormation()).listStacks({});
  });
  expect(again.operations).toEqual(['cloudformation ListStacks']);
});

test('another account is guarded as the first, and the first need not be allowed itself', async () => {
  const home = connectAws({ ...CONNECTION, allowedAccountIds: ['222222222222'] });
  expect(await home.at({ role: role('222222222222') }).accountId()).toBe('222222222222');
  await expect(home.at({ role: role('333333333333') }).s3()).rejects.toThrow(
    'The credentials are for account 333333333333',
  );
});

test('without a Region of the job, another one is home: the first role is assumed once, and each hop once', async () => {
  const { region: _, ...connection } = CONNECTION;
  const environment = { AWS_ENDPOINT_URL: aws.local.endpoint };
  const none = connectAws({ ...connection, region: undefined, environment });
  expect(none.hasRegion).toBe(false);
  const regions = ['eu-west-1', 'us-east-1'];
  const targets = connectTargets(none, { regions, roles: [role('222222222222'), role('333333333333')] });
  const { operations } = await aws.during(async () => {
    for (const { aws: there } of targets) await (await there.cloudFormation()).listStacks({});
  });
  expect(operations.filter((call) => call.startsWith('sts'))).toEqual([
    'sts AssumeRoleWithWebIdentity',
    'sts AssumeRole',
    'sts AssumeRole',
  ]);
});
