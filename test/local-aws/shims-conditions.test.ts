import { readFileSync } from 'node:fs';
import type { Change } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { codeArtifactOf } from './codeartifact-client.ts';
import { type Clients, clients, messageOf, settled, template } from './support.ts';

// What ministack 1.5.33 makes of Conditions differs from AWS; docs/local-aws.md says how.

const REGION = 'eu-central-1';
const OTHER_REGION = 'us-east-1';
const ACCOUNT = '111122223333';

const queue = { Type: 'AWS::SQS::Queue' };
const topic = { Type: 'AWS::SNS::Topic' };
const ref = (Ref: string) => ({ Ref });
const equals = (left: unknown, right: unknown) => ({ 'Fn::Equals': [left, right] });
const not = (condition: unknown) => ({ 'Fn::Not': [condition] });
const onlyIf = (Condition: string, resource: object) => ({ Condition, ...resource });
const either = (condition: string, yes: unknown, no: unknown) => ({ 'Fn::If': [condition, yes, no] });
const nothing = ref('AWS::NoValue');
const getAtt = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });

let aws: LocalAws;
let here: Clients;
let there: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  here = clients(aws.endpoint, ACCOUNT, REGION);
  there = clients(aws.endpoint, ACCOUNT, OTHER_REGION);
}, 300_000);

beforeEach(() => aws.reset());

afterAll(() => aws?.stop());

type Values = Record<string, string>;

function request(StackName: string, TemplateBody: string, values: Values = {}) {
  const Parameters = Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  return { StackName, TemplateBody, Parameters, Capabilities: ['CAPABILITY_IAM' as const] };
}

async function create(body: string, values: Values = {}, { all = here, name = 'app' } = {}): Promise<string> {
  const { StackId } = await all.cloudformation.createStack(request(name, body, values));
  return settled(all, StackId!);
}

let made = 0;

/** The changes of a new change set, as `Action LogicalId`. */
async function changes(kind: 'CREATE' | 'UPDATE', body: string, values: Values = {}, all = here): Promise<string[]> {
  made += 1;
  const ChangeSetName = `change-${made}`;
  await all.cloudformation.createChangeSet({ ...request('app', body, values), ChangeSetName, ChangeSetType: kind });
  const { Changes = [] } = await all.cloudformation.describeChangeSet({ StackName: 'app', ChangeSetName });
  const said = ({ ResourceChange: change }: Change) => `${change?.Action} ${change?.LogicalResourceId}`;
  return Changes.map(said);
}

/** Executes the change set that was made last. */
async function execute(all = here): Promise<string> {
  await all.cloudformation.executeChangeSet({ StackName: 'app', ChangeSetName: `change-${made}` });
  return settled(all, 'app');
}

async function resources(StackName = 'app', all = here): Promise<string[]> {
  const { StackResourceSummaries = [] } = await all.cloudformation.listStackResources({ StackName });
  return StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId!).sort();
}

async function outputs(StackName = 'app', all = here): Promise<Values> {
  const { Stacks } = await all.cloudformation.describeStacks({ StackName });
  return Object.fromEntries((Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

describe('a condition', () => {
  const parameters = {
    Text: { Type: 'String', Default: 'x' },
    List: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Empty: { Type: 'CommaDelimitedList', Default: '' },
    Flag: { Type: 'String', Default: true, AllowedValues: [true, false] },
  };
  const mappings = { ByRegion: { [REGION]: { Size: 'large' }, [OTHER_REGION]: { Size: 'small' } } };

  test.each<[string, unknown]>([
    ['AWS::Region', equals(ref('AWS::Region'), REGION)],
    ['AWS::AccountId', equals(ref('AWS::AccountId'), ACCOUNT)],
    ['AWS::Partition', equals(ref('AWS::Partition'), 'aws')],
    ['AWS::URLSuffix', equals(ref('AWS::URLSuffix'), 'amazonaws.com')],
    ['AWS::StackName', equals(ref('AWS::StackName'), 'app')],
    [
      'AWS::StackId with Fn::Split and Fn::Select',
      equals({ 'Fn::Select': [1, { 'Fn::Split': ['/', ref('AWS::StackId')] }] }, 'app'),
    ],
    ['Fn::Sub', equals({ 'Fn::Sub': '${Text}.${AWS::Region}' }, `x.${REGION}`)],
    ['Fn::Join over a list', equals({ 'Fn::Join': ['', ref('List')] }, 'ab')],
    ['Fn::Join over an empty list', equals({ 'Fn::Join': ['', ref('Empty')] }, '')],
    ['Fn::Select from a list', equals({ 'Fn::Select': [1, ref('List')] }, 'b')],
    ['Fn::FindInMap by Region', equals({ 'Fn::FindInMap': ['ByRegion', ref('AWS::Region'), 'Size'] }, 'large')],
    ['Fn::If', equals(either('Later', ref('Text'), 'no'), 'x')],
    [
      'Fn::And, Fn::Or and another condition',
      { 'Fn::And': [{ 'Fn::Or': [equals(1, 2), { Condition: 'Later' }] }, equals('1', 1)] },
    ],
    ['a Boolean', equals(true, 'true')],
    ['a Boolean that is a default', { 'Fn::And': [equals(ref('Flag'), 'true'), equals(ref('Flag'), true)] }],
  ])('reads %s, and its opposite does not hold', async (_, condition) => {
    const body = template(
      { Made: onlyIf('Holds', queue), Missing: onlyIf('Fails', queue) },
      {
        Parameters: parameters,
        Mappings: mappings,
        Conditions: { Fails: not({ Condition: 'Holds' }), Holds: condition, Later: equals(ref('AWS::Region'), REGION) },
      },
    );
    expect(await create(body)).toBe('CREATE_COMPLETE');
    expect(await resources()).toEqual(['Made']);
  });

  const byPlace = template(
    { Primary: onlyIf('IsPrimary', queue), Replica: onlyIf('IsReplica', queue) },
    {
      Parameters: { PrimaryRegion: { Type: 'String' }, Owner: { Type: 'String', Default: ACCOUNT } },
      Conditions: {
        IsPrimary: {
          'Fn::And': [equals(ref('AWS::Region'), ref('PrimaryRegion')), equals(ref('AWS::AccountId'), ref('Owner'))],
        },
        IsReplica: not({ Condition: 'IsPrimary' }),
      },
      Outputs: {
        Where: { Condition: 'IsPrimary', Value: getAtt('Primary', 'QueueName') },
        Size: { Value: either('IsPrimary', 'large', 'small') },
      },
    },
  );

  test('is that of the Region and the account of the stack, in resources, outputs and Fn::If', async () => {
    const elsewhere = clients(aws.endpoint, '444455556666', REGION);
    for (const all of [here, there, elsewhere]) await create(byPlace, { PrimaryRegion: REGION }, { all });
    expect(await resources()).toEqual(['Primary']);
    expect(await outputs()).toEqual({ Where: expect.stringContaining('app-Primary'), Size: 'large' });
    for (const all of [there, elsewhere]) {
      expect(await resources('app', all)).toEqual(['Replica']);
      expect(await outputs('app', all)).toEqual({ Size: 'small' });
    }
  });

  test('decides what a change set adds, and what its execution makes', async () => {
    const values = { PrimaryRegion: REGION };
    expect(await changes('CREATE', byPlace, values)).toEqual(['Add Primary']);
    expect(await execute()).toBe('CREATE_COMPLETE');
    expect(await changes('CREATE', byPlace, values, there)).toEqual(['Add Replica']);
    expect(await execute(there)).toBe('CREATE_COMPLETE');
    expect(await resources()).toEqual(['Primary']);
    expect(await resources('app', there)).toEqual(['Replica']);
  });

  test('that turns removes what it held, and the change set says so', async () => {
    await create(byPlace, { PrimaryRegion: REGION });
    expect(await changes('UPDATE', byPlace, { PrimaryRegion: OTHER_REGION })).toEqual([
      'Remove Primary',
      'Add Replica',
    ]);
    expect(await execute()).toBe('UPDATE_COMPLETE');
    expect(await resources()).toEqual(['Replica']);
    expect(await outputs()).toEqual({ Size: 'small' });
    await here.cloudformation.updateStack(request('app', byPlace, { PrimaryRegion: REGION }));
    expect(await settled(here, 'app')).toBe('UPDATE_COMPLETE');
    expect(await resources()).toEqual(['Primary']);
    expect(await changes('UPDATE', byPlace, { PrimaryRegion: REGION })).toEqual([]);
  });

  test('that does not hold keeps a change of its resource out of the change set', async () => {
    const more = { PrimaryRegion: OTHER_REGION };
    const both = (extra: object) =>
      template(
        { Always: queue, Primary: onlyIf('IsPrimary', { ...queue, Properties: extra }) },
        {
          Parameters: { PrimaryRegion: { Type: 'String' } },
          Conditions: { IsPrimary: equals(ref('AWS::Region'), ref('PrimaryRegion')) },
        },
      );
    await create(both({}), more);
    expect(await changes('UPDATE', both({ DelaySeconds: 1 }), more)).toEqual([]);
  });

  test('of a nested stack sees the Region and the name of the nested stack', async () => {
    const child = template(
      { Here: onlyIf('IsHere', queue), Child: onlyIf('IsChild', topic), Other: onlyIf('IsParent', queue) },
      {
        Parameters: { PrimaryRegion: { Type: 'String', Default: 'nowhere' } },
        Conditions: {
          IsHere: equals(ref('AWS::Region'), ref('PrimaryRegion')),
          IsChild: equals({ 'Fn::Select': [1, { 'Fn::Split': ['-', ref('AWS::StackName')] }] }, 'Child'),
          IsParent: equals(ref('AWS::StackName'), 'app'),
        },
        Outputs: {
          Queue: { Condition: 'IsHere', Value: getAtt('Here', 'QueueName') },
          Is: { Value: either('IsHere', 'here', 'away') },
        },
      },
    );
    await here.s3.createBucket({ Bucket: 'art' });
    await here.s3.putObject({ Bucket: 'art', Key: 'child.json', Body: child });
    const parent = (Parameters: object) =>
      template(
        {
          Child: {
            Type: 'AWS::CloudFormation::Stack',
            Properties: { TemplateURL: 'https://art.s3.amazonaws.com/child.json', Parameters },
          },
        },
        { Outputs: { Is: { Value: getAtt('Child', 'Outputs.Is') }, Child: { Value: ref('Child') } } },
      );
    expect(await create(parent({ PrimaryRegion: ref('AWS::Region') }))).toBe('CREATE_COMPLETE');
    const { Child = '', Is } = await outputs();
    expect(Is).toBe('here');
    expect(await resources(Child)).toEqual(['Child', 'Here']);
    expect(Object.keys(await outputs(Child))).toEqual(['Queue', 'Is']);
    // A parameter without a value takes its default.
    await here.cloudformation.updateStack(request('app', parent({ PrimaryRegion: nothing })));
    expect(await settled(here, 'app')).toBe('UPDATE_COMPLETE');
    expect(await outputs()).toMatchObject({ Is: 'away' });
    expect(await resources(Child)).toEqual(['Child']);
    expect(await outputs(Child)).toEqual({ Is: 'away' });
  });

  test('is that of before when an update has been rolled back', async () => {
    const body = (more: object) =>
      template(
        {
          Table: {
            Type: 'AWS::DynamoDB::Table',
            DeletionPolicy: either('Keeps', 'Retain', 'Delete'),
            Properties: {
              BillingMode: 'PAY_PER_REQUEST',
              AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
              KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            },
          },
          ...more,
        },
        {
          Transform: 'AWS::LanguageExtensions',
          Parameters: { Keep: { Type: 'String' } },
          Conditions: { Keeps: equals(ref('Keep'), 'yes') },
        },
      );
    const ask = (text: string, Keep: string) => ({
      ...request('app', text, { Keep }),
      Capabilities: ['CAPABILITY_AUTO_EXPAND' as const],
    });
    const { StackId = '' } = await here.cloudformation.createStack(ask(body({}), 'no'));
    await settled(here, StackId);
    await aws.failResource({ stackName: 'app', logicalId: 'Bad', action: 'create' });
    await here.cloudformation.updateStack(ask(body({ Bad: queue }), 'yes'));
    expect(await settled(here, StackId)).toBe('UPDATE_ROLLBACK_COMPLETE');
    await here.cloudformation.deleteStack({ StackName: 'app' });
    expect(await settled(here, StackId)).toBe('DELETE_COMPLETE');
    expect((await here.dynamodb.listTables({})).TableNames).toEqual([]);
  });
});

describe('mistakes with conditions that AWS refuses before a stack exists', () => {
  const refused = (resource: object, rest: object) => messageOf(create(template({ Queue: resource }, rest)));
  const no = { Conditions: { No: equals('a', 'b'), Yes: equals('a', 'a') } };

  test.each<[string, object, object, string]>([
    [
      'a resource that is made refers to one that is not',
      { Queue: { ...queue, Properties: { QueueName: getAtt('Absent', 'QueueName') } }, Absent: onlyIf('No', queue) },
      no,
      'Template format error: Unresolved resource dependencies [Absent] in the Resources block of the template',
    ],
    [
      'so does the branch of Fn::If that is taken',
      {
        Queue: { ...queue, Properties: { QueueName: either('Yes', { 'Fn::Sub': '${Absent}' }, 'b') } },
        Absent: onlyIf('No', queue),
      },
      no,
      'Template format error: Unresolved resource dependencies [Absent] in the Resources block of the template',
    ],
    [
      'an output that refers to a resource that is not made',
      { Queue: queue, Absent: onlyIf('No', queue) },
      { ...no, Outputs: { Name: { Value: ref('Absent') } } },
      'Template format error: Unresolved resource dependencies [Absent] in the Outputs block of the template',
    ],
  ])('%s', async (_, all, rest, message) => {
    expect(await messageOf(create(template(all, rest)))).toBe(`ValidationError: ${message}`);
    expect(await messageOf(changes('CREATE', template(all, rest)))).toBe(`ValidationError: ${message}`);
  });

  test('Fn::If with a condition that is not there', async () => {
    expect(await refused({ ...queue, Properties: { DelaySeconds: either('Gone', 1, 2) } }, no)).toBe(
      'ValidationError: Template error: unresolved condition dependency Gone in Fn::If',
    );
  });

  test.each<[string, unknown, string]>([
    [
      'another condition that is not there',
      { 'Fn::Not': [{ Condition: 'Gone' }] },
      'Template format error: Unresolved condition dependencies [Gone] in the Conditions block of the template',
    ],
    [
      'a resource',
      equals(ref('Queue'), 'a'),
      'Template format error: Unresolved dependencies [Queue]. Cannot reference resources in the Conditions block of the template',
    ],
    [
      'an attribute of a resource',
      equals(getAtt('Queue', 'Arn'), 'a'),
      'Template format error: Unresolved dependencies [Queue]. Cannot reference resources in the Conditions block of the template',
    ],
    [
      'a list that is compared',
      equals(ref('List'), 'a'),
      'Template error: every Fn::Equals object requires a list of 2 string parameters.',
    ],
    [
      'Fn::Not of no list',
      { 'Fn::Not': equals('a', 'b') },
      'Template error: every Fn::Not object requires a boolean parameter.',
    ],
    [
      'Fn::Or of one condition',
      { 'Fn::Or': [equals('a', 'b')] },
      'Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.',
    ],
    ['itself', { Condition: 'Other' }, 'Template error: Found circular condition dependency: [Wrong, Other]'],
  ])('a condition with %s', async (_, Wrong, message) => {
    const rest = {
      Parameters: { List: { Type: 'CommaDelimitedList', Default: 'a' } },
      Conditions: { Wrong, Other: not({ Condition: 'Wrong' }) },
    };
    expect(await refused(queue, rest)).toBe(`ValidationError: ${message}`);
  });

  test('the branch that is not taken, and what is not made itself, may refer to what is not made', async () => {
    const body = template(
      {
        Queue: { ...queue, Properties: { QueueName: either('No', getAtt('Absent', 'QueueName'), 'named') } },
        Absent: onlyIf('No', queue),
        Follower: onlyIf('No', { ...queue, Properties: { QueueName: getAtt('Absent', 'QueueName') } }),
      },
      { ...no, Outputs: { Absent: { Condition: 'No', Value: ref('Absent') } } },
    );
    expect(await create(body)).toBe('CREATE_COMPLETE');
    expect(await resources()).toEqual(['Queue']);
  });
});

describe('AWS::NoValue', () => {
  const body = template(
    {
      Domain: { Type: 'AWS::CodeArtifact::Domain', Properties: { DomainName: 'team' } },
      One: {
        Type: 'AWS::CodeArtifact::Repository',
        Properties: { DomainName: getAtt('Domain', 'Name'), RepositoryName: 'one' },
      },
      Own: {
        Type: 'AWS::CodeArtifact::Repository',
        Properties: {
          DomainName: getAtt('Domain', 'Name'),
          RepositoryName: 'own',
          Description: either('IsFull', 'full', nothing),
          Upstreams: [either('IsFull', nothing, nothing), either('IsFull', getAtt('One', 'Name'), nothing)],
          PermissionsPolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: '*',
                Action: 'codeartifact:ReadFromRepository',
                Resource: '*',
                Condition: either('IsFull', { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, nothing),
              },
            ],
          },
        },
      },
    },
    { Parameters: { Full: { Type: 'String' } }, Conditions: { IsFull: equals(ref('Full'), 'yes') } },
  );

  async function own() {
    const client = codeArtifactOf(aws, ACCOUNT, REGION);
    const which = { domain: 'team', repository: 'own' };
    const { repository } = await client.describeRepository(which);
    const { policy } = await client.getRepositoryPermissionsPolicy(which);
    client.destroy();
    const upstreams = repository?.upstreams?.map(({ repositoryName }) => repositoryName);
    return { description: repository?.description, upstreams, statement: JSON.parse(policy!.document!).Statement[0] };
  }

  test('drops the entry of a list, and the property, on creation and on update', async () => {
    expect(await create(body, { Full: 'yes' })).toBe('CREATE_COMPLETE');
    expect(await own()).toMatchObject({ description: 'full', upstreams: ['one'] });
    expect(await changes('UPDATE', body, { Full: 'no' })).toEqual(['Modify Own']);
    expect(await execute()).toBe('UPDATE_COMPLETE');
    const { description, upstreams, statement } = await own();
    expect({ description: description || undefined, upstreams }).toEqual({ description: undefined, upstreams: [] });
    expect(Object.keys(statement)).not.toContain('Condition');
  });
});

describe('the stack of the packages scenario', () => {
  const body = readFileSync(new URL('../../stacks/packages/template.yaml', import.meta.url), 'utf8');
  const values = { PrimaryRegion: REGION, PublicNpm: 'true' };
  const everywhere = ['Domain', 'Key', 'PublicNpmRepository', 'Repository'];
  const ofAll = ['DomainName', 'KeyArn', 'RepositoryName'];

  test('has its policy and its role in the primary Region only, and the change sets say so', async () => {
    const GitHubSubjects = 'repo:acme/shop:ref:refs/tags/v*';
    const added = (names: string[]) => names.map((name) => `Add ${name}`);
    for (const all of [here, there]) {
      const only = all === here ? ['PublishPolicy'] : [];
      expect(await changes('CREATE', body, values, all)).toEqual(added([...everywhere, ...only].sort()));
      expect(await execute(all)).toBe('CREATE_COMPLETE');
      expect(await resources('app', all)).toEqual([...everywhere, ...only].sort());
      expect(Object.keys(await outputs('app', all)).sort()).toEqual(
        [...ofAll, ...only.map((name) => `${name}Arn`)].sort(),
      );
    }

    expect(await changes('UPDATE', body, { ...values, GitHubSubjects })).toEqual(['Add GitHubRole']);
    expect(await execute()).toBe('UPDATE_COMPLETE');
    expect(await resources()).toEqual([...everywhere, 'GitHubRole', 'PublishPolicy'].sort());
    expect((await outputs()).GitHubRoleArn).toContain(`arn:aws:iam::${ACCOUNT}:role/`);
    expect(await changes('UPDATE', body, { ...values, GitHubSubjects }, there)).toEqual([]);

    expect(await changes('UPDATE', body, values)).toEqual(['Remove GitHubRole']);
    expect(await execute()).toBe('UPDATE_COMPLETE');
    expect(await resources()).toEqual([...everywhere, 'PublishPolicy'].sort());
    expect(Object.keys(await outputs()).sort()).toEqual([...ofAll, 'PublishPolicyArn'].sort());
  });
});
