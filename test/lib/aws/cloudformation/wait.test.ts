import { describe, expect, test } from '@jest/globals';
import { nameOf, waitForStack } from '../../../../lib/aws/cloudformation/wait.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { resourceEvent, STACK_ID, scriptedService, stackEvent } from './scripted-service.ts';

const MINUTE = 60_000;
const REQUEST = { stackId: STACK_ID, afterEvent: undefined, timeout: 10 * MINUTE };

describe('an operation with a token', () => {
  test('is waited for until the stack has an end with that token', async () => {
    const { context } = scriptedService([
      { events: [stackEvent('UPDATE_IN_PROGRESS', 'mine')], status: 'UPDATE_IN_PROGRESS' },
      { events: [resourceEvent('Topic', 'UPDATE_COMPLETE')], status: 'UPDATE_IN_PROGRESS' },
      { events: [stackEvent('UPDATE_COMPLETE', 'mine')], status: 'UPDATE_COMPLETE' },
    ]);
    expect(await waitForStack(context, { ...REQUEST, token: 'mine' })).toMatchObject({
      name: 'shop',
      status: 'UPDATE_COMPLETE',
    });
  });

  // aws/aws-cdk#7102 and others: the end of the operation before was taken for the end of this one.
  test('does not end with the end of another one', async () => {
    const { context } = scriptedService([
      { events: [stackEvent('UPDATE_COMPLETE', 'other')], status: 'UPDATE_COMPLETE' },
      { events: [stackEvent('UPDATE_IN_PROGRESS', 'mine')], status: 'UPDATE_IN_PROGRESS' },
      { events: [stackEvent('UPDATE_ROLLBACK_COMPLETE', 'mine')], status: 'UPDATE_ROLLBACK_COMPLETE' },
    ]);
    const stack = await waitForStack(context, { ...REQUEST, token: 'mine' });
    expect(stack?.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  test('does not end with the cleanup after it, nor with a nested stack', async () => {
    const nested = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/shop-Nested-1/7c2d';
    const { context } = scriptedService([
      {
        events: [
          resourceEvent('Nested', 'UPDATE_COMPLETE', { PhysicalResourceId: nested, ClientRequestToken: 'mine' }),
        ],
        status: 'UPDATE_IN_PROGRESS',
      },
      {
        events: [stackEvent('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'mine')],
        status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      },
      { events: [stackEvent('UPDATE_COMPLETE', 'mine')], status: 'UPDATE_COMPLETE' },
    ]);
    expect((await waitForStack(context, { ...REQUEST, token: 'mine' }))?.status).toBe('UPDATE_COMPLETE');
  });

  test('asks for the status once, when the events say that it has ended', async () => {
    const { context, calls } = scriptedService([
      { events: [stackEvent('CREATE_IN_PROGRESS', 'mine')], status: 'CREATE_IN_PROGRESS' },
      { status: 'CREATE_IN_PROGRESS' },
      { events: [stackEvent('CREATE_COMPLETE', 'mine')], status: 'CREATE_COMPLETE' },
    ]);
    await waitForStack(context, { ...REQUEST, token: 'mine' });
    expect(calls.filter((call) => call === 'DescribeStacks')).toHaveLength(1);
  });

  test('that never has an event is decided by the status after fifteen seconds of silence', async () => {
    const { context, clock } = scriptedService([{ status: 'UPDATE_COMPLETE' }]);
    expect((await waitForStack(context, { ...REQUEST, token: 'mine' }))?.status).toBe('UPDATE_COMPLETE');
    const waited = clock.slept.reduce((sum, pause) => sum + pause, 0);
    expect(waited).toBeGreaterThanOrEqual(15_000);
    expect(waited).toBeLessThan(18_000);
  });

  test('is still waited for after a silence when the status says that it runs', async () => {
    const silent = Array(20).fill({ status: 'UPDATE_IN_PROGRESS' });
    const { context, clock } = scriptedService([
      ...silent,
      { events: [stackEvent('UPDATE_COMPLETE', 'mine')], status: 'UPDATE_COMPLETE' },
    ]);
    expect((await waitForStack(context, { ...REQUEST, token: 'mine' }))?.status).toBe('UPDATE_COMPLETE');
    expect(clock.slept).toHaveLength(20);
  });

  test('of a deletion ends when the service no longer knows the stack', async () => {
    const { context } = scriptedService([
      { events: [stackEvent('DELETE_IN_PROGRESS', 'mine')], status: 'DELETE_IN_PROGRESS' },
      { events: [stackEvent('DELETE_COMPLETE', 'mine')], status: undefined },
    ]);
    expect(await waitForStack(context, { ...REQUEST, token: 'mine' })).toBeUndefined();
  });
});

describe('a deletion', () => {
  test('that joins one of another run ends with that', async () => {
    const { context, clock } = scriptedService([
      { events: [stackEvent('DELETE_IN_PROGRESS', 'other')], status: 'DELETE_IN_PROGRESS' },
      { events: [stackEvent('DELETE_COMPLETE', 'other')], status: 'DELETE_COMPLETE' },
    ]);
    expect((await waitForStack(context, { ...REQUEST, token: 'mine' }))?.status).toBe('DELETE_COMPLETE');
    expect(clock.slept).toHaveLength(1);
  });
});

describe('a look that fails', () => {
  const failing = (error: object, times: number) => {
    const service = scriptedService([
      { events: [stackEvent('CREATE_IN_PROGRESS', 'mine')], status: 'CREATE_IN_PROGRESS' },
      { events: [stackEvent('CREATE_COMPLETE', 'mine')], status: 'CREATE_COMPLETE' },
    ]);
    const { describeStackEvents } = service.cloudFormation;
    let left = times;
    service.cloudFormation.describeStackEvents = (async (input: object) => {
      if (left-- > 0) throw Object.assign(new Error('the service said no'), error);
      return await describeStackEvents(input as never);
    }) as never;
    return service;
  };

  test.each([
    { name: 'Throttling' },
    { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } },
    { code: 'ECONNRESET' },
  ])('for a reason that may pass (%j) is repeated', async (error) => {
    const { context, lines } = failing(error, 40);
    expect((await waitForStack(context, { ...REQUEST, token: 'mine' }))?.status).toBe('CREATE_COMPLETE');
    expect(lines).toContainEqual(expect.stringMatching(/could not be asked: .*the service said no/));
  });

  test('is repeated until the time is over', async () => {
    const { context } = failing({ name: 'Throttling' }, Number.POSITIVE_INFINITY);
    await expect(waitForStack(context, { ...REQUEST, token: 'mine' })).rejects.toThrow(OperationFailed);
  });

  test.each(['ExpiredToken', 'AccessDenied'])('because of %s ends the wait', async (name) => {
    const { context, clock } = failing({ name }, 1);
    await expect(waitForStack(context, { ...REQUEST, token: 'mine' })).rejects.toThrow('the service said no');
    expect(clock.slept).toEqual([]);
  });
});

describe('without a token', () => {
  test('whatever runs is waited for', async () => {
    const { context, clock } = scriptedService([
      { status: 'UPDATE_IN_PROGRESS' },
      { status: 'UPDATE_ROLLBACK_IN_PROGRESS' },
      { status: 'UPDATE_ROLLBACK_COMPLETE' },
    ]);
    expect((await waitForStack(context, REQUEST))?.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(clock.slept).toHaveLength(2);
  });

  test('nothing that runs is no wait', async () => {
    const { context, clock } = scriptedService([{ status: 'CREATE_COMPLETE' }]);
    await waitForStack(context, REQUEST);
    expect(clock.slept).toEqual([]);
  });
});

describe('the pauses', () => {
  const pauses = async (looks: number) => {
    const { context, clock } = scriptedService([
      ...Array(looks).fill({ status: 'UPDATE_IN_PROGRESS' }),
      { status: 'UPDATE_COMPLETE' },
    ]);
    await waitForStack(context, REQUEST);
    return clock.slept;
  };

  test('begin short, so that a short operation is not held up', async () => {
    expect((await pauses(3)).reduce((sum, pause) => sum + pause, 0)).toBeLessThan(1_500);
  });

  test('grow to two seconds and no further', async () => {
    const slept = await pauses(20);
    expect(slept.every((pause, n) => n === 0 || pause >= (slept[n - 1] ?? 0))).toBe(true);
    expect(slept.at(-1)).toBe(2_000);
  });
});

describe('a time-out', () => {
  test.each([undefined, 'mine'])('is a failure that says in which status the stack is (token %s)', async (token) => {
    const { context, clock } = scriptedService([
      { events: [stackEvent('CREATE_IN_PROGRESS', 'mine')], status: 'CREATE_IN_PROGRESS' },
    ]);
    const wait = waitForStack(context, { ...REQUEST, timeout: 5 * MINUTE, ...(token === undefined ? {} : { token }) });
    const error = await wait.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperationFailed);
    expect((error as OperationFailed).explanation).toMatchObject({
      what: 'The stack shop was still in CREATE_IN_PROGRESS after 5 minutes',
      next: expect.stringContaining("raise 'timeout', or run again"),
      data: { stackId: STACK_ID, status: 'CREATE_IN_PROGRESS' },
    });
    const waited = clock.slept.reduce((sum, pause) => sum + pause, 0);
    expect(waited).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(waited).toBeLessThan(5 * MINUTE + 2_001);
  });
});

test('a time-out names the resources that had not ended', async () => {
  const { context } = scriptedService([
    {
      events: [
        stackEvent('CREATE_IN_PROGRESS', 'mine'),
        resourceEvent('Topic', 'CREATE_IN_PROGRESS'),
        resourceEvent('Data', 'CREATE_IN_PROGRESS'),
        resourceEvent('Topic', 'CREATE_COMPLETE'),
      ],
      status: 'CREATE_IN_PROGRESS',
    },
  ]);
  await expect(waitForStack(context, { ...REQUEST, timeout: 1_000, token: 'mine' })).rejects.toThrow(
    'The stack shop was still in CREATE_IN_PROGRESS after 1 second; what still ran: Data (CREATE_IN_PROGRESS)',
  );
});

test('a cancelled wait ends with the reason of its signal', async () => {
  const controller = new AbortController();
  controller.abort(new Error('cancelled from outside'));
  const { context } = scriptedService([{ status: 'UPDATE_IN_PROGRESS' }]);
  await expect(waitForStack({ ...context, signal: controller.signal }, REQUEST)).rejects.toThrow(
    'cancelled from outside',
  );
});

describe('the events', () => {
  const old = [
    stackEvent('CREATE_IN_PROGRESS', 'old'),
    resourceEvent('Old', 'CREATE_FAILED'),
    stackEvent('CREATE_COMPLETE', 'old'),
  ];
  const failed = resourceEvent('Topic', 'UPDATE_FAILED', { ResourceStatusReason: 'No such key' });
  const looks = [
    {
      events: [...old, stackEvent('UPDATE_IN_PROGRESS', 'mine'), resourceEvent('Topic', 'UPDATE_IN_PROGRESS')],
      status: 'UPDATE_IN_PROGRESS',
    },
    { status: 'UPDATE_IN_PROGRESS' },
    {
      events: [
        failed,
        stackEvent('UPDATE_ROLLBACK_IN_PROGRESS', 'mine'),
        stackEvent('UPDATE_ROLLBACK_COMPLETE', 'mine'),
      ],
      status: 'UPDATE_ROLLBACK_COMPLETE',
    },
  ] as const;
  const request = { ...REQUEST, token: 'mine', afterEvent: old.at(-1)?.EventId };

  test('after the mark are shown once each, oldest first, over all pages', async () => {
    const { context, lines } = scriptedService(looks);
    const seen: (string | undefined)[] = [];
    await waitForStack(context, { ...request, onEvent: (event) => seen.push(event.ResourceStatus) });
    expect(seen).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS',
      'UPDATE_FAILED',
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect(lines).toHaveLength(5);
    expect(lines[2]).toBe('  19:49:07  UPDATE_FAILED               Topic (AWS::SNS::Topic)  No such key');
    expect(lines[1]).toBe('  19:49:07  UPDATE_IN_PROGRESS          Topic (AWS::SNS::Topic)');
  });

  test('of failures are handed over, those before the mark are not', async () => {
    const { context } = scriptedService(looks);
    const failures: unknown[] = [];
    await waitForStack(context, { ...request, onFailure: (event) => failures.push(event) });
    expect(failures).toEqual([failed]);
  });

  test('are all shown without a mark', async () => {
    const { context, lines } = scriptedService(looks);
    await waitForStack(context, { ...request, afterEvent: undefined });
    expect(lines).toHaveLength(8);
  });
});

test.each([
  [STACK_ID, 'shop'],
  ['arn:aws-cn:cloudformation:cn-north-1:111122223333:stack/a-b/1', 'a-b'],
  ['shop', 'shop'],
])('the name in %s is %s', (id, name) => expect(nameOf(id)).toBe(name));
