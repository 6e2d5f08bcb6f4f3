import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Destruction, destroyStack } from '../../../../lib/aws/cloudformation/delete-stack.ts';
import { contentsDeletedWith } from '../../../../lib/aws/cloudformation/delete-stack-contents.ts';
import type { HeldResource } from '../../../../lib/aws/cloudformation/held.ts';
import type { StackState } from '../../../../lib/aws/cloudformation/stack.ts';
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
import { type Look, resourceEvent, STACK_ID, scriptedService, stackEvent } from './scripted-service.ts';

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

  // A branch is deleted and pushed again: the push that waited for the deletion made a stack, which this run deleted too.
  test('a stack leaves one that was made anew under its name', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    const client = await aws.context.aws.cloudFormation();
    let looks = 0;
    const describeStacks = async (...[input, ...more]: Parameters<typeof client.describeStacks>) => {
      if (input?.StackName === 'shop') looks += 1;
      if (input?.StackName === 'shop' && looks === 2) await make(aws, 'shop', templateOf({ Topic: TOPIC }));
      return await client.describeStacks(input, ...more);
    };
    const watched: typeof client = Object.create(client, { describeStacks: { value: describeStacks } });
    const context = { ...aws.context, aws: { ...aws.context.aws, cloudFormation: async () => watched } };
    const destruction = { stackName: 'shop', timeout: 120_000, emptyBuckets: true, guard: () => {} };
    expect(await destroyStack(context, destruction)).toBe(true);
    expect(looks).toBe(2);
    expect(await statusOf(aws, 'shop')).toBe('CREATE_COMPLETE');
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
    expect((await contentsDeletedWith(aws.context, id)).buckets).toEqual(['data', 'in-gone']);
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
      data: { stack: 'shop', held: [{ logicalId: 'Store', type: 'AWS::S3::Bucket', physicalId: 'data' }] },
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

describe('repositories', () => {
  let ecr: ECR;
  beforeAll(() => {
    ecr = new ECR({ customUserAgent: 'look-from-outside' });
  });
  afterAll(() => ecr.destroy());

  const repository = (name: string, more: object = {}, properties: object = {}) => ({
    Type: 'AWS::ECR::Repository',
    Properties: { RepositoryName: name, ...properties },
    ...more,
  });
  const push = async (repositoryName: string) => {
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, layers: [] });
    await ecr.putImage({ repositoryName, imageManifest, imageTag: 'latest' });
  };
  const names = async () => {
    const { repositories = [] } = await ecr.describeRepositories({});
    return repositories.map(({ repositoryName }) => repositoryName).sort();
  };

  test('with images are emptied and go with the stack, those that are retained are not and stay', async () => {
    await make(
      aws,
      'shop',
      templateOf({
        App: repository('app'),
        Kept: repository('kept', { DeletionPolicy: 'Retain' }),
        Own: repository('own', {}, { EmptyOnDelete: true }),
      }),
    );
    for (const name of ['app', 'kept', 'own']) await push(name);
    expect(await destroy({ emptyRepositories: true })).toBe(true);
    expect(await names()).toEqual(['kept']);
    expect((await ecr.listImages({ repositoryName: 'kept' })).imageIds).toHaveLength(1);
    expect(aws.context.lines).toContain('Emptied repository app: 1 images deleted.');
  });

  test('of nested stacks are emptied, too', async () => {
    await aws.s3.createBucket({ Bucket: 'templates' });
    await aws.s3.putObject({ Bucket: 'templates', Key: 'n.json', Body: templateOf({ App: repository('app') }) });
    const nested = {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: 'https://templates.s3.us-east-1.amazonaws.com/n.json' },
    };
    await make(aws, 'shop', templateOf({ Nested: nested }));
    await push('app');
    expect(await destroy({ emptyRepositories: true })).toBe(true);
    expect(await names()).toEqual([]);
  });

  test('that are not to be emptied hold the deletion, unless the template empties them', async () => {
    await make(
      aws,
      'shop',
      templateOf({ App: repository('app'), Own: repository('own', {}, { EmptyOnDelete: true }) }),
    );
    for (const name of ['app', 'own']) await push(name);
    const error = await failure(destroy());
    expect(error.explanation.what).toMatch(/^The stack shop could not be deleted: App \(AWS::ECR::Repository\): /);
    expect(await names()).toEqual(['app']);
  });
});

describe('what the stack did not make', () => {
  // The service lists a bucket that could not be created with the name that was asked for.
  test('is not emptied', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('theirs'), Topic: TOPIC }));
    await fill('theirs');
    await aws.local.setStackStatus({
      region: 'us-east-1',
      stackName: 'shop',
      status: 'CREATE_FAILED',
      resources: { Store: { status: 'CREATE_FAILED', reason: 'theirs already exists' } },
    });
    await failure(destroy());
    expect(await objectsIn('theirs')).toHaveLength(5);
  });
});

/** A resource of these that cannot be deleted. */
const hold = (logicalId: string, more: { reason?: string; times?: number } = {}) =>
  aws.local.failResource({ stackName: 'shop', logicalId, action: 'delete', ...more });
const deletions = (operations: readonly string[]) =>
  operations.filter((operation) => operation === 'cloudformation DeleteStack').length;

describe('a deletion that is held', () => {
  test('names each resource, its type and the reason, also inside nested stacks', async () => {
    await aws.s3.createBucket({ Bucket: 'templates' });
    await aws.s3.putObject({ Bucket: 'templates', Key: 'n.json', Body: templateOf({ Store: bucket('inside') }) });
    const nested = {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: 'https://templates.s3.us-east-1.amazonaws.com/n.json' },
    };
    await make(aws, 'shop', templateOf({ Nested: nested, Topic: TOPIC, Free: TOPIC }));
    await fill('inside');
    await hold('Topic', { reason: 'Access denied by policy' });
    const error = await failure(destroy({ emptyBuckets: false }));
    expect(error.explanation.what).toContain('Topic (AWS::SNS::Topic): Access denied by policy');
    expect(error.explanation.what).toMatch(/Nested\/Store \(AWS::S3::Bucket\): .*not empty/);
    expect(error.explanation.what).not.toContain('Free');
  });

  test('is not tried again when waiting does not help', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await hold('Topic');
    const { operations } = await aws.during(() => failure(destroy()));
    expect(deletions(operations)).toBe(1);
  });
});

describe('network interfaces that linger', () => {
  const GROUP = { Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription: 'of a function' } };
  const reason = 'resource sg-0a1b has a dependent object (Service: Ec2, Status Code: 400)';

  test('are waited for, with growing pauses, until the deletion succeeds', async () => {
    await make(aws, 'shop', templateOf({ Group: GROUP, Topic: TOPIC }));
    await hold('Group', { reason, times: 3 });
    const { result, operations } = await aws.during(() => destroy({ timeout: 3_600_000 }));
    expect(result).toBe(true);
    expect(deletions(operations)).toBe(4);
    expect(aws.context.lines.filter((line) => line.startsWith('Network interfaces still hold Group;'))).toEqual([
      expect.stringContaining('Trying again in 15 seconds.'),
      expect.stringContaining('Trying again in 30 seconds.'),
      expect.stringContaining('Trying again in 60 seconds.'),
    ]);
  });

  test('are not waited for longer than the timeout, and the failure says how to find them', async () => {
    await make(aws, 'shop', templateOf({ Group: GROUP }));
    await hold('Group', { reason });
    const context = stackContext({ clock: jumpingClock() });
    const error = await failure(
      destroyStack(context, { stackName: 'shop', timeout: 1_800_000, emptyBuckets: true, guard: () => {} }),
    );
    expect(error.explanation).toMatchObject({
      what: `The stack shop could not be deleted: Group (AWS::EC2::SecurityGroup): ${reason}`,
      cause: expect.stringContaining('network interfaces were still there when the time was over'),
      next: expect.stringMatching(
        /^Run again later, or raise 'timeout'; 'aws ec2 describe-network-interfaces --filters Name=group-id,Values=sg-[0-9a-f]+' shows/,
      ),
    });
    expect(context.lines.at(-1)).not.toContain('Trying again');
    expect(context.lines.some((line) => line.includes('Trying again in 300 seconds.'))).toBe(true);
  });

  test('are not waited for when something else holds the stack as well', async () => {
    await make(aws, 'shop', templateOf({ Group: GROUP, Topic: TOPIC }));
    await hold('Group', { reason });
    await hold('Topic');
    const { operations } = await aws.during(() => failure(destroy()));
    expect(deletions(operations)).toBe(1);
  });

  test('are not waited for once the run is cancelled', async () => {
    await make(aws, 'shop', templateOf({ Group: GROUP }));
    await hold('Group', { reason });
    const controller = new AbortController();
    const context = stackContext({ signal: controller.signal });
    const said: string[] = [];
    const info = (line: string) => {
      said.push(line);
      if (line.includes('Trying again')) controller.abort(new Error('cancelled from outside'));
    };
    await expect(
      destroyStack(
        { ...context, log: { ...context.log, info } },
        { stackName: 'shop', timeout: 3_600_000, emptyBuckets: true, guard: () => {} },
      ),
    ).rejects.toThrow('aborted');
    expect(said.filter((line) => line.includes('Trying again'))).toHaveLength(1);
  });
});

describe('resources to retain', () => {
  const retaining = async (more: Partial<Destruction>) => {
    const left: HeldResource[] = [];
    await destroy({ ...more, onLeftBehind: (resources) => left.push(...resources) });
    return left.map(({ logicalId, type, reason }) => [logicalId, type, reason]);
  };

  test('are left behind when they cannot be deleted, and told', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC, Other: TOPIC }));
    await hold('Topic', { reason: 'no' });
    const { result, operations } = await aws.during(() => retaining({ retain: ['Topic', 'Other'] }));
    expect(result).toEqual([['Topic', 'AWS::SNS::Topic', 'no']]);
    expect(deletions(operations)).toBe(2);
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });

  test('go when they can be deleted', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    expect(await retaining({ retain: ['Topic'] })).toEqual([]);
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });

  test('keep what is in them', async () => {
    await make(aws, 'shop', templateOf({ Store: bucket('data'), Second: bucket('more') }));
    for (const name of ['data', 'more']) await fill(name);
    expect(await retaining({ retain: ['Store'] })).toEqual([
      ['Store', 'AWS::S3::Bucket', expect.stringContaining('not empty')],
    ]);
    expect(await bucketNames()).toEqual(['data']);
    expect(await objectsIn('data')).toHaveLength(5);
  });

  test('of a stack that an earlier run left in DELETE_FAILED are kept from the first try on', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await hold('Topic', { times: 1, reason: 'no' });
    await failure(destroy());
    expect(await statusOf(aws, 'shop')).toBe('DELETE_FAILED');
    const { result, operations } = await aws.during(() => retaining({ retain: ['Topic'] }));
    // The local AWS does not list reasons with the resources; AWS does.
    expect(result).toEqual([['Topic', 'AWS::SNS::Topic', expect.any(String)]]);
    expect(deletions(operations)).toBe(1);
  });

  test('do not keep others', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC, Other: TOPIC }));
    await hold('Topic');
    await hold('Other', { reason: 'held' });
    const error = await failure(destroy({ retain: ['Topic'] }));
    expect(error.explanation.what).toBe('The stack shop could not be deleted: Other (AWS::SNS::Topic): held');
  });
});

describe('force', () => {
  const forcing = async (more: Partial<Destruction> = {}) => {
    const left: string[] = [];
    const found = await destroy({
      force: true,
      ...more,
      onLeftBehind: (resources) => left.push(...resources.map(({ logicalId }) => logicalId)),
    });
    return { found, left };
  };

  test('is used only after an ordinary deletion failed, and tells everything that stays behind', async () => {
    await make(aws, 'shop', templateOf({ Topic: { ...TOPIC, DependsOn: 'Base' }, Base: TOPIC, Free: TOPIC }));
    await hold('Topic', { reason: 'no' });
    const { result, operations } = await aws.during(() => forcing());
    expect(result.found).toBe(true);
    expect(result.left).toContain('Topic');
    expect(result.left).not.toContain('Free');
    expect(deletions(operations)).toBe(2);
    expect(await statusOf(aws, 'shop')).toBeUndefined();
    expect(aws.context.lines).toContain(
      'The stack shop is deleted by force; this stays behind: Topic (AWS::SNS::Topic): no',
    );
  });

  test('is not used when the ordinary deletion succeeds', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    const { result, operations } = await aws.during(() => forcing());
    expect(result).toEqual({ found: true, left: [] });
    expect(deletions(operations)).toBe(1);
  });

  test('is never used unasked', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await hold('Topic');
    const { operations } = await aws.during(() => failure(destroy()));
    expect(deletions(operations)).toBe(1);
    expect(await statusOf(aws, 'shop')).toBe('DELETE_FAILED');
  });

  test('does not go over termination protection', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.cloudFormation.updateTerminationProtection({ StackName: 'shop', EnableTerminationProtection: true });
    expect(await failure(forcing())).toBeInstanceOf(Refused);
  });
});

describe('a deletion that the service takes and does not carry out', () => {
  // An export in use ends so on AWS: the stack keeps its status and has the reason. The local AWS refuses the call.
  const REASON = 'Delete canceled. Cannot delete export Url as it is in use by shop-mail.';
  const refused = (looks: readonly Look[]) => {
    const scripted = scriptedService(looks);
    const requests: object[] = [];
    Object.assign(scripted.cloudFormation, {
      describeStacks: async () => ({
        Stacks: [{ StackName: 'shop', StackId: STACK_ID, StackStatus: 'CREATE_COMPLETE', StackStatusReason: REASON }],
      }),
      deleteStack: async (request: object) => void requests.push(request),
    });
    return { ...scripted, requests };
  };

  test('is a failure with the reason of the stack, and force does not help', async () => {
    const { context, requests } = refused([
      {
        events: [stackEvent('DELETE_IN_PROGRESS', 'old'), resourceEvent('Old', 'DELETE_FAILED')],
        status: 'CREATE_COMPLETE',
      },
    ]);
    const error = await failure(
      destroyStack(context, { stackName: 'shop', timeout: 120_000, emptyBuckets: false, force: true, guard: () => {} }),
    );
    expect(error.explanation.what).toBe(`The stack shop could not be deleted: ${REASON}`);
    expect(error.explanation.data).toEqual({ stack: 'shop', held: [] });
    expect(requests).toHaveLength(1);
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
  /** Seconds that no test waits for: what is held goes on when the pace is set to 0. */
  const HELD = 3600;
  /** A guard that has seen what is held, which can go on then. */
  const letGo = () => void aws.local.setPace(0);

  test('an update is waited for, and then the stack is deleted', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.local.setPace(HELD);
    await begin(aws, 'shop', templateOf({ Topic: TOPIC, Second: TOPIC }), { ChangeSetType: 'UPDATE' });
    const seen: string[] = [];
    const guard = ({ status }: StackState) => {
      seen.push(status);
      letGo();
    };
    expect(await destroy({ guard })).toBe(true);
    expect(seen).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE']);
    expect(aws.context.lines).toContain('The stack is in UPDATE_IN_PROGRESS; waiting for that to end.');
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });

  test('a deletion is waited for and not begun again', async () => {
    await make(aws, 'shop', templateOf({ Topic: TOPIC }));
    await aws.local.setPace(HELD);
    await aws.cloudFormation.deleteStack({ StackName: 'shop' });
    const { result, operations } = await aws.during(() => destroy({ guard: letGo }));
    expect(result).toBe(true);
    expect(operations).not.toContain('cloudformation DeleteStack');
    expect(await statusOf(aws, 'shop')).toBeUndefined();
  });
});
