import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { ACCOUNT, type Clients, errorOf, HERE, makeWorkgroup, REGION, reached, redshiftOf } from './redshift-client.ts';
import { signed } from './support.ts';

// Redshift Serverless of the local AWS: what its API reference promises of namespaces, workgroups, limits and tags.

let aws: LocalAws;
let here: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  here = redshiftOf(aws);
}, 300_000);
afterAll(async () => {
  await aws?.stop();
});
beforeEach(() => aws.reset());

describe('namespaces', () => {
  test('have an ARN, a first database and a date that the SDK reads', async () => {
    const { namespace } = await here.serverless.createNamespace({ namespaceName: 'bench' });
    expect(namespace).toMatchObject({ namespaceName: 'bench', dbName: 'dev', status: 'AVAILABLE' });
    expect(namespace!.namespaceArn).toBe(
      `arn:aws:redshift-serverless:${REGION}:${ACCOUNT}:namespace/${namespace!.namespaceId}`,
    );
    expect(namespace!.creationDate).toBeInstanceOf(Date);
  });

  test('with a managed password show the ARN of its secret and never a password', async () => {
    const { namespace } = await here.serverless.createNamespace({
      namespaceName: 'managed',
      adminUsername: 'root',
      manageAdminPassword: true,
    });
    expect(namespace!.adminPasswordSecretArn).toMatch(
      /^arn:aws:secretsmanager:eu-west-1:111122223333:secret:redshift!/,
    );
    const own = await here.serverless.createNamespace({ namespaceName: 'own', adminUserPassword: 'Secret-123' });
    expect(JSON.stringify(own)).not.toContain('Secret-123');
    const both = { namespaceName: 'both', adminUserPassword: 'Secret-123', manageAdminPassword: true };
    expect(await errorOf(here.serverless.createNamespace(both))).toMatchObject({ name: 'ValidationException' });
  });

  test('are changed and keep their secret, and go', async () => {
    const { serverless } = here;
    const { namespace } = await serverless.createNamespace({ namespaceName: 'bench', manageAdminPassword: true });
    const updated = await serverless.updateNamespace({ namespaceName: 'bench', logExports: ['userlog'] });
    expect(updated.namespace).toMatchObject({
      logExports: ['userlog'],
      adminPasswordSecretArn: namespace!.adminPasswordSecretArn,
    });
    const given = await serverless.updateNamespace({ namespaceName: 'bench', manageAdminPassword: false });
    expect(given.namespace!.adminPasswordSecretArn).toBeUndefined();
    expect((await serverless.deleteNamespace({ namespaceName: 'bench' })).namespace!.status).toBe('DELETING');
    expect(await errorOf(serverless.getNamespace({ namespaceName: 'bench' }))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test.each(['ab', 'Upper', 'under_score'])('cannot be named %s', async (namespaceName) => {
    expect(await errorOf(here.serverless.createNamespace({ namespaceName }))).toMatchObject({
      name: 'ValidationException',
    });
  });

  test('a name that is taken is a conflict, as is the deletion of one with a workgroup', async () => {
    await makeWorkgroup(here);
    expect(await errorOf(here.serverless.createNamespace({ namespaceName: 'bench' }))).toMatchObject({
      name: 'ConflictException',
    });
    expect(await errorOf(here.serverless.deleteNamespace({ namespaceName: 'bench' }))).toMatchObject({
      name: 'ConflictException',
    });
  });

  test('come in pages, and belong to an account and a Region', async () => {
    for (const name of ['one', 'two', 'three']) await here.serverless.createNamespace({ namespaceName: name });
    const first = await here.serverless.listNamespaces({ maxResults: 2 });
    const second = await here.serverless.listNamespaces({ maxResults: 2, nextToken: first.nextToken });
    expect([...first.namespaces!, ...second.namespaces!].map(({ namespaceName }) => namespaceName)).toEqual([
      'one',
      'three',
      'two',
    ]);
    expect(second.nextToken).toBeUndefined();
    for (const other of [redshiftOf(aws, '444455556666'), redshiftOf(aws, ACCOUNT, 'us-east-1')]) {
      expect((await other.serverless.listNamespaces({})).namespaces).toEqual([]);
    }
  });
});

describe('workgroups', () => {
  beforeEach(async () => {
    await here.serverless.createNamespace({ namespaceName: 'bench' });
  });
  const create = (rest: object = {}) =>
    here.serverless.createWorkgroup({ workgroupName: 'bench', namespaceName: 'bench', ...rest });

  test('are created with what was asked for, and become available', async () => {
    const configParameters = [{ parameterKey: 'enable_user_activity_logging', parameterValue: 'true' }];
    const { workgroup } = await create({ baseCapacity: 16, maxCapacity: 64, configParameters });
    expect(workgroup).toMatchObject({
      status: 'CREATING',
      baseCapacity: 16,
      maxCapacity: 64,
      publiclyAccessible: false,
      configParameters,
      port: 5439,
      endpoint: { address: `bench.${ACCOUNT}.${REGION}.redshift-serverless.amazonaws.com`, port: 5439 },
    });
    const statuses: unknown[] = [];
    for (let look = 0; look < 3; look += 1) {
      statuses.push((await here.serverless.getWorkgroup({ workgroupName: 'bench' })).workgroup!.status);
    }
    expect(statuses).toEqual(['CREATING', 'CREATING', 'AVAILABLE']);
  });

  test.each([4, 8, 128, 512, 544, 1024])('take %d RPUs', async (baseCapacity) => {
    expect((await create({ baseCapacity })).workgroup!.baseCapacity).toBe(baseCapacity);
  });

  test.each([0, 5, 12, 516, 520, 1056])('refuse %d RPUs', async (baseCapacity) => {
    expect(await errorOf(create({ baseCapacity }))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`${baseCapacity} RPUs`),
    });
  });

  test('refuse a port and a parameter that there is not', async () => {
    expect(await errorOf(create({ port: 5430 }))).toMatchObject({ name: 'ValidationException' });
    const configParameters = [{ parameterKey: 'no_such_parameter', parameterValue: '1' }];
    expect(await errorOf(create({ configParameters }))).toMatchObject({ name: 'ValidationException' });
  });

  test('a resize passes through MODIFYING, in which there is no other change', async () => {
    await create();
    await reached(here.serverless, 'bench', 'AVAILABLE');
    const { workgroup } = await here.serverless.updateWorkgroup({ workgroupName: 'bench', baseCapacity: 32 });
    expect(workgroup).toMatchObject({ status: 'MODIFYING', baseCapacity: 32 });
    const again = here.serverless.updateWorkgroup({ workgroupName: 'bench', baseCapacity: 64 });
    expect(await errorOf(again)).toMatchObject({ name: 'ConflictException' });
    expect(await reached(here.serverless, 'bench', 'AVAILABLE')).toEqual(['MODIFYING', 'AVAILABLE']);
    const both = here.serverless.updateWorkgroup({ workgroupName: 'bench', baseCapacity: 64, port: 5440 });
    expect(await errorOf(both)).toMatchObject({ name: 'ValidationException' });
  });

  test('are DELETING, then gone', async () => {
    await create();
    await reached(here.serverless, 'bench', 'AVAILABLE');
    expect((await here.serverless.deleteWorkgroup({ workgroupName: 'bench' })).workgroup!.status).toBe('DELETING');
    const seen = reached(here.serverless, 'bench', 'AVAILABLE');
    expect(await errorOf(seen)).toMatchObject({ name: 'ResourceNotFoundException' });
    await here.serverless.deleteNamespace({ namespaceName: 'bench' });
  });

  test('one for a namespace, and none without a namespace', async () => {
    await create();
    expect(await errorOf(create({ workgroupName: 'second' }))).toMatchObject({ name: 'ConflictException' });
    expect(await errorOf(create())).toMatchObject({ name: 'ConflictException' });
    expect(await errorOf(create({ workgroupName: 'other', namespaceName: 'missing' }))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('come in pages', async () => {
    await create();
    await here.serverless.createNamespace({ namespaceName: 'other' });
    await create({ workgroupName: 'other', namespaceName: 'other' });
    const first = await here.serverless.listWorkgroups({ maxResults: 1 });
    const second = await here.serverless.listWorkgroups({ maxResults: 1, nextToken: first.nextToken });
    expect(
      [first.workgroups, second.workgroups].map((page) => page!.map(({ workgroupName }) => workgroupName)),
    ).toEqual([['bench'], ['other']]);
  });

  test('take no statement before they are available', async () => {
    await create();
    expect(await errorOf(here.data.executeStatement({ Sql: 'select 1', ...HERE }))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('CREATING'),
    });
  });

  test('give credentials for 15 minutes to an hour', async () => {
    await create();
    const asked = { workgroupName: 'bench', dbName: 'dev', durationSeconds: 900 };
    const { dbUser, dbPassword, expiration } = await here.serverless.getCredentials(asked);
    expect([dbUser, dbPassword]).toEqual([expect.stringMatching(/^IAM:/), expect.stringMatching(/.{20}/)]);
    expect(expiration!.getTime()).toBeGreaterThan(Date.now() + 800_000);
    for (const durationSeconds of [899, 3601]) {
      expect(await errorOf(here.serverless.getCredentials({ ...asked, durationSeconds }))).toMatchObject({
        name: 'ValidationException',
      });
    }
  });
});

describe('usage limits', () => {
  test('are made for a workgroup, changed, listed and deleted', async () => {
    await makeWorkgroup(here);
    const { serverless } = here;
    const { workgroup } = await serverless.getWorkgroup({ workgroupName: 'bench' });
    const wanted = { resourceArn: workgroup!.workgroupArn!, usageType: 'serverless-compute', amount: 10 } as const;
    const { usageLimit } = await serverless.createUsageLimit(wanted);
    expect(usageLimit).toMatchObject({ ...wanted, period: 'monthly', breachAction: 'log' });
    expect(await errorOf(serverless.createUsageLimit(wanted))).toMatchObject({ name: 'ConflictException' });
    await serverless.createUsageLimit({ ...wanted, period: 'daily', breachAction: 'deactivate' });
    const usageLimitId = usageLimit!.usageLimitId!;
    await serverless.updateUsageLimit({ usageLimitId, amount: 20 });
    expect((await serverless.getUsageLimit({ usageLimitId })).usageLimit!.amount).toBe(20);
    const first = await serverless.listUsageLimits({ resourceArn: wanted.resourceArn, maxResults: 1 });
    const second = await serverless.listUsageLimits({ maxResults: 1, nextToken: first.nextToken });
    expect(new Set([...first.usageLimits!, ...second.usageLimits!].map(({ period }) => period))).toEqual(
      new Set(['daily', 'monthly']),
    );
    await serverless.deleteUsageLimit({ usageLimitId });
    expect(await errorOf(serverless.getUsageLimit({ usageLimitId }))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('need a resource that is there and an amount above 0', async () => {
    const usageType = 'serverless-compute';
    const missing = here.serverless.createUsageLimit({ resourceArn: 'arn:missing', usageType, amount: 1 });
    expect(await errorOf(missing)).toMatchObject({ name: 'ResourceNotFoundException' });
    const none = here.serverless.createUsageLimit({ resourceArn: 'arn:missing', usageType, amount: 0 });
    expect(await errorOf(none)).toMatchObject({ name: 'ValidationException' });
  });
});

test('tags are given with a resource, added, listed and removed', async () => {
  const { serverless } = here;
  const tags = [{ key: 'team', value: 'data' }];
  const { namespace } = await serverless.createNamespace({ namespaceName: 'bench', tags });
  const resourceArn = namespace!.namespaceArn!;
  await serverless.tagResource({ resourceArn, tags: [{ key: 'stage', value: 'test' }] });
  expect((await serverless.listTagsForResource({ resourceArn })).tags).toEqual([
    ...tags,
    { key: 'stage', value: 'test' },
  ]);
  await serverless.untagResource({ resourceArn, tagKeys: ['team'] });
  expect((await serverless.listTagsForResource({ resourceArn })).tags).toEqual([{ key: 'stage', value: 'test' }]);
  expect(await errorOf(serverless.listTagsForResource({ resourceArn: 'arn:missing' }))).toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('calls are recorded with the actions that they need', async () => {
  const tags = [{ key: 'team', value: 'data' }];
  await here.serverless.createNamespace({ namespaceName: 'bench', manageAdminPassword: true, tags });
  const [call] = aws.calls();
  expect(call).toMatchObject({
    service: 'redshift-serverless',
    iamAction: 'redshift-serverless:CreateNamespace',
    account: ACCOUNT,
    region: REGION,
  });
  expect(call!.alsoNeeds).toEqual(
    expect.arrayContaining(['redshift-serverless:TagResource', 'secretsmanager:CreateSecret']),
  );
});

test('an operation that is not there is answered with 501 and its name', async () => {
  const answer = await errorOf(here.serverless.listSnapshots({}));
  expect(answer).toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('ListSnapshots') });
  const finalSnapshot = here.serverless.deleteNamespace({ namespaceName: 'bench', finalSnapshotName: 'last' });
  expect(await errorOf(finalSnapshot)).toMatchObject({ name: 'NotImplemented' });
});

test('a body that is no JSON is refused', async () => {
  const headers = { 'x-amz-target': 'RedshiftServerless.ListNamespaces', 'content-type': 'application/x-amz-json-1.1' };
  const answer = await signed(aws.endpoint, 'redshift-serverless', { method: 'POST', headers, body: '{' });
  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([400, 'SerializationException']);
});
