import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Gateway } from '../../local-aws/gateway.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, clients, messageOf, signed } from './support.ts';

let aws: LocalAws;
let all: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  all = clients(aws.endpoint);
}, 300_000);

afterAll(() => aws?.stop());

/** What was recorded while `action` ran. */
async function recorded(action: () => Promise<unknown>) {
  const before = aws.calls().at(-1)?.n ?? 0;
  await action();
  return aws.calls(before);
}

describe('recording', () => {
  test('a call is named, with Region, account, agent, status and resource', async () => {
    const calls = await recorded(() => all.s3.createBucket({ Bucket: 'recorded' }));
    expect(calls).toEqual([
      {
        n: expect.any(Number),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        service: 's3',
        operation: 'CreateBucket',
        iamAction: 's3:CreateBucket',
        region: 'eu-west-1',
        account: '000000000000',
        accessKeyId: '000000000000',
        userAgent: expect.stringContaining('aws-sdk-js/'),
        status: 200,
        resource: 'recorded',
      },
    ]);
  });

  test('what the clients send is named as the service calls it', async () => {
    const calls = await recorded(async () => {
      await all.s3.createBucket({ Bucket: 'named' });
      await all.s3.putBucketVersioning({ Bucket: 'named', VersioningConfiguration: { Status: 'Enabled' } });
      await all.s3.putObject({ Bucket: 'named', Key: 'a/b c', Body: 'x' });
      await all.s3.headObject({ Bucket: 'named', Key: 'a/b c' });
      await all.s3.getObject({ Bucket: 'named', Key: 'a/b c' });
      await all.s3.listObjectsV2({ Bucket: 'named' });
      const { Versions = [] } = await all.s3.listObjectVersions({ Bucket: 'named' });
      const Objects = Versions.map(({ Key, VersionId }) => ({ Key: Key!, VersionId: VersionId! }));
      await all.s3.deleteObjects({ Bucket: 'named', Delete: { Objects } });
      await all.s3.deleteBucket({ Bucket: 'named' });
      await all.sts.getCallerIdentity({});
      await all.dynamodb.listTables({});
      await all.lambda.listFunctions({});
      await all.cloudformation.listStacks({});
    });
    expect(calls.map(({ service, operation }) => `${service} ${operation}`)).toEqual([
      's3 CreateBucket',
      's3 PutBucketVersioning',
      's3 PutObject',
      's3 HeadObject',
      's3 GetObject',
      's3 ListObjectsV2',
      's3 ListObjectVersions',
      's3 DeleteObjects',
      's3 DeleteBucket',
      'sts GetCallerIdentity',
      'dynamodb ListTables',
      'lambda ListFunctions',
      'cloudformation ListStacks',
    ]);
    expect(calls.find(({ operation }) => operation === 'DeleteObjects')?.iamAction).toBe('s3:DeleteObjectVersion');
    expect(calls.find(({ operation }) => operation === 'PutObject')?.resource).toBe('named/a/b c');
  });

  test('a refused call is recorded with its status', async () => {
    const calls = await recorded(() => messageOf(all.s3.headBucket({ Bucket: 'never-made' })));
    expect(calls).toMatchObject([{ operation: 'HeadBucket', status: 404 }]);
  });

  test('the list can be read and cleared over HTTP', async () => {
    await all.sts.getCallerIdentity({});
    const url = `${aws.endpoint}/_headgate/calls`;
    const list = async (query = '') => (await (await fetch(url + query)).json()) as { n: number; operation: string }[];
    const last = (await list()).at(-1);
    expect(last?.operation).toBe('GetCallerIdentity');
    expect(await list(`?since=${last!.n}`)).toEqual([]);
    expect((await fetch(`${url}?since=x`)).status).toBe(400);
    await fetch(url, { method: 'DELETE' });
    expect(await list()).toEqual([]);
  });
});

describe('accounts', () => {
  test('an access key of twelve digits is the account, and what is made there is seen only there', async () => {
    const other = clients(aws.endpoint, '111111111111');
    await other.dynamodb.createTable({
      TableName: 'theirs',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
    expect((await other.sts.getCallerIdentity({})).Account).toBe('111111111111');
    expect((await all.dynamodb.listTables({})).TableNames).not.toContain('theirs');
    expect(aws.calls().findLast(({ operation }) => operation === 'CreateTable')?.account).toBe('111111111111');
  });

  test('keys of an assumed role land in the account of the role', async () => {
    const { Credentials } = await all.sts.assumeRole({
      RoleArn: 'arn:aws:iam::222222222222:role/deployer',
      RoleSessionName: 'test',
    });
    const credentials = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
    const s3 = new (all.s3.constructor as new (o: object) => typeof all.s3)({
      endpoint: aws.endpoint,
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials,
    });
    await s3.createBucket({ Bucket: 'in-the-other-account' });
    expect(aws.calls().at(-1)).toMatchObject({ operation: 'CreateBucket', account: '222222222222' });
    const names = (await all.s3.listBuckets({})).Buckets?.map(({ Name }) => Name);
    expect(names).not.toContain('in-the-other-account');
  });
});

describe('routing', () => {
  test('a service that nobody answers is refused in its own protocol, and recorded', async () => {
    const init = {
      method: 'POST',
      body: '{}',
      headers: { 'x-amz-target': 'Glacier.ListVaults', 'content-type': 'application/x-amz-json-1.1' },
    };
    const answer = await signed(aws.endpoint, 'glacier', init);
    expect(answer.status).toBe(501);
    expect(await answer.json()).toMatchObject({
      __type: 'NotImplemented',
      message: expect.stringContaining("signing name 'glacier'"),
    });
    expect(aws.calls().at(-1)).toMatchObject({ service: 'glacier', operation: 'ListVaults', status: 501 });
  });

  test('an unsigned AssumeRoleWithWebIdentity reaches STS', async () => {
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::333333333333:role/ci',
      RoleSessionName: 's',
      WebIdentityToken: 'e30.e30.x',
    });
    const answer = await fetch(aws.endpoint, { method: 'POST', body });
    expect(await answer.text()).toContain('arn:aws:sts::333333333333:assumed-role/ci/s');
    expect(aws.calls().at(-1)).toMatchObject({ service: 'sts', operation: 'AssumeRoleWithWebIdentity', status: 200 });
  });

  test('bodies arrive as they were sent, in both directions', async () => {
    const body = randomBytes(3 * 1024 * 1024);
    await all.s3.createBucket({ Bucket: 'bytes' });
    await all.s3.putObject({ Bucket: 'bytes', Key: 'k', Body: body });
    const { Body } = await all.s3.getObject({ Bucket: 'bytes', Key: 'k' });
    expect(Buffer.from(await Body!.transformToByteArray()).equals(body)).toBe(true);
  });

  test('a client that goes away leaves the gateway working', async () => {
    const { port } = new URL(aws.endpoint);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('PUT /bytes/half HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc');
    socket.destroy();
    await once(socket, 'close');
    expect((await all.sts.getCallerIdentity({})).Account).toBe('000000000000');
  });

  test('an interceptor may answer in place of the service; the call is recorded with that status', async () => {
    const gateway = await Gateway.start({
      interceptors: [
        async (call, _request, response) => {
          if (call.operation !== 'ListTables') return false;
          response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
          response.end(JSON.stringify({ __type: 'ThrottlingException', message: 'slow down' }));
          return true;
        },
      ],
    });
    try {
      const { dynamodb, sts } = clients(gateway.endpoint);
      expect(await messageOf(dynamodb.listTables({}))).toBe('ThrottlingException: slow down');
      await expect(sts.getCallerIdentity({})).resolves.toMatchObject({ Account: '000000000000' });
      expect(gateway.calls.since()).toMatchObject([{ status: 400 }, { status: 200 }]);
    } finally {
      await gateway.stop();
    }
  });
});

describe('who may ask', () => {
  test('the gateway is on the loopback address only', async () => {
    const { hostname, port } = new URL(aws.endpoint);
    const outer = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
    expect(hostname).toBe('127.0.0.1');
    if (outer) {
      const socket = connect(Number(port), outer);
      const [error] = await once(socket, 'error');
      expect(error.code).toBe('ECONNREFUSED');
    }
  });

  test('a web page of another origin cannot make a call or stop the gateway', async () => {
    const headers = { origin: 'http://attacker.example' };
    const before = aws.calls().length;
    const call = await fetch(aws.endpoint, { method: 'POST', body: new URLSearchParams({ Action: 'x' }), headers });
    const stop = await fetch(`${aws.endpoint}/_headgate/stop`, { method: 'POST', headers });
    expect([call.status, stop.status]).toEqual([403, 403]);
    expect(aws.calls()).toHaveLength(before);
  });

  test('an emulator does not answer without the gateway', async () => {
    const gateway = await Gateway.start();
    try {
      const [child] = await gateway.children();
      const answer = await fetch(`http://127.0.0.1:${child!.port}/_ministack/health`);
      expect(answer.status).toBe(403);
    } finally {
      await gateway.stop();
    }
  });

  test('a port that is taken is an error that says so', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await messageOf(startLocalAws({ port }))).toContain(`Port ${port} of 127.0.0.1 is taken`);
    taken.close();
  });
});

test('a reset removes what was made and what was recorded', async () => {
  await all.s3.createBucket({ Bucket: 'short-lived' });
  await aws.reset();
  expect(aws.calls()).toEqual([]);
  expect(await messageOf(all.s3.headBucket({ Bucket: 'short-lived' }))).toContain('NotFound');
});

test('several run at once, each with its own resources and calls', async () => {
  const others = await Promise.all([startLocalAws(), startLocalAws()]);
  try {
    await Promise.all(others.map((one, i) => clients(one.endpoint).s3.createBucket({ Bucket: `of-${i}` })));
    const [first, second] = others.map((one) => clients(one.endpoint));
    expect((await first!.s3.listBuckets({})).Buckets?.map(({ Name }) => Name)).toEqual(['of-0']);
    expect((await second!.s3.listBuckets({})).Buckets?.map(({ Name }) => Name)).toEqual(['of-1']);
    expect(others[0]!.calls()).toHaveLength(2);
  } finally {
    await Promise.all(others.map((one) => one.stop()));
  }
  expect(await messageOf(fetch(others[0]!.endpoint))).toContain('fetch failed');
});

test('the environment points an SDK at the gateway', () => {
  expect(aws.environment).toEqual({
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});
