import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Deployment, deployStack, previewStack } from '../../../../lib/aws/cloudformation/deploy-stack.ts';
import { describeStack, type StackState } from '../../../../lib/aws/cloudformation/stack.ts';
import { HeadgateError, OperationFailed, Refused } from '../../../../lib/errors.ts';
import {
  begin,
  make,
  stackContext,
  startTestAws,
  statusOf,
  type TestAws,
  templateOf,
} from '../../../support/stack-context.ts';
import { jumpingClock } from '../../../support/test-clock.ts';
import { resourceEvent, STACK_ID, scriptedService, stackEvent } from './scripted-service.ts';

const MINUTE = 60_000;
const TOPIC = { Type: 'AWS::SNS::Topic' };
/** A bucket whose name is taken, so that making it fails. */
const TAKEN = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'taken' } };

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.local.reset();
  aws.context.lines.length = 0;
  await aws.s3.createBucket({ Bucket: 'taken' });
});

function deployment(body: string, more: Partial<Deployment> = {}): Deployment {
  return {
    stackName: 'shop',
    template: { body },
    parameters: {},
    tags: () => ({ owner: 'us' }),
    capabilities: [],
    description: 'a test',
    timeout: 2 * MINUTE,
    guard: () => {},
    ...more,
  };
}

const deploy = (body: string, more: Partial<Deployment> = {}) => deployStack(aws.context, deployment(body, more));

/** What a deployment is refused or fails with. */
async function failure(work: Promise<unknown>): Promise<HeadgateError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof HeadgateError) return error;
  throw error;
}

const refuseForeign = (stack: StackState) => {
  if (stack.tags.owner !== 'us' && stack.status !== 'REVIEW_IN_PROGRESS')
    throw new Refused({ what: `${stack.name} is not ours` });
};

describe('a stack', () => {
  const body = templateOf({ Topic: TOPIC }, { Outputs: { Arn: { Value: { Ref: 'Topic' } } } });

  test('is created, updated and left unchanged', async () => {
    const created = await deploy(body);
    expect(created).toMatchObject({
      outcome: 'created',
      stack: {
        name: 'shop',
        status: 'CREATE_COMPLETE',
        tags: { owner: 'us' },
        outputs: { Arn: expect.stringContaining(':sns:') },
      },
    });
    expect(created.changes.map(({ ResourceChange: change }) => [change?.Action, change?.LogicalResourceId])).toEqual([
      ['Add', 'Topic'],
    ]);

    const more = templateOf({ Topic: TOPIC, Second: TOPIC });
    const updated = await deploy(more);
    expect(updated).toMatchObject({ outcome: 'updated', stack: { id: created.stack.id, status: 'UPDATE_COMPLETE' } });
    expect(updated.changes.map(({ ResourceChange: change }) => [change?.Action, change?.LogicalResourceId])).toEqual([
      ['Add', 'Second'],
    ]);

    const { result, operations } = await aws.during(() => deploy(more));
    expect(result).toMatchObject({ outcome: 'unchanged', changes: [], stack: { id: created.stack.id } });
    expect(operations).toContain('cloudformation DeleteChangeSet');
    expect(operations).not.toContain('cloudformation ExecuteChangeSet');
    const { Summaries } = await aws.cloudFormation.listChangeSets({ StackName: 'shop' });
    expect(Summaries?.filter(({ ExecutionStatus: status }) => status === 'AVAILABLE')).toEqual([]);
  });

  test('gets parameters and tags, and a change of tags alone is an update', async () => {
    const topic = { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { Ref: 'Name' } } };
    const withParameter = templateOf({ Topic: topic }, { Parameters: { Name: { Type: 'String' } } });
    const first = await deploy(withParameter, { parameters: { Name: '007' } });
    expect(first.stack.parameters).toEqual({ Name: '007' });
    const second = await deploy(withParameter, {
      parameters: { Name: '007' },
      tags: () => ({ owner: 'us', commit: 'b' }),
    });
    expect(second).toMatchObject({ outcome: 'updated', stack: { tags: { owner: 'us', commit: 'b' } } });
  });

  test('shows its changes before they are carried out', async () => {
    let statusThen: Promise<string | undefined> | undefined;
    await deploy(body, {
      onChanges: () => {
        statusThen = statusOf(aws, 'shop');
      },
    });
    expect(['REVIEW_IN_PROGRESS', 'CREATE_IN_PROGRESS']).toContain(await statusThen);
    expect(
      aws.context.lines.some((line) => line.includes('CREATE_COMPLETE') && line.includes('Topic (AWS::SNS::Topic)')),
    ).toBe(true);
  });

  test('that is only the shell of a change set is filled', async () => {
    const { StackId } = await aws.cloudFormation.createChangeSet({
      StackName: 'shop',
      ChangeSetName: 'left',
      ChangeSetType: 'CREATE',
      TemplateBody: body,
    });
    expect(await statusOf(aws, 'shop')).toBe('REVIEW_IN_PROGRESS');
    expect(await deploy(body)).toMatchObject({ outcome: 'created', stack: { id: StackId, status: 'CREATE_COMPLETE' } });
  });

  test('is deployed by two runs at once without one overwriting the change set of the other', async () => {
    await deploy(body);
    const outcomes = await Promise.allSettled([
      deploy(templateOf({ Topic: TOPIC, A: TOPIC })),
      deploy(templateOf({ Topic: TOPIC, A: TOPIC })),
    ]);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    const { Summaries = [] } = await aws.cloudFormation.listChangeSets({ StackName: 'shop' });
    expect(new Set(Summaries.map(({ ChangeSetName }) => ChangeSetName)).size).toBe(Summaries.length);
    expect(await deploy(templateOf({ Topic: TOPIC, A: TOPIC }))).toMatchObject({ outcome: 'unchanged' });
  });
});

describe('a failure', () => {
  const broken = templateOf({ Topic: TOPIC, Store: { ...TAKEN, DependsOn: 'Topic' } });

  test('of a creation names the resource that failed first, and the next run makes the stack anew', async () => {
    const error = await failure(deploy(broken));
    expect(error).toBeInstanceOf(OperationFailed);
    expect(error.explanation).toMatchObject({
      what: expect.stringMatching(
        /^The stack ended in ROLLBACK_COMPLETE, because Store \(AWS::S3::Bucket\) failed: .*taken/,
      ),
      next: 'Correct the template and push again; the failed stack is then deleted and made anew',
      data: { status: 'ROLLBACK_COMPLETE', rootCause: { logicalId: 'Store', type: 'AWS::S3::Bucket' } },
    });

    const { Stacks: [before] = [] } = await aws.cloudFormation.describeStacks({ StackName: 'shop' });
    const recovered = await deploy(templateOf({ Topic: TOPIC }));
    expect(recovered).toMatchObject({ outcome: 'created', stack: { status: 'CREATE_COMPLETE' } });
    expect(recovered.stack.id).not.toBe(before?.StackId);
    expect(aws.context.lines).toContain(
      'The stack is in ROLLBACK_COMPLETE and cannot be updated; it is deleted and made again.',
    );
  });

  test('of an update leaves the stack as it was, and the next run goes on', async () => {
    await deploy(templateOf({ Topic: TOPIC }));
    const error = await failure(deploy(broken));
    expect(error.explanation).toMatchObject({
      what: expect.stringMatching(
        /^The stack ended in UPDATE_ROLLBACK_COMPLETE, because Store \(AWS::S3::Bucket\) failed: /,
      ),
      next: 'Correct the template and push again; the stack stands as it was before',
    });
    expect(await deploy(templateOf({ Topic: TOPIC, Second: TOPIC }))).toMatchObject({ outcome: 'updated' });
  });

  test('names what failed now, not what failed before', async () => {
    await deploy(templateOf({ Topic: TOPIC }));
    await failure(deploy(broken));
    const error = await failure(deploy(templateOf({ Topic: TOPIC, Other: TAKEN })));
    expect(error.explanation.what).toContain('because Other (AWS::S3::Bucket) failed');
  });

  test('of a change set says why, and leaves neither it nor an empty stack', async () => {
    const unsafe = templateOf({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
      },
    });
    await expect(deploy(unsafe)).rejects.toThrow(/CAPABILITY_IAM|capabilities/i);
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });

  test('of the template says what the service says', async () => {
    await expect(deploy(templateOf({ Topic: { Type: 'AWS::Not::There' } }))).rejects.toThrow(
      'Unrecognized resource types: [AWS::Not::There]',
    );
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });
});

describe('a failure in a nested stack', () => {
  const nested = (file: string) =>
    templateOf({
      Nested: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: `https://templates.s3.us-east-1.amazonaws.com/${file}` },
      },
    });
  beforeEach(async () => {
    await aws.s3.createBucket({ Bucket: 'templates' });
    await aws.s3.putObject({ Bucket: 'templates', Key: 'good.json', Body: templateOf({ Topic: TOPIC }) });
    await aws.s3.putObject({ Bucket: 'templates', Key: 'bad.json', Body: templateOf({ Topic: TOPIC, Store: TAKEN }) });
    await aws.s3.putObject({
      Bucket: 'templates',
      Key: 'worse.json',
      Body: templateOf({ Topic: TOPIC, Other: TAKEN }),
    });
  });

  test('that is created is named with its path', async () => {
    const error = await failure(deploy(nested('bad.json')));
    expect(error.explanation.what).toMatch(
      /^The stack ended in ROLLBACK_COMPLETE, because Nested\/Store \(AWS::S3::Bucket\) failed: .*taken/,
    );
  });

  test('that is updated is named with its path, and an earlier one is not', async () => {
    await deploy(nested('good.json'));
    expect((await failure(deploy(nested('bad.json')))).explanation.what).toContain(
      'because Nested/Store (AWS::S3::Bucket) failed',
    );
    expect((await failure(deploy(nested('worse.json')))).explanation.what).toContain(
      'because Nested/Other (AWS::S3::Bucket) failed',
    );
  });
});

describe('an operation that runs already', () => {
  /** Seconds that no test waits for: what is held goes on when the pace is set to 0. */
  const HELD = 3600;
  /** A guard that has seen what is held, which can go on then. */
  const letGo = () => void aws.local.setPace(0);

  test('is waited for, and the deployment goes on', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.local.setPace(HELD);
    await begin(aws, 'shop', templateOf({ Topic: TOPIC, Second: TOPIC }), { ChangeSetType: 'UPDATE' });
    const deployed = await deploy(templateOf({ Topic: TOPIC, Third: TOPIC }), { guard: letGo });
    expect(aws.context.lines).toContain('The stack is in UPDATE_IN_PROGRESS; waiting for that to end.');
    expect(deployed).toMatchObject({ outcome: 'updated', stack: { status: 'UPDATE_COMPLETE' } });
    const changes = deployed.changes.map(
      ({ ResourceChange: change }) => `${change?.Action} ${change?.LogicalResourceId}`,
    );
    expect(changes).toEqual(expect.arrayContaining(['Add Third', 'Remove Second']));
  });

  test('that deletes the stack is waited for, and the stack is made again', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.local.setPace(HELD);
    await aws.cloudFormation.deleteStack({ StackName: 'shop' });
    expect(await deploy(templateOf({ Topic: TOPIC }), { guard: letGo })).toMatchObject({
      outcome: 'created',
      stack: { status: 'CREATE_COMPLETE' },
    });
  });

  test('is asked about again by the guard when it has ended', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.local.setPace(HELD);
    await begin(aws, 'shop', templateOf({ Topic: TOPIC, Second: TOPIC }), { ChangeSetType: 'UPDATE' });
    const seen: string[] = [];
    const guard = ({ status }: StackState) => {
      seen.push(status);
      letGo();
    };
    await deploy(templateOf({ Topic: TOPIC }), { guard });
    expect(seen).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE']);
  });

  test('for too long is a failure, and what runs goes on', async () => {
    await aws.local.setPace(HELD);
    const context = stackContext({ clock: jumpingClock() });
    const error = await failure(deployStack(context, deployment(templateOf({ Topic: TOPIC }), { timeout: MINUTE })));
    expect(error).toBeInstanceOf(OperationFailed);
    expect(error.explanation.what).toBe(
      'The stack shop was still in CREATE_IN_PROGRESS after 60 seconds; what still ran: Topic (CREATE_IN_PROGRESS)',
    );
    expect(await statusOf(aws, 'shop')).toBe('CREATE_IN_PROGRESS');
  });
});

test('a stack of the same name that is not ours is refused before anything changes', async () => {
  await make(aws, 'shop', templateOf({ Topic: TOPIC }));
  const { operations } = await aws.during(async () => {
    await expect(deploy(templateOf({ Second: TOPIC }), { guard: refuseForeign })).rejects.toThrow('shop is not ours');
  });
  expect(operations).toEqual(['cloudformation DescribeStacks']);
  expect(await statusOf(aws, 'shop')).toBe('CREATE_COMPLETE');
});

test('a stack that only a person can repair is explained, and not touched', async () => {
  const { context, calls } = scriptedService([{ status: 'IMPORT_ROLLBACK_FAILED' }]);
  const error = await failure(deployStack(context, deployment(templateOf({ Topic: TOPIC }))));
  expect(error.explanation).toMatchObject({
    what: 'The stack shop is in IMPORT_ROLLBACK_FAILED',
    next: expect.stringContaining('Repair the stack'),
  });
  expect(calls).toEqual(['DescribeStacks']);
});

describe('a change set that the service takes and does not carry out', () => {
  /** A stack that stands; `ExecuteChangeSet` succeeds. */
  const service = (looks: Parameters<typeof scriptedService>[0]) => {
    const scripted = scriptedService(looks);
    Object.assign(scripted.cloudFormation, {
      createChangeSet: async () => ({ Id: 'change-set', StackId: STACK_ID }),
      describeChangeSet: async () => ({ Status: 'CREATE_COMPLETE', Changes: [] }),
      executeChangeSet: async () => ({}),
    });
    return scripted;
  };

  // The status of the operation before would otherwise pass for the success of this one.
  test('is a failure, however well the stack stands', async () => {
    const { context } = service([{ events: [stackEvent('CREATE_COMPLETE', 'before')], status: 'CREATE_COMPLETE' }]);
    const error = await failure(deployStack(context, deployment('{}')));
    expect(error.explanation.what).toBe(
      'CloudFormation did not carry out the change set; the stack is in CREATE_COMPLETE',
    );
  });

  test('but events without a token, as some emulators send them, are taken for its own', async () => {
    const { context } = service([
      { events: [stackEvent('CREATE_COMPLETE')], status: 'CREATE_COMPLETE' },
      {
        events: [
          stackEvent('UPDATE_IN_PROGRESS'),
          resourceEvent('Topic', 'UPDATE_COMPLETE'),
          stackEvent('UPDATE_COMPLETE'),
        ],
        status: 'UPDATE_COMPLETE',
      },
    ]);
    expect(await deployStack(context, deployment('{}'))).toMatchObject({
      outcome: 'updated',
      stack: { status: 'UPDATE_COMPLETE' },
    });
  });
});

describe('a preview', () => {
  const body = templateOf({ Topic: TOPIC });
  const existing = () => describeStack(aws.cloudFormation, 'shop');
  const changeSets = async () => (await aws.cloudFormation.listChangeSets({ StackName: 'shop' })).Summaries ?? [];

  test('of a new stack shows its changes and leaves no stack', async () => {
    const changes = await previewStack(aws.context, deployment(body), undefined);
    expect(changes.map(({ ResourceChange: change }) => change?.LogicalResourceId)).toEqual(['Topic']);
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });

  test('of a stack that stands leaves no change set and changes nothing', async () => {
    await deploy(body);
    const before = await changeSets();
    const changes = await previewStack(
      aws.context,
      deployment(templateOf({ Topic: TOPIC, Second: TOPIC })),
      await existing(),
    );
    expect(changes.map(({ ResourceChange: change }) => change?.LogicalResourceId)).toEqual(['Second']);
    expect((await changeSets()).length).toBe(before.length);
    expect(await statusOf(aws, 'shop')).toBe('CREATE_COMPLETE');
  });

  test('without changes shows none', async () => {
    await deploy(body);
    expect(await previewStack(aws.context, deployment(body), await existing())).toEqual([]);
  });

  test('in the shell of another change set leaves that as it was', async () => {
    await aws.cloudFormation.createChangeSet({
      StackName: 'shop',
      ChangeSetName: 'theirs',
      ChangeSetType: 'CREATE',
      TemplateBody: body,
    });
    await previewStack(aws.context, deployment(body), await existing());
    expect(await statusOf(aws, 'shop')).toBe('REVIEW_IN_PROGRESS');
    expect((await changeSets()).map(({ ChangeSetName }) => ChangeSetName)).toEqual(['theirs']);
  });

  test('does not remove a stack that another run has begun to make in between', async () => {
    const context = stackContext();
    const cloudFormation = await context.aws.cloudFormation();
    const deleteChangeSet = cloudFormation.deleteChangeSet.bind(cloudFormation);
    Object.assign(cloudFormation, {
      deleteChangeSet: async (request: Parameters<typeof deleteChangeSet>[0]) => {
        await make(aws, 'shop', body);
        return await deleteChangeSet(request);
      },
    });
    await previewStack(context, deployment(body), undefined);
    expect(await statusOf(aws, 'shop')).toBe('CREATE_COMPLETE');
  });

  test('that fails leaves nothing, either', async () => {
    const scripted = scriptedService([{ status: 'REVIEW_IN_PROGRESS' }]);
    const removed: string[] = [];
    Object.assign(scripted.cloudFormation, {
      createChangeSet: async () => ({ Id: 'change-set', StackId: STACK_ID }),
      describeChangeSet: async () => ({ Status: 'FAILED', StatusReason: 'Transform failed' }),
      deleteChangeSet: async ({ ChangeSetName }: { ChangeSetName: string }) => void removed.push(ChangeSetName),
      deleteStack: async ({ StackName }: { StackName: string }) => void removed.push(StackName),
    });
    await expect(previewStack(scripted.context, deployment(body), undefined)).rejects.toThrow('Transform failed');
    expect(removed).toEqual(['change-set', STACK_ID]);
  });
});

test('a deployment writes a change set and carries it out, and nothing else', async () => {
  const { operations } = await aws.during(() => deploy(templateOf({ Topic: TOPIC })));
  expect(operations.filter((operation) => !/ Describe/.test(operation))).toEqual([
    'cloudformation CreateChangeSet',
    'cloudformation ExecuteChangeSet',
  ]);
});
