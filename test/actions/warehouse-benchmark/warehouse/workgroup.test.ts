import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  checkOurs,
  deleteWorkgroup,
  workgroupTags,
} from '../../../../actions/warehouse-benchmark/warehouse/ownership.ts';
import { explainWorkgroupError } from '../../../../actions/warehouse-benchmark/warehouse/service-error.ts';
import {
  checkResizable,
  describeWorkgroup,
  resizeWorkgroup,
  restoreWorkgroup,
  type WorkgroupContext,
  type WorkgroupFacts,
} from '../../../../actions/warehouse-benchmark/warehouse/workgroup.ts';
import { connectAws } from '../../../../lib/aws/clients.ts';
import { OperationFailed, Refused } from '../../../../lib/errors.ts';
import type { Call } from '../../../../local-aws/calls.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import {
  ACCOUNT,
  type Clients,
  makeWorkgroup,
  REGION,
  reached,
  redshiftOf,
} from '../../../local-aws/redshift-client.ts';
import { jumpingClock } from '../../../support/test-clock.ts';

// The life of a workgroup: resized, given back, deleted, and what others do with it meanwhile. No statement runs.

const NAME = 'bench';
const HALF_AN_HOUR = 1_800_000;

/** Answers a call in place of the local AWS, or lets it pass. */
type Meet = (call: Readonly<Call>) => { readonly status: number; readonly body: object } | undefined;

let aws: LocalAws;
let outside: Clients;
let meet: Meet;

beforeAll(async () => {
  const intercept = async (call: Readonly<Call>, request: IncomingMessage, response: ServerResponse) => {
    const answer = call.userAgent.includes('warehouse.test') ? meet(call) : undefined;
    if (answer === undefined) return false;
    request.resume();
    const type = 'name' in answer.body ? { 'x-amzn-errortype': String(answer.body.name) } : {};
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'r-1', ...type };
    response.writeHead(answer.status, headers).end(JSON.stringify(answer.body));
    return true;
  };
  aws = await startLocalAws({ interceptors: [intercept] });
  outside = redshiftOf(aws);
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: REGION });
}, 300_000);
afterAll(async () => {
  outside?.data.destroy();
  outside?.serverless.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  meet = () => undefined;
  await aws.reset();
  await makeWorkgroup(outside, NAME);
});

function open(): WorkgroupContext & { readonly lines: string[]; readonly clock: ReturnType<typeof jumpingClock> } {
  const lines: string[] = [];
  const say = (message: string) => void lines.push(message);
  return {
    aws: connectAws({
      region: REGION,
      roleToAssume: undefined,
      allowedAccountIds: [],
      identityToken: async () => undefined,
      userAgent: { version: '1.2.3', operation: 'warehouse test' },
    }),
    clock: jumpingClock(),
    log: { debug: say, info: say, warning: say, error: say, group: async (_, work) => await work() },
    signal: new AbortController().signal,
    lines,
  };
}

const found = async () => (await outside.serverless.getWorkgroup({ workgroupName: NAME })).workgroup!;
const made = (since: number) => aws.calls(since).map(({ operation }) => operation);
const last = () => aws.calls().at(-1)?.n ?? 0;

describe('a resize', () => {
  test('is waited for, and tells the capacity of before', async () => {
    const { before, after } = await resizeWorkgroup(open(), NAME, 32, HALF_AN_HOUR);
    expect({ before, rpus: after.rpus, status: after.status }).toEqual({ before: 8, rpus: 32, status: 'AVAILABLE' });
    expect(await found()).toMatchObject({ baseCapacity: 32, status: 'AVAILABLE' });
  });

  test('of a workgroup that is right is none', async () => {
    const since = last();
    await resizeWorkgroup(open(), NAME, 8, HALF_AN_HOUR);
    expect(made(since)).toEqual(['GetWorkgroup']);
  });

  test('waits first for what somebody else does', async () => {
    await outside.serverless.updateWorkgroup({ workgroupName: NAME, baseCapacity: 16 });
    const { before } = await resizeWorkgroup(open(), NAME, 32, HALF_AN_HOUR);
    expect(before).toBe(16);
    expect(await found()).toMatchObject({ baseCapacity: 32 });
  });

  test('is tried again when somebody began something between look and call', async () => {
    let conflicts = 2;
    meet = ({ operation }) => {
      if (operation !== 'UpdateWorkgroup' || conflicts === 0) return undefined;
      conflicts -= 1;
      return { status: 400, body: { name: 'ConflictException', message: 'There is an operation running' } };
    };
    const context = open();
    await resizeWorkgroup(context, NAME, 32, HALF_AN_HOUR);
    expect(await found()).toMatchObject({ baseCapacity: 32 });
    expect(context.clock.slept).toEqual(expect.arrayContaining([10_000, 10_000]));
  });

  test('that does not end is a failure after the time-out, not a success', async () => {
    let resized = false;
    meet = ({ operation }) => {
      resized ||= operation === 'UpdateWorkgroup';
      return resized && operation === 'GetWorkgroup'
        ? { status: 200, body: shown({ status: 'MODIFYING' }) }
        : undefined;
    };
    const context = open();
    const failed = resizeWorkgroup(context, NAME, 32, HALF_AN_HOUR);
    await expect(failed).rejects.toThrow(OperationFailed);
    await expect(failed).rejects.toThrow(
      "The workgroup 'bench' is not available after 1800 s; its status is MODIFYING. Likely cause: a change of a workgroup takes minutes",
    );
    const waited = context.clock.slept.reduce((sum, pause) => sum + pause, 0);
    expect(waited).toBeGreaterThanOrEqual(HALF_AN_HOUR);
    expect(waited).toBeLessThan(HALF_AN_HOUR + 20_000);
  });

  test('whose new capacity shows late is looked for again', async () => {
    let late = 3;
    let resized = false;
    meet = ({ operation }) => {
      resized ||= operation === 'UpdateWorkgroup';
      if (!resized || operation !== 'GetWorkgroup' || late === 0) return undefined;
      late -= 1;
      return { status: 200, body: shown({ status: 'AVAILABLE', baseCapacity: 8 }) };
    };
    expect((await resizeWorkgroup(open(), NAME, 32, HALF_AN_HOUR)).after.rpus).toBe(32);
  });

  test('that somebody else overtakes is a failure', async () => {
    let resized = false;
    meet = ({ operation }) => {
      resized ||= operation === 'UpdateWorkgroup';
      return resized && operation === 'GetWorkgroup'
        ? { status: 200, body: shown({ status: 'AVAILABLE', baseCapacity: 64 }) }
        : undefined;
    };
    await expect(resizeWorkgroup(open(), NAME, 32, HALF_AN_HOUR)).rejects.toThrow(
      "The workgroup 'bench' was resized to 32 RPUs, but has 64",
    );
  });

  test('of a workgroup that is being deleted is refused at once', async () => {
    await outside.serverless.deleteWorkgroup({ workgroupName: NAME });
    const context = open();
    await expect(resizeWorkgroup(context, NAME, 32, HALF_AN_HOUR)).rejects.toThrow(
      "The workgroup 'bench' is being deleted",
    );
    expect(context.clock.slept).toEqual([]);
  });

  test('of a workgroup that is not there says so', async () => {
    await expect(resizeWorkgroup(open(), 'missing', 32, HALF_AN_HOUR)).rejects.toThrow(
      "There is no workgroup 'missing' in eu-west-1",
    );
  });

  test('goes on although the service fails for a while', async () => {
    let failures = 9;
    meet = ({ operation }) => {
      if (operation !== 'GetWorkgroup' || failures === 0) return undefined;
      failures -= 1;
      return { status: 500, body: { name: 'InternalServerException', message: 'try again' } };
    };
    const context = open();
    await resizeWorkgroup(context, NAME, 16, HALF_AN_HOUR);
    expect(context.lines).toContainEqual(expect.stringMatching(/could not be asked for: .*request id.*Asking again/));
  }, 30_000);

  test('that the account may not have says what to do, with the request id', async () => {
    meet = ({ operation }) =>
      operation === 'UpdateWorkgroup'
        ? { status: 400, body: { name: 'ServiceQuotaExceededException', message: 'Too many.' } }
        : undefined;
    await expect(resizeWorkgroup(open(), NAME, 512, HALF_AN_HOUR)).rejects.toThrow(
      "The workgroup 'bench' could not be resized to 512 RPUs: ServiceQuotaExceededException: Too many. (request id r-1). Likely cause: the account may have no more RPUs or workgroups in this Region",
    );
  });
});

test('restoring gives the capacity back, and does nothing when it is there or the workgroup is gone', async () => {
  await resizeWorkgroup(open(), NAME, 32, HALF_AN_HOUR);
  expect(await restoreWorkgroup(open(), NAME, 8, HALF_AN_HOUR)).toBe('restored');
  expect(await restoreWorkgroup(open(), NAME, 8, HALF_AN_HOUR)).toBe('same');
  expect(await found()).toMatchObject({ baseCapacity: 8 });
  expect(await restoreWorkgroup(open(), 'missing', 8, HALF_AN_HOUR)).toBe('gone');
});

describe('a deletion', () => {
  const tag = async (tags: Readonly<Record<string, string>>) => {
    const resourceArn = (await found()).workgroupArn!;
    await outside.serverless.tagResource({
      resourceArn,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
  };
  const ours = workgroupTags({ repository: 'github.com/octo-org/shop', version: '1.2.3' });

  test('of a workgroup that prepare has made is waited for, and the namespace stays', async () => {
    await tag(ours);
    expect(await deleteWorkgroup(open(), NAME, HALF_AN_HOUR)).toBe('deleted');
    expect(await describeWorkgroup(open().aws, NAME)).toBeUndefined();
    expect((await outside.serverless.listNamespaces({})).namespaces).toHaveLength(1);
    expect(await deleteWorkgroup(open(), NAME, HALF_AN_HOUR)).toBe('gone');
  });

  test("of somebody else's workgroup is refused", async () => {
    await expect(deleteWorkgroup(open(), NAME, HALF_AN_HOUR)).rejects.toThrow(
      "The workgroup 'bench' has no tag headgate:made-by with the value 'warehouse-benchmark'; it is not deleted",
    );
    expect(await reached(outside.serverless, NAME, 'AVAILABLE')).toEqual(['AVAILABLE']);
  });

  test('that somebody else has begun is waited for', async () => {
    await tag(ours);
    await outside.serverless.deleteWorkgroup({ workgroupName: NAME });
    expect(await deleteWorkgroup(open(), NAME, HALF_AN_HOUR)).toBe('deleted');
  });

  test("of a stack's workgroup is refused with the stack, even if it has our tags", () => {
    expect(() => checkOurs(NAME, { ...ours, 'aws:cloudformation:stack-name': 'warehouse' })).toThrow(Refused);
    expect(() => checkOurs(NAME, { ...ours, 'aws:cloudformation:stack-name': 'warehouse' })).toThrow(
      "Delete the stack: 'headgate stack destroy --stack-name warehouse'",
    );
  });
});

test('a capacity that is not ours to choose is refused', () => {
  const facts: WorkgroupFacts = {
    name: NAME,
    arn: 'arn',
    namespace: NAME,
    status: 'AVAILABLE',
    rpus: 8,
    mostRpus: 64,
    scalesByItself: false,
    isPublic: false,
  };
  expect(() => checkResizable(facts, 64)).not.toThrow();
  expect(() => checkResizable(facts, 72)).toThrow('has a maximum capacity of 64 RPUs, which is less than 72');
  expect(() => checkResizable({ ...facts, scalesByItself: true }, 8)).toThrow('chooses its capacity by itself');
});

test.each([
  ['ValidationException', 'Usage limit reached for this workgroup.', 'a usage limit of the workgroup is reached'],
  ['InsufficientCapacityException', 'None.', 'the Region has not so much capacity free'],
  ['ValidationException', 'Bad subnets.', 'a subnet that is too small or in too few zones'],
])('%s: %s', (name, message, cause) => {
  const error = Object.assign(new Error(message), { name, $metadata: { requestId: 'r-9' } });
  const explained = explainWorkgroupError(error, 'It failed');
  expect(explained).toBeInstanceOf(OperationFailed);
  expect((explained as OperationFailed).explanation).toMatchObject({
    what: `It failed: ${name}: ${message} (request id r-9)`,
    cause: expect.stringContaining(cause),
  });
});

test('other errors stay what they are', () => {
  const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { requestId: 'r-9' } });
  expect(explainWorkgroupError(denied, 'It failed')).toBe(denied);
});

/** A workgroup as GetWorkgroup would show it. */
function shown(more: object): object {
  const workgroupArn = `arn:aws:redshift-serverless:${REGION}:${ACCOUNT}:workgroup/1`;
  return { workgroup: { workgroupName: NAME, workgroupArn, namespaceName: NAME, baseCapacity: 32, ...more } };
}
