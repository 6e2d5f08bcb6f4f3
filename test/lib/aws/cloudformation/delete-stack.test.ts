import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bucketsDeletedWith, type Destruction, destroyStack } from '../../../../lib/aws/cloudformation/delete-stack.ts';
import type { StackState } from '../../../../lib/aws/cloudformation/stack.ts';
import { HeadgateError, OperationFailed, Refused } from '../../../../lib/errors.ts';
import { begin, make, startTestAws, statusOf, type TestAws, templateOf } from '../../../support/stack-context.ts';

const TOPIC = { Type: 'AWS::SNS::Topic' };
const bucket = (name: string, more: object = {}) => ({
  Type: 'AWS::S3::Bucket',
  Properties: { BucketName: name, VersioningConfiguration: { Status: 'Enabled' } },
  ...more,
});

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.local.reset();
  aws.context.lines.length = 0;
});

const destroy = (more: Partial<Destruction> = {}) =>
  destroyStack(aws.context, { stackName: 'shop', timeout: 120_000, emptyBuckets: true, guard: () => {}, ...more });

async function failure(work: Promise<unknown>): Promise<HeadgateError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof HeadgateError) return error;
  throw error;
}

/** Three versions of one object, an object that was deleted, and one whose key needs quoting. */
async function fill(name: string): Promise<void> {
  for (const Body of ['one', 'two', 'three']) await aws.s3.putObject({ Bucket: name, Key: 'a/file', Body });
  await aws.s3.putObject({ Bucket: name, Key: 'deleted', Body: 'x' });
  await aws.s3.deleteObject({ Bucket: name, Key: 'deleted' });
  await aws.s3.putObject({ Bucket: name, Key: 'ä & <b> "c" + d', Body: 'x' });
}

const bucketNames = async () => ((await aws.s3.listBuckets({})).Buckets ?? []).map(({ Name }) => Name);
const objectsIn = async (name: string) => (await aws.s3.listObjectVersions({ Bucket: name })).Versions ?? [];

describe('destroying', () => {
  test('a stack that does not exist finds none', async () => {
    const { result, operations } = await aws.during(() => destroy());
    expect(result).toBe(false);
    expect(operations).toEqual(['cloudformation DescribeStacks']);
  });

  test('a stack removes it, and a second time there is none', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    expect(await destroy()).toBe(true);
    expect(await statusOf(aws, 'shop')).toBeUndefined();
    expect(await destroy()).toBe(false);
  });

  test('a stack that never stood removes it', async () => {
    await aws.s3.createBucket({ Bucket: 'taken' });
    await make(aws, 'shop', templateOf({ Topic: TOPIC, Store: bucket('taken') }));
    expect(await statusOf(aws, 'shop')).toBe('ROLLBACK_COMPLETE');
    expect(await destroy()).toBe(true);
    // What the stack did not make is not its own.
    expect(await bucketNames()).toEqual(['taken']);
  });

  test('the shell of a change set removes it', async () => {
    await aws.cloudFormation.createChangeSet({
      StackName: 'shop',
      ChangeSetName: 'left',
      ChangeSetType: 'CREATE',
      TemplateBody: templateOf({ Topic: TOPIC }),
    });
    expect(await destroy()).toBe(true);
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });

  test('a stack shows its events', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await destroy();
    expect(
      aws.context.lines.some((line) => line.includes('DELETE_COMPLETE') && line.includes('Topic (AWS::SNS::Topic)')),
    ).toBe(true);
    expect(aws.context.lines.some((line) => line.includes('CREATE_COMPLETE'))).toBe(false);
  });

  test('a stack of somebody else is refused before anything changes', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('theirs') }));
    await fill('theirs');
    const guard = (stack: StackState) => {
      throw new Refused({ what: `${stack.name} is not ours` });
    };
    const { operations } = await aws.during(async () => {
      await expect(destroy({ guard })).rejects.toThrow('shop is not ours');
    });
    expect(operations).toEqual(['cloudformation DescribeStacks']);
    expect(await objectsIn('theirs')).toHaveLength(5);
  });
});

describe('buckets', () => {
  test('with versions and delete markers are emptied and go with the stack', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('data'), Topic: TOPIC }));
    await fill('data');
    expect(await destroy()).toBe(true);
    expect(await bucketNames()).toEqual([]);
    expect(aws.context.lines).toContain('Emptied bucket data: 6 object versions deleted.');
  });

  test.each(['Retain', 'RetainExceptOnCreate'])('that are retained (%s) are not emptied and stay', async (policy) => {
    await make(aws, 'shop', templateOf({ Keep: bucket('kept', { DeletionPolicy: policy }), Store: bucket('data') }));
    await fill('kept');
    await fill('data');
    expect(await destroy()).toBe(true);
    expect(await bucketNames()).toEqual(['kept']);
    expect(await objectsIn('kept')).toHaveLength(5);
    expect(aws.context.lines.filter((line) => line.startsWith('Emptied'))).toHaveLength(1);
  });

  test('of nested stacks are emptied, too, except in one that is retained', async () => {
    await aws.s3.createBucket({ Bucket: 'templates' });
    for (const name of ['gone', 'kept']) {
      await aws.s3.putObject({
        Bucket: 'templates',
        Key: `${name}.json`,
        Body: templateOf({ Store: bucket(`in-${name}`) }),
      });
    }
    const nested = (name: string) => ({
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: `https://templates.s3.us-east-1.amazonaws.com/${name}.json` },
    });
    const id = await make(
      aws,
      'shop',
      templateOf({
        Gone: nested('gone'),
        Kept: { ...nested('kept'), DeletionPolicy: 'Retain' },
        Store: bucket('data'),
      }),
    );
    for (const name of ['in-gone', 'in-kept', 'data']) await fill(name);
    expect(await bucketsDeletedWith(aws.context, id)).toEqual(['data', 'in-gone']);
    expect(await destroy()).toBe(true);
    expect((await bucketNames()).sort()).toEqual(['in-kept', 'templates']);
    expect(await objectsIn('in-kept')).toHaveLength(5);
  });

  test('that are not to be emptied hold the deletion, which says so; emptying them later goes on', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('data'), Topic: TOPIC }));
    await fill('data');
    const error = await failure(destroy({ emptyBuckets: false }));
    expect(error).toBeInstanceOf(OperationFailed);
    expect(error.explanation).toMatchObject({
      what: expect.stringMatching(/^The stack shop could not be deleted: Store \(AWS::S3::Bucket\): .*not empty/),
      cause: 'a resource is still in use or not empty',
      data: { stack: 'shop', held: ['Store'] },
    });
    expect(await statusOf(aws, 'shop')).toBe('DELETE_FAILED');
    expect(await objectsIn('data')).toHaveLength(5);

    expect(await destroy()).toBe(true);
    expect(await bucketNames()).toEqual([]);
  });

  test('that somebody writes to while they are deleted are emptied once more', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('data') }));
    const cloudFormation = await aws.context.aws.cloudFormation();
    const deleteStack = cloudFormation.deleteStack.bind(cloudFormation);
    let deletions = 0;
    Object.assign(cloudFormation, {
      deleteStack: async (request: Parameters<typeof deleteStack>[0]) => {
        deletions += 1;
        if (deletions === 1) await fill('data');
        return await deleteStack(request);
      },
    });
    try {
      expect(await destroy()).toBe(true);
    } finally {
      Object.assign(cloudFormation, { deleteStack });
    }
    expect(deletions).toBe(2);
    expect(await bucketNames()).toEqual([]);
  });

  test('that are gone already do not matter', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('data') }));
    await aws.s3.deleteBucket({ Bucket: 'data' });
    expect(await destroy()).toBe(true);
  });
});

describe('protection from termination', () => {
  test('is respected, and nothing is emptied', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('data') }));
    await fill('data');
    await aws.cloudFormation.updateTerminationProtection({ StackName: 'shop', EnableTerminationProtection: true });
    const { operations } = await aws.during(async () => {
      const error = await failure(destroy());
      expect(error).toBeInstanceOf(Refused);
      expect(error.explanation.what).toBe('The stack shop is protected from termination');
      expect(error.explanation.next).toContain('--no-enable-termination-protection');
    });
    expect(operations.filter((operation) => /Delete/.test(operation))).toEqual([]);
    expect(await statusOf(aws, 'shop')).toBe('CREATE_COMPLETE');
    expect(await objectsIn('data')).toHaveLength(5);
  });
});

describe('an operation that runs', () => {
  test('an update is waited for, and then the stack is deleted', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.local.setPace(1);
    await begin(aws, 'shop', templateOf({ Topic: TOPIC, Second: TOPIC }), { ChangeSetType: 'UPDATE' });
    const seen: string[] = [];
    expect(await destroy({ guard: ({ status }) => void seen.push(status) })).toBe(true);
    expect(seen).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE']);
    expect(aws.context.lines).toContain('The stack is in UPDATE_IN_PROGRESS; waiting for that to end.');
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });

  test('a deletion is waited for and not begun again', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.local.setPace(1);
    await aws.cloudFormation.deleteStack({ StackName: 'shop' });
    const { result, operations } = await aws.during(() => destroy());
    expect(result).toBe(true);
    expect(operations).not.toContain('cloudformation DeleteStack');
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });
});
