import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, clients, createStack, messageOf, settled, template } from './support.ts';

// Each test names something that ministack 1.5.33 does differently from AWS; docs/local-aws.md lists them.

const queue = { Type: 'AWS::SQS::Queue' };
const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  },
};

function functionIn(S3Bucket: string, S3Key: string) {
  const Role = 'arn:aws:iam::000000000000:role/r';
  return { Runtime: 'nodejs24.x', Handler: 'index.handler', Role, Code: { S3Bucket, S3Key } };
}

let aws: LocalAws;
let all: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  all = clients(aws.endpoint);
}, 300_000);

beforeEach(() => aws.reset());

afterAll(() => aws?.stop());

async function changeSet(name: string, kind: 'CREATE' | 'UPDATE', body: string, changeSetName: string) {
  const { StackId } = await all.cloudformation.createChangeSet({
    StackName: name,
    ChangeSetName: changeSetName,
    ChangeSetType: kind,
    TemplateBody: body,
    Capabilities: ['CAPABILITY_IAM'],
  });
  const found = await all.cloudformation.describeChangeSet({ StackName: name, ChangeSetName: changeSetName });
  return { id: StackId!, ...found };
}

async function events(stackId: string): Promise<string[]> {
  const { StackEvents = [] } = await all.cloudformation.describeStackEvents({ StackName: stackId });
  return StackEvents.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`).reverse();
}

describe('a bucket that is not empty', () => {
  const body = template({
    Data: {
      Type: 'AWS::S3::Bucket',
      Properties: { BucketName: 'data', VersioningConfiguration: { Status: 'Enabled' } },
    },
    Queue: queue,
  });

  test('keeps its stack in DELETE_FAILED, with its objects; the other resources are gone', async () => {
    const { id } = await createStack(all, 'keeps', body);
    await all.s3.putObject({ Bucket: 'data', Key: 'k', Body: 'x' });
    await all.cloudformation.deleteStack({ StackName: id });
    expect(await settled(all, id)).toBe('DELETE_FAILED');
    const { Stacks } = await all.cloudformation.describeStacks({ StackName: id });
    expect(Stacks?.[0]?.StackStatusReason).toBe('The following resource(s) failed to delete: [Data].');
    expect(await events(id)).toEqual(expect.arrayContaining(['Data DELETE_FAILED', 'Queue DELETE_COMPLETE']));
    const { Body } = await all.s3.getObject({ Bucket: 'data', Key: 'k' });
    expect(await Body?.transformToString()).toBe('x');
  });

  test('holds a stack back with nothing but old versions and delete markers', async () => {
    const { id } = await createStack(all, 'versions', body);
    await all.s3.putObject({ Bucket: 'data', Key: 'k', Body: 'x' });
    await all.s3.deleteObject({ Bucket: 'data', Key: 'k' });
    await all.cloudformation.deleteStack({ StackName: id });
    expect(await settled(all, id)).toBe('DELETE_FAILED');
    const { Versions = [], DeleteMarkers = [] } = await all.s3.listObjectVersions({ Bucket: 'data' });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key!, VersionId: VersionId! }));
    await all.s3.deleteObjects({ Bucket: 'data', Delete: { Objects } });
    await all.cloudformation.deleteStack({ StackName: id });
    expect(await settled(all, id)).toBe('DELETE_COMPLETE');
  });

  test('inside a nested stack holds both stacks back', async () => {
    await all.s3.createBucket({ Bucket: 'art' });
    await all.s3.putObject({ Bucket: 'art', Key: 't.json', Body: body });
    const child = {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: 'https://art.s3.amazonaws.com/t.json' },
    };
    const { id } = await createStack(all, 'parent', template({ Child: child, Other: queue }));
    await all.s3.putObject({ Bucket: 'data', Key: 'k', Body: 'x' });
    await all.cloudformation.deleteStack({ StackName: id });
    expect(await settled(all, id)).toBe('DELETE_FAILED');
    const { StackResourceSummaries } = await all.cloudformation.listStackResources({ StackName: id });
    const [left] = StackResourceSummaries ?? [];
    expect(StackResourceSummaries).toHaveLength(1);
    expect(await settled(all, left!.PhysicalResourceId!)).toBe('DELETE_FAILED');
    await all.s3.deleteObject({ Bucket: 'data', Key: 'k' });
    const { Versions = [], DeleteMarkers = [] } = await all.s3.listObjectVersions({ Bucket: 'data' });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: Key!, VersionId: VersionId! }));
    await all.s3.deleteObjects({ Bucket: 'data', Delete: { Objects } });
    await all.cloudformation.deleteStack({ StackName: id });
    expect(await settled(all, id)).toBe('DELETE_COMPLETE');
    expect(await messageOf(all.s3.headBucket({ Bucket: 'data' }))).toContain('NotFound');
  });

  test('is left behind by a forced deletion', async () => {
    const { id } = await createStack(all, 'forced', body);
    await all.s3.putObject({ Bucket: 'data', Key: 'k', Body: 'x' });
    await all.cloudformation.deleteStack({ StackName: id });
    expect(await settled(all, id)).toBe('DELETE_FAILED');
    await all.cloudformation.deleteStack({ StackName: id, DeletionMode: 'FORCE_DELETE_STACK' });
    expect(await settled(all, id)).toBe('DELETE_COMPLETE');
    await expect(all.s3.headBucket({ Bucket: 'data' })).resolves.toBeDefined();
  });
});

describe('mistakes that AWS refuses before a stack exists', () => {
  const create = (body: string, Parameters: { ParameterKey: string; ParameterValue: string }[] = []) =>
    messageOf(all.cloudformation.createStack({ StackName: 'mistake', TemplateBody: body, Parameters }));

  test('a parameter that the template does not have', async () => {
    const body = template({ Queue: queue });
    expect(await create(body, [{ ParameterKey: 'Nope', ParameterValue: '1' }])).toBe(
      'ValidationError: Parameters: [Nope] do not exist in the template',
    );
  });

  test('a parameter without a value', async () => {
    const body = template({ Queue: queue }, { Parameters: { A: { Type: 'String' }, B: { Type: 'String' } } });
    expect(await create(body)).toBe('ValidationError: Parameters: [A, B] must have values');
  });

  test.each([
    ['Ref', { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Gone' } } }],
    ['GetAtt', { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetAtt': ['Gone', 'Arn'] } } }],
    [
      'Sub',
      { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': 'a-${Gone.Arn}-${AWS::Region}-${!Kept}' } } },
    ],
    ['DependsOn', { Type: 'AWS::SQS::Queue', DependsOn: ['Gone'] }],
  ])('%s to something that is not there', async (_, resource) => {
    expect(await create(template({ Queue: resource }))).toBe(
      'ValidationError: Template format error: Unresolved resource dependencies [Gone] in the Resources block of the template',
    );
  });

  test('an output that refers to something that is not there', async () => {
    expect(await create(template({ Queue: queue }, { Outputs: { O: { Value: { Ref: 'Gone' } } } }))).toContain(
      'Unresolved resource dependencies [Gone] in the Outputs block of the template',
    );
  });

  test('a template without resources', async () => {
    expect(await create(template({}))).toContain('At least one Resources member must be defined.');
  });

  test('a role without the capability for it', async () => {
    const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } };
    expect(await create(template({ Role: role }))).toBe(
      'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]',
    );
  });

  test('correct references pass: parameters, pseudo parameters, conditions, Sub with its own names', async () => {
    const properties = {
      QueueName: { 'Fn::Sub': ['${Own}-${Name}-${AWS::Region}', { Own: { Ref: 'AWS::StackName' } }] },
      Tags: [{ Key: 'k', Value: { 'Fn::If': ['Yes', { Ref: 'Name' }, { Ref: 'AWS::NoValue' }] } }],
    };
    const body = template(
      { Queue: { ...queue, Properties: properties }, Other: { ...queue, DependsOn: 'Queue' } },
      {
        Parameters: { Name: { Type: 'String', Default: 'n' } },
        Conditions: { Yes: { 'Fn::Equals': [{ Ref: 'Name' }, 'n'] } },
        Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } } },
      },
    );
    expect((await createStack(all, 'correct', body)).status).toBe('CREATE_COMPLETE');
  });
});

describe('what a stack accepts in which state', () => {
  // The code of the function is missing, so the stack rolls back.
  const failing = template({
    Queue: queue,
    Function: { Type: 'AWS::Lambda::Function', DependsOn: 'Queue', Properties: functionIn('nowhere', 'code.zip') },
  });

  test('a stack in ROLLBACK_COMPLETE can only be deleted', async () => {
    const { id, status } = await createStack(all, 'rolled', failing);
    const good = template({ Queue: queue });
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(await events(id)).toEqual([
      'rolled CREATE_IN_PROGRESS',
      'Queue CREATE_IN_PROGRESS',
      'Queue CREATE_COMPLETE',
      'Function CREATE_IN_PROGRESS',
      'Function CREATE_FAILED',
      'rolled ROLLBACK_IN_PROGRESS',
      'Queue DELETE_IN_PROGRESS',
      'Queue DELETE_COMPLETE',
      'rolled ROLLBACK_COMPLETE',
    ]);
    expect(await messageOf(all.cloudformation.createStack({ StackName: 'rolled', TemplateBody: good }))).toBe(
      'AlreadyExistsException: Stack [rolled] already exists',
    );
    expect(await messageOf(changeSet('rolled', 'UPDATE', good, 'a'))).toBe(
      `ValidationError: Stack:${id} is in ROLLBACK_COMPLETE state and can not be updated.`,
    );
    expect(await messageOf(changeSet('rolled', 'CREATE', good, 'b'))).toContain('AlreadyExistsException');
    await all.cloudformation.deleteStack({ StackName: 'rolled' });
    expect(await settled(all, id)).toBe('DELETE_COMPLETE');
    expect((await createStack(all, 'rolled', good)).status).toBe('CREATE_COMPLETE');
  });

  test('a deleted stack is known by its id when another one has its name', async () => {
    const body = template({ Queue: queue });
    const first = await createStack(all, 'again', body);
    await all.cloudformation.deleteStack({ StackName: 'again' });
    await settled(all, first.id);
    const second = await createStack(all, 'again', body);
    expect(await settled(all, first.id)).toBe('DELETE_COMPLETE');
    expect(await settled(all, 'again')).toBe('CREATE_COMPLETE');
    expect((await events(first.id)).at(-1)).toBe('again DELETE_COMPLETE');
    expect(second.id).not.toBe(first.id);
  });

  test('a stack in review keeps its id and its name over several change sets, also after a refused one', async () => {
    const good = template({ Queue: queue });
    const first = await changeSet('review', 'CREATE', good, 'one');
    const second = await changeSet('review', 'CREATE', good, 'two');
    await messageOf(changeSet('review', 'CREATE', template({}), 'three'));
    expect(second.id).toBe(first.id);
    expect(second.StackId).toBe(first.id);
    expect(await events(first.id)).toEqual(['review REVIEW_IN_PROGRESS']);
    await all.cloudformation.executeChangeSet({ StackName: 'review', ChangeSetName: 'two' });
    expect(await settled(all, first.id)).toBe('CREATE_COMPLETE');
  });

  test('a second operation is refused while one runs, and the first one ends as it should', async () => {
    const before = template({ A: queue, B: queue });
    const after = template({ A: { ...queue, Properties: { DelaySeconds: 1 } }, B: queue });
    const { id } = await createStack(all, 'busy', before);
    await changeSet('busy', 'UPDATE', after, 'first');
    await changeSet('busy', 'UPDATE', after, 'second');
    await aws.setPace(0.2);
    await all.cloudformation.updateStack({ StackName: 'busy', TemplateBody: after });
    const state = `Stack:${id} is in UPDATE_IN_PROGRESS state and can not be updated.`;
    const execute = all.cloudformation.executeChangeSet({ StackName: 'busy', ChangeSetName: 'second' });
    expect(await messageOf(execute)).toContain(state);
    expect(await messageOf(changeSet('busy', 'UPDATE', before, 'x'))).toContain(state);
    expect(await messageOf(all.cloudformation.deleteStack({ StackName: 'busy' }))).toContain(
      'cannot be deleted while in status UPDATE_IN_PROGRESS',
    );
    expect(await settled(all, id)).toBe('UPDATE_COMPLETE');
  });

  test('a stack that is being created can be deleted, and nothing of it stays', async () => {
    await aws.setPace(0.2);
    const body = template({ One: queue, Two: { ...queue, DependsOn: 'One' }, Three: { ...table, DependsOn: 'Two' } });
    const { StackId } = await all.cloudformation.createStack({ StackName: 'stopped', TemplateBody: body });
    await all.cloudformation.deleteStack({ StackName: 'stopped' });
    expect(await settled(all, StackId!)).toBe('DELETE_COMPLETE');
    const history = await events(StackId!);
    expect(history).toContain('One DELETE_COMPLETE');
    expect(history).not.toContain('Three CREATE_IN_PROGRESS');
    expect(history).not.toContain('stopped ROLLBACK_IN_PROGRESS');
    expect((await all.dynamodb.listTables({})).TableNames).toEqual([]);
  });
});

describe('change sets and events', () => {
  test('a change of outputs alone can be executed', async () => {
    const { id } = await createStack(all, 'outputs', template({ Queue: queue }));
    const more = template({ Queue: queue }, { Outputs: { Url: { Value: { Ref: 'Queue' } } } });
    const made = await changeSet('outputs', 'UPDATE', more, 'add');
    expect(made).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE', Changes: [] });
    await all.cloudformation.executeChangeSet({ StackName: 'outputs', ChangeSetName: 'add' });
    expect(await settled(all, id)).toBe('UPDATE_COMPLETE');
    const { Stacks } = await all.cloudformation.describeStacks({ StackName: id });
    expect(Stacks?.[0]?.Outputs?.map(({ OutputKey }) => OutputKey)).toEqual(['Url']);
  });

  test('a change set without any change still fails', async () => {
    await createStack(all, 'same', template({ Queue: queue }));
    const made = await changeSet('same', 'UPDATE', template({ Queue: queue }), 'nothing');
    expect(made).toMatchObject({ Status: 'FAILED', ExecutionStatus: 'UNAVAILABLE' });
    expect(made.StatusReason).toContain("didn't contain changes");
  });

  test('a resource that an update adds has CREATE events', async () => {
    const { id } = await createStack(all, 'grows', template({ Queue: queue }));
    const body = template({ Queue: { ...queue, Properties: { DelaySeconds: 1 } }, Added: queue });
    await all.cloudformation.updateStack({ StackName: 'grows', TemplateBody: body });
    await settled(all, id);
    const history = await events(id);
    expect(history.filter((event) => event.startsWith('Added'))).toEqual([
      'Added CREATE_IN_PROGRESS',
      'Added CREATE_COMPLETE',
    ]);
    expect(history).toContain('Queue UPDATE_COMPLETE');
    const { StackResourceSummaries } = await all.cloudformation.listStackResources({ StackName: 'grows' });
    const added = StackResourceSummaries?.find(({ LogicalResourceId }) => LogicalResourceId === 'Added');
    expect(added?.ResourceStatus).toBe('CREATE_COMPLETE');
  });
});

describe('code of a function that is not in S3', () => {
  async function reason(bucket: string, key: string): Promise<string | undefined> {
    const resource = { Type: 'AWS::Lambda::Function', Properties: functionIn(bucket, key) };
    const { id } = await createStack(all, `code-${key}`, template({ Function: resource }));
    const { StackEvents = [] } = await all.cloudformation.describeStackEvents({ StackName: id });
    return StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')?.ResourceStatusReason;
  }

  test('fails the function with what is missing', async () => {
    await all.s3.createBucket({ Bucket: 'code' });
    expect(await reason('nowhere', 'a')).toContain('S3 Error Code: NoSuchBucket');
    expect(await reason('code', 'b')).toContain('S3 Error Code: NoSuchKey');
  });
});

describe('addresses', () => {
  test.each([
    'https://art.s3.eu-west-1.amazonaws.com/t.json',
    'https://art.s3.amazonaws.com/t.json',
    'https://s3.eu-west-1.amazonaws.com/art/t.json',
  ])('a template is found at %s, also as a nested one', async (TemplateURL) => {
    await all.s3.createBucket({ Bucket: 'art' });
    await all.s3.putObject({ Bucket: 'art', Key: 't.json', Body: template({ Queue: queue }) });
    const { StackId } = await all.cloudformation.createStack({ StackName: 'by-url', TemplateURL });
    const nested = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL } };
    expect(await settled(all, StackId!)).toBe('CREATE_COMPLETE');
    expect((await createStack(all, 'parent', template({ Child: nested }))).status).toBe('CREATE_COMPLETE');
  });

  test('the expected owner of a bucket is checked', async () => {
    await all.s3.createBucket({ Bucket: 'owned' });
    const put = (ExpectedBucketOwner: string) =>
      all.s3.putObject({ Bucket: 'owned', Key: 'k', Body: 'x', ExpectedBucketOwner });
    expect(await messageOf(put('999999999999'))).toBe('AccessDenied: Access Denied');
    await expect(put('000000000000')).resolves.toHaveProperty('ETag');
  });

  test("a function from a stack runs, writes to the stack's table through the gateway, and answers at its URL", async () => {
    const body = template(
      {
        Table: table,
        Function: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Role: 'arn:aws:iam::000000000000:role/r',
            Environment: { Variables: { TABLE: { Ref: 'Table' } } },
            Code: { ZipFile: FUNCTION },
          },
        },
        Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: { Ref: 'Function' }, AuthType: 'NONE' } },
      },
      { Outputs: { Url: { Value: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] } }, Table: { Value: { Ref: 'Table' } } } },
    );
    const { id, status } = await createStack(all, 'app', body);
    expect(status).toBe('CREATE_COMPLETE');
    const { Stacks } = await all.cloudformation.describeStacks({ StackName: id });
    const output = (name: string) =>
      Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? '';
    const answer = await fetch(`${output('Url')}some/path?q=1`);
    expect(await answer.text()).toBe('wrote /some/path?q=1');
    const { Items } = await all.dynamodb.scan({ TableName: output('Table') });
    expect(Items).toEqual([{ id: { S: '/some/path?q=1' } }]);
    const [call, write] = aws.calls().filter(({ service }) => service === 'lambda' || service === 'dynamodb');
    expect(call).toMatchObject({ operation: 'InvokeFunctionUrl', iamAction: 'lambda:InvokeFunctionUrl', status: 200 });
    expect(write).toMatchObject({ operation: 'PutItem', status: 200 });
  });
});

// Functions have no SDK unless they bring one; a signed header and a JSON body are enough for one call.
const FUNCTION = `
exports.handler = async (event) => {
  const id = event.rawPath + '?' + event.rawQueryString;
  const scope = process.env.AWS_ACCESS_KEY_ID + '/20261122/' + process.env.AWS_REGION + '/dynamodb/aws4_request';
  const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      authorization: 'AWS4-HMAC-SHA256 Credential=' + scope + ', SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({ TableName: process.env.TABLE, Item: { id: { S: id } } }),
  });
  return { statusCode: answer.status, body: 'wrote ' + id };
};
`;
