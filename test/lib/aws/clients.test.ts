import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Connection, connectAws } from '../../../lib/aws/clients.ts';
import { BadInput, Refused } from '../../../lib/errors.ts';
import { startTestAws, type TestAws } from '../../support/stack-context.ts';

const CONNECTION: Connection = {
  region: 'eu-central-1',
  roleToAssume: undefined,
  allowedAccountIds: [],
  identityToken: async () => undefined,
  userAgent: { version: '1.2.3', operation: 'branch-stack deploy' },
};
const OWN = '000000000000';
const ROLE = 'arn:aws:iam::222222222222:role/deploy';
const connect = (more: Partial<Connection> = {}) => connectAws({ ...CONNECTION, ...more });

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());

/** The operations that were called, whatever came of them. */
const operations = async (work: () => Promise<unknown>) => (await aws.during(() => work().catch(() => {}))).operations;

describe('the Region', () => {
  const region = (environment: NodeJS.ProcessEnv, given?: string) => connect({ environment, region: given }).region;

  test('is the one that is given, before those of the environment', () => {
    expect(region({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }, 'eu-central-1')).toBe('eu-central-1');
    expect(region({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-1');
    expect(region({ AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
  });

  test('of an empty variable is none', () => {
    expect(region({ AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
    expect(() => region({ AWS_REGION: '' })).toThrow(
      "input 'region': is required: give it, or set AWS_REGION for the job",
    );
    expect(() => region({})).toThrow(BadInput);
  });

  test('decides the partition', () => {
    expect(connect({ region: 'cn-north-1' }).partition).toEqual({ id: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' });
  });
});

test('connecting calls nothing, and a call says who makes it', async () => {
  const before = aws.local.calls().at(-1)?.n ?? 0;
  const connected = connect();
  expect(aws.local.calls(before)).toEqual([]);
  await (await connected.cloudFormation()).listStacks({});
  expect(aws.local.calls(before)).toMatchObject([
    {
      operation: 'ListStacks',
      region: 'eu-central-1',
      userAgent: expect.stringMatching(/\bheadgate\/1\.2\.3\b.*branch-stack\.deploy/),
    },
  ]);
});

test('the clients are made once', async () => {
  const connected = connect();
  expect(await connected.cloudFormation()).toBe(await connected.cloudFormation());
  expect(await connected.s3()).toBe(await connected.s3());
});

describe('allowed-account-ids', () => {
  test('lets the account through, which is asked for once', async () => {
    const connected = connect({ allowedAccountIds: ['111111111111', OWN] });
    const calls = await operations(async () => {
      await (await connected.cloudFormation()).listStacks({});
      await (await connected.s3()).listBuckets({});
      expect(await connected.accountId()).toBe(OWN);
    });
    expect(calls).toEqual(['sts GetCallerIdentity', 'cloudformation ListStacks', 's3 ListBuckets']);
  });

  test.each(['cloudFormation', 's3', 'accountId'] as const)(
    'refuses another account before any other call: %s',
    async (service) => {
      const connected = connect({ allowedAccountIds: ['111111111111', '333333333333'] });
      const calls = await operations(async () => {
        await expect(connected[service]()).rejects.toThrow(
          "The credentials are for account 000000000000, which is not in 'allowed-account-ids' (111111111111, 333333333333)",
        );
      });
      expect(calls).toEqual(['sts GetCallerIdentity']);
    },
  );

  test('means the account of the role that is assumed', async () => {
    const connected = connect({ roleToAssume: ROLE, allowedAccountIds: [OWN] });
    await expect(connected.s3()).rejects.toThrow('The credentials are for account 222222222222');
    expect(await connect({ roleToAssume: ROLE, allowedAccountIds: ['222222222222'] }).accountId()).toBe('222222222222');
  });

  test.each(['11111111111', '1111-1111-1111', 'main', ' 111111111111'])('%j is no account id', (id) => {
    expect(() => connect({ allowedAccountIds: [OWN, id] })).toThrow(
      `input 'allowed-account-ids': '${id}' is not an account id; write twelve digits`,
    );
  });
});

describe('role-to-assume', () => {
  test('with an identity token of the host is assumed with that, and the token is for STS', async () => {
    const audiences: string[] = [];
    const identityToken = async (audience: string) => {
      audiences.push(audience);
      return 'e30.e30.x';
    };
    const connected = connect({ roleToAssume: ROLE, identityToken });
    const calls = await operations(async () => (await connected.cloudFormation()).listStacks({}));
    expect(calls).toEqual(['sts AssumeRoleWithWebIdentity', 'cloudformation ListStacks']);
    expect(audiences).toEqual(['sts.amazonaws.com']);
    expect(aws.local.calls().at(-1)?.account).toBe('222222222222');
  });

  test('with an identity token needs no other credentials', async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    try {
      const connected = connect({ roleToAssume: ROLE, identityToken: async () => 'e30.e30.x' });
      expect(await connected.accountId()).toBe('222222222222');
    } finally {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
    }
  });

  test('without a token is assumed with the credentials of the job', async () => {
    const connected = connect({ roleToAssume: ROLE });
    const calls = await operations(async () => (await connected.s3()).listBuckets({}));
    expect(calls).toEqual(['sts AssumeRole', 's3 ListBuckets']);
    expect(aws.local.calls().at(-1)?.account).toBe('222222222222');
  });

  test('is assumed once for all clients', async () => {
    const connected = connect({ roleToAssume: ROLE });
    const calls = await operations(async () => {
      await (await connected.s3()).listBuckets({});
      await (await connected.cloudFormation()).listStacks({});
      await connected.accountId();
    });
    expect(calls.filter((call) => call === 'sts AssumeRole')).toHaveLength(1);
  });

  test('of an unsuccessful assumption is tried again at the next use', async () => {
    let asked = 0;
    const identityToken = async () => {
      asked += 1;
      if (asked === 1) throw new Refused({ what: 'The host gave no token' });
      return 'e30.e30.x';
    };
    const connected = connect({ roleToAssume: ROLE, identityToken });
    await expect(connected.accountId()).rejects.toThrow('The host gave no token');
    expect(await connected.accountId()).toBe('222222222222');
  });
});

describe('with the local AWS', () => {
  let elsewhere: Server | undefined;
  afterEach(() => {
    elsewhere?.close();
    elsewhere = undefined;
    delete process.env.AWS_ENDPOINT_URL_S3;
  });

  test('is known as such', () => {
    expect(connect().isLocal).toBe(true);
    expect(connect({ environment: { AWS_ENDPOINT_URL: 'https://example.com' } }).isLocal).toBe(false);
    expect(connect({ environment: {} }).isLocal).toBe(false);
  });

  test('a call to any other host is stopped before it leaves this machine', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737): nobody answers there.
    process.env.AWS_ENDPOINT_URL_S3 = 'http://192.0.2.1:9000';
    const s3 = await connect().s3();
    const error = await s3.listBuckets({}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).explanation.what).toBe(
      `A call to 192.0.2.1 was stopped, because AWS_ENDPOINT_URL says that the local AWS (${aws.local.endpoint}) is in use`,
    );
  });

  test('another port of this machine may answer for one service', async () => {
    elsewhere = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(
        '<ListAllMyBucketsResult><Buckets><Bucket><Name>elsewhere</Name></Bucket></Buckets></ListAllMyBucketsResult>',
      );
    });
    await new Promise<void>((resolve) => elsewhere?.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const { Buckets } = await (await connect().s3()).listBuckets({});
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['elsewhere']);
  });
});
