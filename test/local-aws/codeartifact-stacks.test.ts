import { CloudFormation } from '@aws-sdk/client-cloudformation';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { ACCOUNT, codeArtifactOf, DOMAIN, errorOf, publishGeneric, REGION } from './codeartifact-client.ts';
import { template } from './support.ts';

// CodeArtifact's resources in stacks: what a stack says is there is really there, in the account and Region of the stack.

const OTHER_REGION = 'us-west-2';
const OTHER_ACCOUNT = '444455556666';

let aws: LocalAws;
let client: Codeartifact;
let cloudformation: CloudFormation;
const opened: { destroy(): void }[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  client = codeArtifactOf(aws);
  cloudformation = stacksOf();
}, 300_000);
afterAll(async () => {
  client?.destroy();
  for (const each of opened) each.destroy();
  await aws?.stop();
});
beforeEach(() => aws.reset());

function stacksOf(account = ACCOUNT, region = REGION): CloudFormation {
  const credentials = { accessKeyId: account, secretAccessKey: 'local' };
  const made = new CloudFormation({ endpoint: aws.endpoint, region, credentials, maxAttempts: 1 });
  opened.push(made);
  return made;
}

function packagesOf(account = ACCOUNT, region = REGION): Codeartifact {
  const made = codeArtifactOf(aws, account, region);
  opened.push(made);
  return made;
}

const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'codeartifact:ReadFromRepository', Resource: '*' }],
};
const domain = { Type: 'AWS::CodeArtifact::Domain', Properties: { DomainName: DOMAIN } };
const inDomain = { DomainName: { 'Fn::GetAtt': ['Domain', 'Name'] } };

function repository(RepositoryName: string, more: object = {}) {
  return { Type: 'AWS::CodeArtifact::Repository', Properties: { ...inDomain, RepositoryName, ...more } };
}

function group(Pattern: string, more: object = {}) {
  return { Type: 'AWS::CodeArtifact::PackageGroup', Properties: { ...inDomain, Pattern, ...more } };
}

async function settled(stacks: CloudFormation, StackName: string) {
  for (;;) {
    const { Stacks } = await stacks.describeStacks({ StackName });
    const [stack] = Stacks ?? [];
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return stack!;
  }
}

async function create(resources: object, rest: object = {}, stacks = cloudformation) {
  const { StackId } = await stacks.createStack({
    StackName: 'packages',
    TemplateBody: template(resources, rest),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Tags: [{ Key: 'team', Value: 'tools' }],
  });
  return await settled(stacks, StackId!);
}

async function update(resources: object, rest: object = {}) {
  const { StackId } = await cloudformation.updateStack({
    StackName: 'packages',
    TemplateBody: template(resources, rest),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Tags: [{ Key: 'team', Value: 'tools' }],
  });
  return await settled(cloudformation, StackId!);
}

async function remove() {
  const { Stacks } = await cloudformation.describeStacks({ StackName: 'packages' });
  const id = Stacks![0]!.StackId!;
  await cloudformation.deleteStack({ StackName: id });
  return (await settled(cloudformation, id)).StackStatus;
}

/** Why the resources failed, by their names. */
async function failures(): Promise<Record<string, string>> {
  const { StackEvents = [] } = await cloudformation.describeStackEvents({ StackName: 'packages' });
  const failed = StackEvents.filter(({ ResourceStatus, ResourceType }) => {
    return ResourceStatus?.endsWith('_FAILED') && ResourceType !== 'AWS::CloudFormation::Stack';
  });
  return Object.fromEntries(
    failed.map(({ LogicalResourceId, ResourceStatusReason }) => [LogicalResourceId, ResourceStatusReason]),
  );
}

async function tagsOf(resourceArn: string, of = client): Promise<Record<string, string>> {
  const { tags = [] } = await of.listTagsForResource({ resourceArn });
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

describe('a stack with a domain, its repositories and a package group', () => {
  const resources = {
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: policy } },
    Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/packages', TargetKeyId: { Ref: 'Key' } } },
    Domain: {
      Type: 'AWS::CodeArtifact::Domain',
      Properties: {
        DomainName: DOMAIN,
        EncryptionKey: { 'Fn::GetAtt': ['Key', 'Arn'] },
        PermissionsPolicyDocument: policy,
        Tags: [{ Key: 'cost', Value: '1' }],
      },
    },
    Shared: repository('shared', { Description: 'of all teams', ExternalConnections: ['public:pypi'] }),
    Packages: repository('packages', {
      Upstreams: [{ 'Fn::GetAtt': ['Shared', 'Name'] }],
      PermissionsPolicyDocument: policy,
    }),
    Group: group('/npm/team/*', {
      ContactInfo: 'tools',
      OriginConfiguration: {
        Restrictions: {
          Publish: {
            RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES',
            Repositories: [{ 'Fn::GetAtt': ['Packages', 'Name'] }],
          },
          ExternalUpstream: { RestrictionMode: 'BLOCK' },
        },
      },
    }),
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'publisher', AssumeRolePolicyDocument: policy } },
    Policy: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: 'publish', PolicyDocument: policy, Roles: [{ Ref: 'Role' }] },
    },
  };
  const outputs = Object.fromEntries(
    [
      ['Domain', 'Ref'],
      ['Packages', 'Ref'],
      ['Group', 'Ref'],
      ...['Arn', 'EncryptionKey', 'Name', 'Owner'].map((name) => ['Domain', name] as const),
      ...['Arn', 'DomainName', 'DomainOwner', 'Name'].map((name) => ['Packages', name] as const),
      ['Group', 'Arn'],
      ['Key', 'Arn'],
    ].map(([resource, name]) => [
      `${resource}${name}`,
      { Value: name === 'Ref' ? { Ref: resource } : { 'Fn::GetAtt': [resource, name] } },
    ]),
  );

  test('makes them, with their references and attributes, and takes them away', async () => {
    const { StackStatus, Outputs = [] } = await create(resources, { Outputs: outputs });
    expect([StackStatus, await failures()]).toEqual(['CREATE_COMPLETE', {}]);
    const values = Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
    const arn = (rest: string) => `arn:aws:codeartifact:${REGION}:${ACCOUNT}:${rest}`;
    expect(values).toEqual({
      DomainRef: arn('domain/team'),
      DomainArn: arn('domain/team'),
      DomainName: 'team',
      DomainOwner: ACCOUNT,
      DomainEncryptionKey: values.KeyArn,
      KeyArn: expect.stringMatching(`^arn:aws:kms:${REGION}:${ACCOUNT}:key/`),
      PackagesRef: arn('repository/team/packages'),
      PackagesArn: arn('repository/team/packages'),
      PackagesName: 'packages',
      PackagesDomainName: 'team',
      PackagesDomainOwner: ACCOUNT,
      GroupRef: arn('package-group/team/npm/team/%2a'),
      GroupArn: arn('package-group/team/npm/team/%2a'),
    });
    expect((await client.describeDomain({ domain: DOMAIN })).domain?.encryptionKey).toBe(values.KeyArn);
    const of = async (name: string) =>
      (await client.describeRepository({ domain: DOMAIN, repository: name })).repository;
    expect(await of('shared')).toMatchObject({
      description: 'of all teams',
      externalConnections: [{ externalConnectionName: 'public:pypi', packageFormat: 'pypi', status: 'Available' }],
    });
    expect(await of('packages')).toMatchObject({ upstreams: [{ repositoryName: 'shared' }], externalConnections: [] });
    const asked = { domain: DOMAIN, repository: 'packages' };
    for (const { policy: found } of [
      await client.getDomainPermissionsPolicy({ domain: DOMAIN }),
      await client.getRepositoryPermissionsPolicy(asked),
    ]) {
      expect(JSON.parse(found!.document!)).toEqual(policy);
    }
    const { packageGroup } = await client.describePackageGroup({ domain: DOMAIN, packageGroup: '/npm/team/*' });
    expect(packageGroup).toMatchObject({
      contactInfo: 'tools',
      originConfiguration: {
        restrictions: {
          PUBLISH: { mode: 'ALLOW_SPECIFIC_REPOSITORIES', repositoriesCount: 1 },
          EXTERNAL_UPSTREAM: { mode: 'BLOCK' },
          INTERNAL_UPSTREAM: { mode: 'INHERIT', effectiveMode: 'ALLOW' },
        },
      },
    });
    expect(await tagsOf(arn('domain/team'))).toMatchObject({
      cost: '1',
      team: 'tools',
      'aws:cloudformation:stack-name': 'packages',
      'aws:cloudformation:logical-id': 'Domain',
    });
    expect(await tagsOf(arn('package-group/team/npm/team/%2a'))).toMatchObject({ team: 'tools' });

    expect(await remove()).toBe('DELETE_COMPLETE');
    expect(await errorOf(client.describeDomain({ domain: DOMAIN }))).toMatchObject({ status: 404 });
  });

  test('changes what changes, and keeps the packages', async () => {
    await create(resources);
    await publishGeneric(client, { repository: 'packages', version: '1.0.0' });
    const { StackStatus } = await update({
      ...resources,
      Domain: {
        ...resources.Domain,
        Properties: { DomainName: DOMAIN, EncryptionKey: { 'Fn::GetAtt': ['Key', 'Arn'] } },
      },
      Shared: repository('shared', { ExternalConnections: ['public:npmjs'] }),
      Packages: repository('packages', { ExternalConnections: ['public:npmjs'], Description: 'ours' }),
      Group: group('/npm/team/*', {
        Description: 'scoped',
        OriginConfiguration: {
          Restrictions: {
            Publish: { RestrictionMode: 'ALLOW_SPECIFIC_REPOSITORIES', Repositories: ['shared'] },
            InternalUpstream: { RestrictionMode: 'BLOCK' },
          },
        },
      }),
    });
    expect([StackStatus, await failures()]).toEqual(['UPDATE_COMPLETE', {}]);
    expect(await errorOf(client.getDomainPermissionsPolicy({ domain: DOMAIN }))).toMatchObject({ status: 404 });
    expect(Object.keys(await tagsOf(`arn:aws:codeartifact:${REGION}:${ACCOUNT}:domain/team`))).not.toContain('cost');
    const asked = { domain: DOMAIN, repository: 'packages' };
    expect(await errorOf(client.getRepositoryPermissionsPolicy(asked))).toMatchObject({ status: 404 });
    expect((await client.describeRepository(asked)).repository).toMatchObject({
      description: 'ours',
      upstreams: [],
      externalConnections: [{ externalConnectionName: 'public:npmjs' }],
    });
    const { repository: shared } = await client.describeRepository({ domain: DOMAIN, repository: 'shared' });
    expect(shared).toMatchObject({ externalConnections: [{ externalConnectionName: 'public:npmjs' }] });
    expect(shared?.description ?? '').toBe('');
    const { packageGroup } = await client.describePackageGroup({ domain: DOMAIN, packageGroup: '/npm/team/*' });
    expect(packageGroup).toMatchObject({
      description: 'scoped',
      originConfiguration: {
        restrictions: { EXTERNAL_UPSTREAM: { mode: 'INHERIT' }, INTERNAL_UPSTREAM: { mode: 'BLOCK' } },
      },
    });
    expect(packageGroup?.contactInfo ?? '').toBe('');
    const allowed = { domain: DOMAIN, packageGroup: '/npm/team/*', originRestrictionType: 'PUBLISH' } as const;
    expect((await client.listAllowedRepositoriesForGroup(allowed)).allowedRepositories).toEqual(['shared']);
    expect((await client.listPackages(asked)).packages).toHaveLength(1);

    // And back: an external connection makes room for upstream repositories.
    expect((await update(resources)).StackStatus).toBe('UPDATE_COMPLETE');
    expect((await client.describeRepository(asked)).repository).toMatchObject({
      upstreams: [{ repositoryName: 'shared' }],
      externalConnections: [],
    });
  });
});

test('each account has what its stack says, in each Region', async () => {
  const places = [
    [ACCOUNT, REGION],
    [ACCOUNT, OTHER_REGION],
    [OTHER_ACCOUNT, REGION],
  ] as const;
  for (const [account, region] of places) {
    const name = `packages-${account}-${region}`;
    await create({ Domain: domain, Packages: repository(name) }, {}, stacksOf(account, region));
  }
  for (const [account, region] of places) {
    const { repositories } = await packagesOf(account, region).listRepositories({});
    expect(repositories?.map(({ arn }) => arn)).toEqual([
      `arn:aws:codeartifact:${region}:${account}:repository/team/packages-${account}-${region}`,
    ]);
  }
  expect(await remove()).toBe('DELETE_COMPLETE');
  const left = await Promise.all(
    places.map(async ([account, region]) => (await packagesOf(account, region).listDomains({})).domains?.length),
  );
  expect(left).toEqual([0, 1, 1]);
});

describe('a name that changes', () => {
  test('makes a new repository before the old one goes, with its packages', async () => {
    await create({ Domain: domain, Packages: repository('packages') });
    await publishGeneric(client, { repository: 'packages', version: '1.0.0' });
    expect((await update({ Domain: domain, Packages: repository('renamed') })).StackStatus).toBe('UPDATE_COMPLETE');
    const { repositories } = await client.listRepositories({});
    expect(repositories?.map(({ name }) => name)).toEqual(['renamed']);
    expect((await client.listPackages({ domain: DOMAIN, repository: 'renamed' })).packages).toEqual([]);
  });

  test('is a replacement in a change set, and so is another key', async () => {
    await create({ Domain: domain, Group: group('/npm/*') });
    const changed = { DomainName: DOMAIN, EncryptionKey: 'alias/other' };
    await cloudformation.createChangeSet({
      StackName: 'packages',
      ChangeSetName: 'change',
      TemplateBody: template({ Domain: { ...domain, Properties: changed }, Group: group('/pypi/*') }),
    });
    const { Changes = [] } = await cloudformation.describeChangeSet({ StackName: 'packages', ChangeSetName: 'change' });
    expect(
      Changes.map(({ ResourceChange }) => [ResourceChange?.LogicalResourceId, ResourceChange?.Replacement]),
    ).toEqual(
      expect.arrayContaining([
        ['Domain', 'True'],
        ['Group', 'True'],
      ]),
    );
  });

  test('of a group makes another group', async () => {
    await create({ Domain: domain, Group: group('/npm/*') });
    expect((await update({ Domain: domain, Group: group('/pypi/*') })).StackStatus).toBe('UPDATE_COMPLETE');
    const { packageGroups } = await client.listPackageGroups({ domain: DOMAIN });
    expect(packageGroups?.map(({ pattern }) => pattern)).toEqual(['/*', '/pypi/*']);
  });
});

describe('what is not empty', () => {
  test('a repository goes with its packages', async () => {
    await create({ Domain: domain, Packages: repository('packages') });
    await publishGeneric(client, { repository: 'packages', version: '1.0.0' });
    expect(await remove()).toBe('DELETE_COMPLETE');
    expect((await client.listDomains({})).domains).toEqual([]);
  });

  test('a domain with a repository of somebody else stays, and its stack fails to delete', async () => {
    await create({ Domain: domain, Packages: repository('packages') });
    await client.createRepository({ domain: DOMAIN, repository: 'theirs' });
    expect(await remove()).toBe('DELETE_FAILED');
    expect(await failures()).toEqual({
      Domain: expect.stringMatching(
        /^Resource handler returned message: "Invalid request provided: .*contains repositories.* Status Code: 409, .*HandlerErrorCode: InvalidRequest\)$/,
      ),
    });
    const { repositories } = await client.listRepositories({});
    expect(repositories?.map(({ name }) => name)).toEqual(['theirs']);
    await client.deleteRepository({ domain: DOMAIN, repository: 'theirs' });
    expect(await remove()).toBe('DELETE_COMPLETE');
  });

  test('what is gone already is no reason to fail', async () => {
    await create({ Domain: domain, Packages: repository('packages'), Group: group('/npm/*') });
    await client.deleteRepository({ domain: DOMAIN, repository: 'packages' });
    await client.deleteDomain({ domain: DOMAIN });
    expect(await remove()).toBe('DELETE_COMPLETE');
  });
});

describe('a stack fails', () => {
  const why = async (resources: object) => {
    const { StackStatus } = await create(resources);
    return [StackStatus, Object.values(await failures()).join('\n')];
  };

  test('when a domain is there already, which stays', async () => {
    await client.createDomain({ domain: DOMAIN });
    expect(await why({ Domain: domain })).toEqual([
      'ROLLBACK_COMPLETE',
      expect.stringMatching(
        /^Resource handler returned message: "Resource of type 'AWS::CodeArtifact::Domain' with identifier 'team' already exists\." \(RequestToken: .*, HandlerErrorCode: AlreadyExists\)$/,
      ),
    ]);
    expect((await client.listDomains({})).domains).toHaveLength(1);
  });

  test('when a part of a repository cannot be made, and leaves nothing', async () => {
    const both = { Upstreams: [{ 'Fn::GetAtt': ['Shared', 'Name'] }], ExternalConnections: ['public:npmjs'] };
    const [status, reason] = await why({
      Domain: domain,
      Shared: repository('shared'),
      Packages: repository('packages', both),
    });
    expect([status, reason]).toEqual(['ROLLBACK_COMPLETE', expect.stringContaining('HandlerErrorCode: AlreadyExists')]);
    expect((await client.listDomains({})).domains).toEqual([]);
  });

  test.each([
    [
      'a malformed name',
      { Domain: { ...domain, Properties: { DomainName: 'Team' } } },
      'HandlerErrorCode: InvalidRequest',
    ],
    [
      'a property that there is not',
      { Domain: { ...domain, Properties: { DomainName: DOMAIN, Nme: 'x' } } },
      '#: extraneous key [Nme] is not permitted',
    ],
    ['a property that is missing', { Domain: { ...domain, Properties: {} } }, '#: required key [DomainName] not found'],
    ['a pattern that is none', { Domain: domain, Group: group('/npm') }, 'HandlerErrorCode: InvalidRequest'],
  ])('on %s', async (_, resources, reason) => {
    expect(await why(resources)).toEqual(['ROLLBACK_COMPLETE', expect.stringContaining(reason)]);
  });
});

test('the root group is only changed, and stays when its stack goes', async () => {
  const blocked = { OriginConfiguration: { Restrictions: { Publish: { RestrictionMode: 'BLOCK' } } } };
  await client.createDomain({ domain: DOMAIN });
  const root = {
    Type: 'AWS::CodeArtifact::PackageGroup',
    Properties: { DomainName: DOMAIN, Pattern: '/*', ...blocked },
  };
  const { StackStatus } = await create({ Root: root });
  expect([StackStatus, await failures()]).toEqual(['CREATE_COMPLETE', {}]);
  const { packageGroup } = await client.describePackageGroup({ domain: DOMAIN, packageGroup: '/*' });
  expect(packageGroup?.originConfiguration?.restrictions).toMatchObject({
    PUBLISH: { mode: 'BLOCK' },
    EXTERNAL_UPSTREAM: { mode: 'ALLOW' },
  });
  expect(await remove()).toBe('DELETE_COMPLETE');
  await expect(client.describePackageGroup({ domain: DOMAIN, packageGroup: '/*' })).resolves.toBeDefined();
});

describe('what CloudFormation calls for a stack', () => {
  test('is no call of a user: it is not recorded, and no fault meets it', async () => {
    aws.setFaults({ rules: [{ fault: 'unreachable', service: 'codeartifact' }] });
    expect((await create({ Domain: domain, Packages: repository('packages') })).StackStatus).toBe('CREATE_COMPLETE');
    aws.clearFaults();
    expect(new Set(aws.calls().map(({ service }) => service))).toEqual(new Set(['cloudformation']));
    expect((await client.listDomains({})).domains).toHaveLength(1);
  });

  test('cannot be imitated', async () => {
    const answer = await fetch(`${aws.endpoint}/v1/domain?domain=${DOMAIN}`, {
      method: 'POST',
      headers: {
        'x-headgate-token': 'guessed',
        authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20261122/${REGION}/codeartifact/aws4_request`,
      },
    });
    expect(answer.status).toBe(403);
    expect((await client.listDomains({})).domains).toEqual([]);
  });
});
