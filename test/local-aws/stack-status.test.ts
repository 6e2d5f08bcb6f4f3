import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, clients, createStack, messageOf, settled, template } from './support.ts';

const region = 'eu-west-1';
const queue = (DelaySeconds = 0, more: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { DelaySeconds },
  ...more,
});
const two = (delay: number) => template({ First: queue(delay), Second: queue(delay, { DependsOn: 'First' }) });

let aws: LocalAws;
let all: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  all = clients(aws.endpoint);
}, 300_000);

beforeEach(() => aws.reset());

afterAll(() => aws?.stop());

async function stackOf(name: string) {
  return (await all.cloudformation.describeStacks({ StackName: name })).Stacks![0]!;
}

async function events(name: string): Promise<string[]> {
  const { StackEvents = [] } = await all.cloudformation.describeStackEvents({ StackName: name });
  return StackEvents.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`).reverse();
}

/** Starts an update and gives the status in which it ends. */
async function update(name: string, body: string, token?: string): Promise<string> {
  await all.cloudformation.updateStack({ StackName: name, TemplateBody: body, ClientRequestToken: token });
  return settled(all, name);
}

describe('a status that is set', () => {
  test('is the stack’s in every answer, with its reason, an event and its resources', async () => {
    await createStack(all, 'held', two(0));
    const reason = 'The following resource(s) failed to delete: [First].';
    const resources = { First: { status: 'DELETE_FAILED', reason: 'in use' } };
    await aws.setStackStatus({ region, stackName: 'held', status: 'DELETE_FAILED', reason, resources });
    expect(await stackOf('held')).toMatchObject({ StackStatus: 'DELETE_FAILED', StackStatusReason: reason });
    const { StackSummaries } = await all.cloudformation.listStacks({ StackStatusFilter: ['DELETE_FAILED'] });
    expect(StackSummaries?.map(({ StackName }) => StackName)).toEqual(['held']);
    const { StackEvents } = await all.cloudformation.describeStackEvents({ StackName: 'held' });
    expect(StackEvents?.slice(0, 2)).toMatchObject([
      { LogicalResourceId: 'held', ResourceStatus: 'DELETE_FAILED', ResourceStatusReason: reason },
      { LogicalResourceId: 'First', ResourceStatus: 'DELETE_FAILED', ResourceStatusReason: 'in use' },
    ]);
    const { StackResources } = await all.cloudformation.describeStackResources({ StackName: 'held' });
    expect(StackResources).toMatchObject([
      { LogicalResourceId: 'First', ResourceStatus: 'DELETE_FAILED', ResourceStatusReason: 'in use' },
      { LogicalResourceId: 'Second', ResourceStatus: 'CREATE_COMPLETE' },
    ]);
  });

  test.each(['ROLLBACK_FAILED', 'UPDATE_ROLLBACK_FAILED', 'IMPORT_ROLLBACK_FAILED', 'DELETE_FAILED'] as const)(
    '%s cannot be updated, and can be deleted',
    async (status) => {
      const { id } = await createStack(all, 'stuck', two(0));
      await aws.setStackStatus({ region, stackName: id, status });
      expect(await messageOf(update('stuck', two(1)))).toBe(
        `ValidationError: Stack:${id} is in ${status} state and can not be updated.`,
      );
      await all.cloudformation.deleteStack({ StackName: 'stuck' });
      expect(await settled(all, id)).toBe('DELETE_COMPLETE');
    },
  );

  test('of cleaning up lasts for as many looks as it was told to, and carries the token of the operation', async () => {
    await createStack(all, 'cleans', two(0));
    expect(await update('cleans', two(1), 'token-1')).toBe('UPDATE_COMPLETE');
    await aws.setStackStatus({
      region,
      stackName: 'cleans',
      status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      next: [{ status: 'UPDATE_COMPLETE', after: 2 }],
    });
    const seen = [];
    for (let i = 0; i < 4; i += 1) seen.push((await stackOf('cleans')).StackStatus);
    const cleaning = 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';
    expect(seen).toEqual([cleaning, cleaning, 'UPDATE_COMPLETE', 'UPDATE_COMPLETE']);
    const { StackEvents } = await all.cloudformation.describeStackEvents({ StackName: 'cleans' });
    expect(StackEvents?.[0]).toMatchObject({ ResourceStatus: 'UPDATE_COMPLETE', ClientRequestToken: 'token-1' });
  });

  test('leads on with looks at the events, too, and a new operation ends what was to follow', async () => {
    await createStack(all, 'led', two(0));
    const next = [
      { status: 'UPDATE_ROLLBACK_COMPLETE', after: 1 },
      { status: 'UPDATE_ROLLBACK_FAILED', after: 1 },
    ] as const;
    await aws.setStackStatus({ region, stackName: 'led', status: 'UPDATE_ROLLBACK_IN_PROGRESS', next });
    expect((await events('led')).at(-1)).toBe('led UPDATE_ROLLBACK_IN_PROGRESS');
    expect((await events('led')).at(-1)).toBe('led UPDATE_ROLLBACK_COMPLETE');
    expect(await update('led', two(1))).toBe('UPDATE_COMPLETE');
    expect((await stackOf('led')).StackStatus).toBe('UPDATE_COMPLETE');
  });

  test('belongs to one account and Region', async () => {
    const other = clients(aws.endpoint, '111111111111', 'us-east-1');
    await createStack(all, 'same', two(0));
    const theirs = await createStack(other, 'same', two(0));
    const where = { region: 'us-east-1', account: '111111111111', stackName: 'same' };
    await aws.setStackStatus({ ...where, status: 'CREATE_FAILED' });
    expect(await settled(other, theirs.id)).toBe('CREATE_FAILED');
    expect(await settled(all, 'same')).toBe('CREATE_COMPLETE');
  });

  test('is refused for a stack that is not there, and while an operation runs', async () => {
    const set = (stackName: string) => messageOf(aws.setStackStatus({ region, stackName, status: 'CREATE_FAILED' }));
    expect(await set('none')).toBe('BadRequest: There is no stack none in eu-west-1 of account 000000000000.');
    await aws.setPace(0.2, 'busy');
    const { StackId } = await all.cloudformation.createStack({ StackName: 'busy', TemplateBody: two(0) });
    expect(await set('busy')).toContain('An operation runs on the stack busy (CREATE_IN_PROGRESS).');
    expect(await settled(all, StackId!)).toBe('CREATE_COMPLETE');
  });
});

describe('the end of the next operation', () => {
  test('of a creation that leaves a failed rollback', async () => {
    const end = {
      region,
      stackName: 'new',
      when: 'operation-end',
      status: 'ROLLBACK_FAILED',
      reason: 'stuck',
    } as const;
    await aws.setStackStatus(end);
    const { id, status } = await createStack(all, 'new', two(0));
    expect(status).toBe('ROLLBACK_FAILED');
    expect((await events(id)).filter((event) => event.startsWith('new '))).toEqual([
      'new CREATE_IN_PROGRESS',
      'new ROLLBACK_FAILED',
    ]);
  });

  test('of an update, and ContinueUpdateRollback leads on from it', async () => {
    await createStack(all, 'updated', two(0));
    const end = { when: 'operation-end', status: 'UPDATE_ROLLBACK_FAILED' } as const;
    await aws.setStackStatus({ region, stackName: 'updated', ...end });
    expect(await update('updated', two(1), 'token-2')).toBe('UPDATE_ROLLBACK_FAILED');
    const { StackEvents } = await all.cloudformation.describeStackEvents({ StackName: 'updated' });
    expect(StackEvents?.[0]).toMatchObject({ ResourceStatus: end.status, ClientRequestToken: 'token-2' });
    await all.cloudformation.continueUpdateRollback({ StackName: 'updated' });
    expect(await settled(all, 'updated')).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await update('updated', two(2))).toBe('UPDATE_COMPLETE');
  });
});

describe('ContinueUpdateRollback from a status that was set', () => {
  const failed = {
    region,
    stackName: 'again',
    status: 'UPDATE_ROLLBACK_FAILED',
    resources: { First: { status: 'UPDATE_FAILED', reason: 'no' } },
  } as const;

  test.each([
    ['tries the failed resources again', undefined, 'First UPDATE_IN_PROGRESS'],
    ['skips what it is told to skip', ['First'], 'First UPDATE_COMPLETE'],
  ])('%s', async (_, ResourcesToSkip, event) => {
    await createStack(all, 'again', two(0));
    await aws.setStackStatus(failed);
    await all.cloudformation.continueUpdateRollback({ StackName: 'again', ResourcesToSkip });
    expect(await settled(all, 'again')).toBe('UPDATE_ROLLBACK_COMPLETE');
    const history = await events('again');
    const from = history.lastIndexOf('again UPDATE_ROLLBACK_IN_PROGRESS');
    expect(history.slice(from + 1)).toContain(event);
    expect(history.at(-1)).toBe('again UPDATE_ROLLBACK_COMPLETE');
  });

  test('is refused from another status', async () => {
    await createStack(all, 'fine', two(0));
    expect(await messageOf(all.cloudformation.continueUpdateRollback({ StackName: 'fine' }))).toContain(
      'ContinueUpdateRollback cannot be called from current stack status',
    );
  });
});

describe('a resource that fails', () => {
  test('to be created rolls the stack back', async () => {
    await aws.failResource({ stackName: 'made', logicalId: 'Second', action: 'create', reason: 'no room' });
    const { id, status } = await createStack(all, 'made', two(0));
    expect(status).toBe('ROLLBACK_COMPLETE');
    const { StackEvents } = await all.cloudformation.describeStackEvents({ StackName: id });
    const event = StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
    expect(event).toMatchObject({ LogicalResourceId: 'Second', ResourceStatusReason: 'no room' });
  });

  test('to be deleted holds the stack, until it is retained', async () => {
    const { id } = await createStack(all, 'kept', two(0));
    await aws.failResource({ stackName: 'kept', logicalId: 'First', action: 'delete' });
    await all.cloudformation.deleteStack({ StackName: 'kept' });
    expect(await settled(all, id)).toBe('DELETE_FAILED');
    expect((await stackOf(id)).StackStatusReason).toBe('The following resource(s) failed to delete: [First].');
    await all.cloudformation.deleteStack({ StackName: 'kept', RetainResources: ['First'] });
    expect(await settled(all, id)).toBe('DELETE_COMPLETE');
  });

  test('in the rollback of an update leaves UPDATE_ROLLBACK_FAILED; the next try succeeds', async () => {
    await createStack(all, 'both', two(0));
    const of = { stackName: 'both', action: 'update', times: 1 } as const;
    await aws.failResource({ ...of, logicalId: 'Second' });
    // Its first update is the one forward, its second the one back.
    await aws.failResource({ ...of, logicalId: 'First', skip: 1 });
    expect(await update('both', two(5))).toBe('UPDATE_ROLLBACK_FAILED');
    expect((await stackOf('both')).StackStatusReason).toContain('failed to update: [First]');
    await all.cloudformation.continueUpdateRollback({ StackName: 'both' });
    expect(await settled(all, 'both')).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await update('both', two(6))).toBe('UPDATE_COMPLETE');
  });

  test('fails in its Region only, and works again when failures are cleared', async () => {
    const other = clients(aws.endpoint, '000000000000', 'us-east-1');
    const failure = { stackName: 'where', logicalId: 'First', action: 'create' } as const;
    await aws.failResource({ ...failure, region: 'us-east-1' });
    expect((await createStack(all, 'where', two(0))).status).toBe('CREATE_COMPLETE');
    expect((await createStack(other, 'where', two(0))).status).toBe('ROLLBACK_COMPLETE');
    await aws.clearResourceFailures();
    await other.cloudformation.deleteStack({ StackName: 'where' });
    expect((await createStack(other, 'where', two(0))).status).toBe('CREATE_COMPLETE');
  });
});

describe('the pace of one stack', () => {
  test('leaves the others as they are', async () => {
    await aws.setPace(60, 'slow');
    await all.cloudformation.createStack({ StackName: 'slow', TemplateBody: two(0) });
    expect((await createStack(all, 'quick', two(0))).status).toBe('CREATE_COMPLETE');
    expect((await stackOf('slow')).StackStatus).toBe('CREATE_IN_PROGRESS');
  });
});

describe('over HTTP', () => {
  const send = async (method: string, what: string, body?: object) => {
    const answer = await fetch(`${aws.endpoint}/_headgate/${what}`, {
      method,
      body: body ? JSON.stringify(body) : null,
    });
    return [answer.status, (await answer.json()) as { message?: string }] as const;
  };

  test('statuses and failures are set and taken back', async () => {
    await createStack(all, 'remote', two(0));
    expect(await send('PUT', 'stack-status', { region, stackName: 'remote', status: 'CREATE_FAILED' })).toEqual([
      200,
      {},
    ]);
    expect((await stackOf('remote')).StackStatus).toBe('CREATE_FAILED');
    const failure = { stackName: 'next', logicalId: 'First', action: 'create' };
    expect(await send('POST', 'resource-failures', failure)).toEqual([200, {}]);
    expect((await createStack(all, 'next', two(0))).status).toBe('ROLLBACK_COMPLETE');
    expect(await send('DELETE', 'resource-failures')).toEqual([200, {}]);
    expect((await createStack(all, 'free', two(0))).status).toBe('CREATE_COMPLETE');
    expect(await send('POST', 'pace', { resourceSeconds: 0.001, stackName: 'paced' })).toEqual([
      200,
      { resourceSeconds: 0.001, stackName: 'paced' },
    ]);
  });

  test('what is wrong is said, all of it', async () => {
    const [status, answer] = await send('PUT', 'stack-status', {
      stackName: 'x',
      account: '1',
      status: 'DELETE_COMPLETE',
      next: [{ status: 'CREATE_FAILED' }],
      resources: { A: { status: 'BROKEN' } },
    });
    expect(status).toBe(400);
    expect(String(answer.message).split('\n')).toEqual([
      'region: nothing; write a text.',
      'account: "1"; write twelve digits.',
      expect.stringContaining('status: "DELETE_COMPLETE"; write CREATE_IN_PROGRESS, '),
      'resources.A.status: "BROKEN"; write for example DELETE_FAILED.',
      'next[0].after: nothing; write a whole number from 1 to 1000000.',
    ]);
    expect(await send('POST', 'resource-failures', { action: 'break', logicalId: 'A' })).toEqual([
      400,
      { message: 'stackName: nothing; write a text.\naction: "break"; write create, update, delete.' },
    ]);
    expect(await send('POST', 'pace', { resourceSeconds: -1 })).toEqual([
      400,
      { message: 'resourceSeconds: -1; write a number from 0 to 3600.' },
    ]);
  });
});
