import { connect } from 'node:net';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, clients, messageOf, settled, signed, template } from './support.ts';

const topic = template({ Topic: { Type: 'AWS::SNS::Topic' } });

let aws: LocalAws;
let all: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  all = clients(aws.endpoint);
}, 300_000);

beforeEach(() => aws.reset());

afterAll(() => aws?.stop());

/** Clients that repeat a failed call as often as SDKs do by default. */
function patient(region = 'eu-west-1') {
  const credentials = { accessKeyId: '000000000000', secretAccessKey: 'local' };
  const options = { endpoint: aws.endpoint, region, credentials };
  return { cloudformation: new CloudFormation(options), s3: new S3({ ...options, forcePathStyle: true }) };
}

function outcomes() {
  return aws.calls().map(({ operation, status, fault }) => [operation, status, fault]);
}

describe('a client that does not try again sees the fault', () => {
  test('throttling, as each service words it', async () => {
    aws.setFaults({ rules: [{ fault: 'throttle' }] });
    expect(await messageOf(all.cloudformation.describeStacks({}))).toBe('Throttling: Rate exceeded');
    expect(await messageOf(all.s3.listBuckets({}))).toBe('SlowDown: Please reduce your request rate.');
    expect(await messageOf(all.lambda.listFunctions({}))).toBe('TooManyRequestsException: Rate Exceeded.');
    expect(await messageOf(all.dynamodb.listTables({}))).toBe('ThrottlingException: Rate exceeded');
    expect(await messageOf(all.sts.getCallerIdentity({}))).toBe('Throttling: Rate exceeded');
    expect(aws.calls().map(({ status, fault }) => [status, fault])).toEqual([
      [400, 'throttle'],
      [503, 'throttle'],
      [429, 'throttle'],
      [400, 'throttle'],
      [400, 'throttle'],
    ]);
  });

  test('a failing service, also without a body', async () => {
    aws.setFaults({
      rules: [
        { fault: 'server-error', operation: 'HeadBucket' },
        { fault: 'server-error', status: 503 },
      ],
    });
    await expect(all.s3.headBucket({ Bucket: 'any' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    expect(await messageOf(all.cloudformation.listStacks({}))).toContain('ServiceUnavailable: ');
    await expect(all.cloudformation.listStacks({})).rejects.toMatchObject({ $fault: 'server' });
  });

  test('a reset connection; the call was not carried out', async () => {
    aws.setFaults({ rules: [{ fault: 'reset', operation: 'CreateBucket' }] });
    await expect(all.s3.createBucket({ Bucket: 'lost' })).rejects.toThrow('ECONNRESET');
    expect(outcomes()).toEqual([['CreateBucket', 0, 'reset']]);
    expect((await all.s3.listBuckets({})).Buckets ?? []).toEqual([]);
  });

  test('a reset connection in place of the answer; the call was carried out', async () => {
    aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'CreateBucket' }] });
    await expect(all.s3.createBucket({ Bucket: 'made' })).rejects.toThrow('ECONNRESET');
    expect(outcomes()).toEqual([['CreateBucket', 0, 'reset-after']]);
    expect((await all.s3.listBuckets({})).Buckets?.map(({ Name }) => Name)).toEqual(['made']);
  });

  test('a reset in the middle of an upload', async () => {
    await all.s3.createBucket({ Bucket: 'large' });
    aws.setFaults({ rules: [{ fault: 'reset', operation: 'PutObject' }] });
    const put = all.s3.putObject({ Bucket: 'large', Key: 'k', Body: Buffer.alloc(8 * 1024 * 1024) });
    await expect(put).rejects.toThrow(/ECONNRESET|EPIPE/);
  });

  test('a Region that is down; the others work, and it comes back', async () => {
    aws.setFaults({ rules: [{ fault: 'unreachable', region: 'eu-west-2' }] });
    const down = clients(aws.endpoint, '000000000000', 'eu-west-2');
    await expect(down.cloudformation.listStacks({})).rejects.toThrow('ECONNRESET');
    await expect(down.s3.listBuckets({})).rejects.toThrow('ECONNRESET');
    await expect(all.cloudformation.listStacks({})).resolves.toBeDefined();
    aws.clearFaults();
    await expect(down.cloudformation.listStacks({})).resolves.toBeDefined();
    expect(outcomes().map(([, , fault]) => fault)).toEqual(['unreachable', 'unreachable', undefined, undefined]);
  });

  test('a service that nobody answers is lost without an answer, too', async () => {
    aws.setFaults({ rules: [{ fault: 'reset-after' }] });
    await expect(signed(aws.endpoint, 'glacier')).rejects.toThrow('fetch failed');
    expect(aws.calls()).toMatchObject([{ service: 'glacier', status: 0, fault: 'reset-after' }]);
  });
});

describe('a client with its default retries', () => {
  test('gets through throttling, a failure, a reset and a lost answer', async () => {
    aws.setFaults({
      rules: [
        { fault: 'throttle', operation: 'ListStacks', times: 1 },
        { fault: 'server-error', operation: 'ListStacks', times: 1 },
        { fault: 'reset', operation: 'ListBuckets', times: 1 },
        { fault: 'reset-after', operation: 'ListBuckets', times: 1 },
      ],
    });
    const { cloudformation, s3 } = patient();
    await expect(cloudformation.listStacks({})).resolves.toBeDefined();
    await expect(s3.listBuckets({})).resolves.toBeDefined();
    expect(outcomes()).toEqual([
      ['ListStacks', 400, 'throttle'],
      ['ListStacks', 500, 'server-error'],
      ['ListStacks', 200, undefined],
      ['ListBuckets', 0, 'reset'],
      ['ListBuckets', 0, 'reset-after'],
      ['ListBuckets', 200, undefined],
    ]);
  });

  test('repeats a creation whose answer was lost, and meets what it made itself', async () => {
    aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'CreateStack', times: 1 }] });
    const create = patient().cloudformation.createStack({ StackName: 'twice', TemplateBody: topic });
    expect(await messageOf(create)).toBe('AlreadyExistsException: Stack [twice] already exists');
    expect(await settled(all, 'twice')).toBe('CREATE_COMPLETE');
  });
});

describe('latency', () => {
  test('keeps the call back, then lets it go on', async () => {
    aws.setFaults({ rules: [{ fault: 'latency', milliseconds: 60 }] });
    const begun = performance.now();
    await all.s3.createBucket({ Bucket: 'late' });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(55);
    expect(outcomes()).toEqual([['CreateBucket', 200, 'latency']]);
  });

  test('ends when the caller goes away; the call is not carried out', async () => {
    aws.setFaults({ rules: [{ fault: 'latency', milliseconds: 600_000 }] });
    const { port } = new URL(aws.endpoint);
    const socket = connect(Number(port), '127.0.0.1');
    const scope = 'Credential=000000000000/20261122/eu-west-1/s3/aws4_request';
    socket.end(
      `PUT /gone HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 ${scope}\r\nContent-Length: 0\r\n\r\n`,
    );
    const arrived = () => aws.calls().length > 0;
    while (!arrived()) await new Promise(setImmediate);
    socket.resetAndDestroy();
    while (aws.calls()[0]?.status === 0) await new Promise(setImmediate);
    expect(outcomes()).toEqual([['CreateBucket', 499, 'latency']]);
    aws.clearFaults();
    expect((await all.s3.listBuckets({})).Buckets ?? []).toEqual([]);
  });

  test('does not hold a stop back', async () => {
    const own = await startLocalAws();
    own.setFaults({ rules: [{ fault: 'latency', milliseconds: 600_000 }] });
    const waiting = messageOf(clients(own.endpoint).s3.listBuckets({}));
    while (own.calls().length === 0) await new Promise(setImmediate);
    await own.stop();
    expect(await waiting).toContain('Error');
  });
});

test('the same seed and the same calls meet the same faults', async () => {
  const faults = { seed: 7, rules: [{ fault: 'throttle', probability: 0.5 } as const] };
  const run = async () => {
    aws.setFaults(faults);
    const last = aws.calls().at(-1)?.n ?? 0;
    for (let i = 0; i < 20; i += 1) await all.sts.getCallerIdentity({}).catch(() => {});
    return aws.calls(last).map(({ fault }) => fault);
  };
  const first = await run();
  expect(new Set(first)).toEqual(new Set(['throttle', undefined]));
  expect(await run()).toEqual(first);
});

describe('over HTTP', () => {
  const url = () => `${aws.endpoint}/_headgate/faults`;

  test('rules are set, shown with what they did, and taken back', async () => {
    const rules = [{ fault: 'throttle', service: 'sts' }];
    const put = await fetch(url(), { method: 'PUT', body: JSON.stringify({ seed: 3, rules }) });
    expect([put.status, await put.json()]).toEqual([200, { seed: 3, rules: [{ ...rules[0], matched: 0, hits: 0 }] }]);
    await messageOf(all.sts.getCallerIdentity({}));
    expect(await (await fetch(url())).json()).toMatchObject({ rules: [{ matched: 1, hits: 1 }] });
    expect(await (await fetch(`${aws.endpoint}/_headgate/status`)).json()).toMatchObject({ faults: 1 });
    await fetch(url(), { method: 'DELETE' });
    expect(await (await fetch(url())).json()).toMatchObject({ rules: [] });
    await expect(all.sts.getCallerIdentity({})).resolves.toBeDefined();
  });

  test('the settings of the local AWS itself are never hit', async () => {
    aws.setFaults({ rules: [{ fault: 'unreachable' }] });
    expect((await fetch(url())).status).toBe(200);
    await aws.reset();
    await expect(all.sts.getCallerIdentity({})).resolves.toBeDefined();
  });

  test.each([
    ['not JSON', '{', 'The body is not JSON'],
    ['no rules', '{}', 'rules: nothing; write a list of rules.'],
    ['a body without end', `"${'x'.repeat(1024 * 1024)}"`, 'larger than 1048576 bytes'],
  ])('%s is refused', async (_, body, message) => {
    const answer = await fetch(url(), { method: 'PUT', body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ message: expect.stringContaining(message) });
  });

  test('what there is not is answered with what there is', async () => {
    const answer = await fetch(`${aws.endpoint}/_headgate/fault`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('PUT faults, DELETE faults');
  });
});

test('a call without an SDK is answered in the JSON version that it speaks', async () => {
  aws.setFaults({ rules: [{ fault: 'throttle', service: 'sqs' }] });
  const answer = await signed(aws.endpoint, 'sqs', {
    method: 'POST',
    body: '{}',
    headers: { 'x-amz-target': 'AmazonSQS.ListQueues', 'content-type': 'application/x-amz-json-1.0' },
  });
  expect(answer.headers.get('content-type')).toBe('application/x-amz-json-1.0');
  expect(await answer.json()).toEqual({ __type: 'ThrottlingException', message: 'Rate exceeded' });
});
