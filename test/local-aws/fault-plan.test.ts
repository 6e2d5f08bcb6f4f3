import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { awsError } from '../../local-aws/aws-error.ts';
import { conflicting, serverError, throttled } from '../../local-aws/fault-errors.ts';
import { FaultPlan } from '../../local-aws/fault-plan.ts';
import { type FaultRule, type FaultSet, readFaults } from '../../local-aws/fault-rules.ts';

const describeStacks = { service: 'cloudformation', operation: 'DescribeStacks', region: 'eu-west-1' };
const putObject = { service: 's3', operation: 'PutObject', region: 'us-east-1' };

function plan(faults: FaultSet): FaultPlan {
  const made = new FaultPlan();
  made.set(faults);
  return made;
}

/** What each of the calls meets. */
function drawn(faults: FaultSet, calls: readonly (typeof putObject)[]) {
  const made = plan(faults);
  return calls.map((call) => made.draw(call)?.name);
}

const scope = fc.record(
  {
    service: fc.constantFrom('s3', 'cloudformation'),
    operation: fc.constantFrom('PutObject', 'DescribeStacks'),
    region: fc.constantFrom('eu-west-1', 'us-east-1'),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
    times: fc.integer({ min: 1, max: 10 }),
    skip: fc.integer({ min: 0, max: 10 }),
    every: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: [] },
);
const rule = fc
  .tuple(scope, fc.constantFrom('throttle', 'reset', 'reset-after', 'server-error', 'conflict'))
  .map(([where, fault]) => ({ ...where, fault }) as FaultRule);
const faultSet = fc.record({ seed: fc.nat(), rules: fc.array(rule, { maxLength: 4 }) });
const calls = fc.array(fc.constantFrom(describeStacks, putObject), { maxLength: 40 });

describe('which calls meet a fault', () => {
  test('is the same for the same seed and the same calls', () => {
    fc.assert(
      fc.property(faultSet, calls, (faults, made) => {
        expect(drawn(faults, made)).toEqual(drawn(faults, made));
      }),
    );
  });

  test('does not depend on calls that no rule is about', () => {
    fc.assert(
      fc.property(faultSet, calls, (faults, made) => {
        const own = faults.rules.map((one) => ({ ...one, service: 's3', operation: 'PutObject' }));
        const mixed = drawn({ ...faults, rules: own }, made).filter((_, i) => made[i] === putObject);
        expect(mixed).toEqual(
          drawn(
            { ...faults, rules: own },
            made.filter((call) => call === putObject),
          ),
        );
      }),
    );
  });

  test('is never more than times, and never among the first skip', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 5 }), (seed, times, skip) => {
        const rules = [{ fault: 'throttle', times, skip } as const];
        const met = drawn({ seed, rules }, Array(20).fill(putObject));
        expect(met.map((name) => name === 'throttle')).toEqual(met.map((_, i) => i >= skip && i < skip + times));
      }),
    );
  });

  test('is each n-th with every, counted after skip', () => {
    const rules = [{ fault: 'throttle', every: 3, skip: 2, times: 2 } as const];
    const met = drawn({ rules }, Array(15).fill(putObject));
    expect(met.flatMap((name, i) => (name === 'throttle' ? i + 1 : []))).toEqual([5, 8]);
    const each = fc.record({ every: fc.integer({ min: 1, max: 6 }), skip: fc.nat({ max: 6 }) });
    fc.assert(
      fc.property(each, ({ every, skip }) => {
        const struck = drawn({ rules: [{ fault: 'reset', every, skip }] }, Array(30).fill(putObject));
        expect(struck.filter(Boolean)).toHaveLength(Math.floor((30 - skip) / every));
      }),
    );
  });

  test('is each n-th of the calls that a rule is about, whatever comes in between', () => {
    const rules: FaultRule[] = [{ fault: 'conflict', service: 's3', every: 2 }];
    const made = [putObject, describeStacks, putObject, describeStacks, putObject, putObject];
    expect(drawn({ rules }, made)).toEqual([undefined, undefined, 'conflict', undefined, undefined, 'conflict']);
  });

  test('is another for another seed, with about the probability that was asked for', () => {
    const draw = (seed: number) =>
      drawn({ seed, rules: [{ fault: 'throttle', probability: 0.25 }] }, Array(4000).fill(putObject));
    expect(draw(1)).not.toEqual(draw(2));
    const share = draw(1).filter(Boolean).length / 4000;
    expect(share).toBeGreaterThan(0.22);
    expect(share).toBeLessThan(0.28);
  });

  test('is restricted by service, operation and Region together', () => {
    const rules: FaultRule[] = [{ ...describeStacks, fault: 'throttle' }];
    const others = [
      putObject,
      { ...describeStacks, region: 'eu-west-2' },
      { ...describeStacks, operation: 'ListStacks' },
    ];
    expect(drawn({ rules }, [describeStacks, ...others])).toEqual(['throttle', undefined, undefined, undefined]);
  });
});

test('latency adds up and lets later rules be asked; the first other fault decides', () => {
  const made = plan({
    rules: [
      { fault: 'latency', milliseconds: 20 },
      { fault: 'latency', milliseconds: 5, service: 's3' },
      { fault: 'reset', times: 1 },
      { fault: 'throttle' },
    ],
  });
  expect(made.draw(putObject)).toMatchObject({ latency: 25, effect: { fault: 'reset' }, name: 'latency+reset' });
  expect(made.draw(describeStacks)).toMatchObject({ latency: 20, name: 'latency+throttle' });
  expect(made.rules.map(({ matched, hits }) => [matched, hits])).toEqual([
    [2, 2],
    [1, 1],
    [2, 1],
    [1, 1],
  ]);
  made.clear();
  expect(made.draw(putObject)).toBeUndefined();
});

describe('rules that are wrong', () => {
  test('are refused with everything that is wrong, and the rules so far stay', () => {
    const made = plan({ rules: [{ fault: 'throttle' }] });
    const bad = {
      seed: -1,
      rules: [
        { fault: 'slow', probability: 2, oops: 1 },
        { fault: 'latency', service: 'cloudwatch' },
        { fault: 'server-error', status: 404, times: 0 },
        { fault: 'unreachable', operation: 'PutObject' },
        { fault: 'unreachable', every: 2 },
        { fault: 'conflict', every: 0 },
        'x',
      ],
    };
    let message = '';
    try {
      made.set(bad as unknown as FaultSet);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n')).toEqual([
      'seed: -1; write a number from 0 to 9007199254740991.',
      'rules[0].oops: there is no such field; there are service, operation, region, probability, times, skip, every, fault.',
      'rules[0].fault: "slow"; write throttle, server-error, conflict, reset, reset-after, unreachable, latency.',
      'rules[0].probability: 2; write a number from 0 to 1.',
      `rules[1].service: "cloudwatch"; write a signing name that the local AWS answers, for example 'monitoring'.`,
      'rules[1].milliseconds: nothing; write a whole number from 0 to 600000.',
      'rules[2].times: 0; write a number from 1 to 9007199254740991.',
      'rules[2].status: 404; write 500 or 503.',
      `rules[3]: "unreachable"; write with service and region only; a part of the calls is lost with 'reset'.`,
      `rules[4]: "unreachable"; write with service and region only; a part of the calls is lost with 'reset'.`,
      'rules[5].every: 0; write a number from 1 to 9007199254740991.',
      'rules[6]: "x"; write an object.',
      'rules[6].fault: nothing; write throttle, server-error, conflict, reset, reset-after, unreachable, latency.',
    ]);
    expect(made.rules).toHaveLength(1);
  });

  test.each([[undefined], [null], [[]], [{}], [{ rules: {} }], [{ rules: Array(101).fill({ fault: 'reset' }) }]])(
    '%j is no set of rules',
    (sent) => {
      expect(() => readFaults(sent)).toThrow(/faults|rules/);
    },
  );
});

describe('errors are worded as the service words them', () => {
  const query = new URLSearchParams();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const json = { 'content-type': 'application/x-amz-json-1.1' };
  const cbor = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };

  test.each([
    ['cloudformation', form, 400, 'Throttling'],
    ['ec2', form, 503, 'RequestLimitExceeded'],
    ['s3', {}, 503, 'SlowDown'],
    ['route53', {}, 400, 'Throttling'],
    ['ecr', json, 400, 'ThrottlingException'],
    ['lambda', {}, 429, 'TooManyRequestsException'],
    ['batch', {}, 429, 'ThrottlingException'],
    ['monitoring', cbor, 400, 'ThrottlingException'],
  ])('throttling by %s', (service, headers, status, code) => {
    const request = { service, headers, query };
    const reply = awsError(request, throttled(request));
    expect(reply.status).toBe(status);
    expect(reply.body.toString()).toContain(code);
  });

  test.each([
    ['codeartifact', {}, 'ConflictException'],
    ['lambda', {}, 'ResourceConflictException'],
    ['s3', {}, 'OperationAborted'],
    ['iam', form, 'ConcurrentModification'],
    ['batch', {}, 'ConflictException'],
  ])('a conflict by %s', (service, headers, code) => {
    const request = { service, headers, query };
    const reply = awsError(request, conflicting(request));
    expect(reply.status).toBe(409);
    expect(reply.body.toString()).toContain(code);
  });

  test.each([
    ['s3', 500, 'InternalError'],
    ['cloudformation', 500, 'InternalFailure'],
    ['dynamodb', 500, 'InternalServerError'],
    ['s3', 503, 'ServiceUnavailable'],
  ] as const)('%s with %i', (service, status, code) => {
    expect(serverError({ service, headers: {}, query }, status)).toMatchObject({ status, code });
  });

  test('a fault of the service is the receiver’s, in CBOR a map of two texts', () => {
    const failure = { status: 500, code: 'InternalFailure', message: 'no' };
    expect(awsError({ service: 'sts', headers: form, query }, failure).body).toContain('<Type>Receiver</Type>');
    const { body, headers } = awsError({ service: 'monitoring', headers: cbor, query }, failure);
    expect(headers).toMatchObject(cbor);
    expect(body.toString('latin1')).toBe(
      '\xa2\x79\x00\x06__type\x79\x00\x0fInternalFailure\x79\x00\x07message\x79\x00\x02no',
    );
  });
});
