import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { ACCOUNT, codeArtifactOf, DOMAIN, errorOf, makeRepositories, REGION } from './codeartifact-client.ts';

// Policies, external connections and tags of the local CodeArtifact, met by the client of AWS's own SDK.

let aws: LocalAws;
let client: Codeartifact;

beforeAll(async () => {
  aws = await startLocalAws();
  client = codeArtifactOf(aws);
}, 300_000);
afterAll(async () => {
  client?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await makeRepositories(client, 'packages', 'shared');
});

const inPackages = { domain: DOMAIN, repository: 'packages' };
const arn = (rest: string) => `arn:aws:codeartifact:${REGION}:${ACCOUNT}:${rest}`;

describe.each([
  [
    'a domain',
    `domain/${DOMAIN}`,
    {
      get: () => client.getDomainPermissionsPolicy({ domain: DOMAIN }),
      put: (policyDocument: string, policyRevision?: string) =>
        client.putDomainPermissionsPolicy({ domain: DOMAIN, domainOwner: ACCOUNT, policyDocument, policyRevision }),
      remove: (policyRevision?: string) => client.deleteDomainPermissionsPolicy({ domain: DOMAIN, policyRevision }),
    },
  ],
  [
    'a repository',
    `repository/${DOMAIN}/packages`,
    {
      get: () => client.getRepositoryPermissionsPolicy(inPackages),
      put: (policyDocument: string, policyRevision?: string) =>
        client.putRepositoryPermissionsPolicy({ ...inPackages, policyDocument, policyRevision }),
      remove: (policyRevision?: string) => client.deleteRepositoryPermissionsPolicy({ ...inPackages, policyRevision }),
    },
  ],
] as const)('the policy of %s', (_, resource, { get, put, remove }) => {
  const document = '{ "Version": "2012-10-17", "Statement": [] }';

  test('comes back as it was put, with another revision each time', async () => {
    expect(await errorOf(get())).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    const first = (await put(document)).policy!;
    expect(first).toMatchObject({ resourceArn: arn(resource), document });
    expect((await get()).policy).toEqual(first);
    const second = (await put(document)).policy!;
    expect(second.revision).not.toBe(first.revision);
    expect((await remove()).policy).toEqual(second);
    expect(await errorOf(get())).toMatchObject({ status: 404 });
    expect(await errorOf(remove())).toMatchObject({ status: 404 });
  });

  test('is not overwritten under a revision that is over', async () => {
    const old = (await put(document)).policy!.revision!;
    const { revision } = (await put('{"Version": "2012-10-17"}', old)).policy!;
    for (const late of [put(document, old), remove(old)]) {
      expect(await errorOf(late)).toMatchObject({ name: 'ConflictException', status: 409 });
    }
    expect((await get()).policy).toMatchObject({ revision, document: '{"Version": "2012-10-17"}' });
    await remove(revision);
    expect(await errorOf(put(document, revision))).toMatchObject({ name: 'ConflictException' });
  });

  test.each([['no JSON'], ['[]'], [JSON.stringify({ x: 'x'.repeat(7168) })]])('cannot be %j', async (bad) => {
    expect(await errorOf(put(bad))).toMatchObject({ name: 'ValidationException', status: 400 });
  });
});

describe('an external connection', () => {
  const associate = (externalConnection: string, repository = 'packages') =>
    client.associateExternalConnection({ domain: DOMAIN, repository, externalConnection });

  test('is shown, and is taken back', async () => {
    const shown = [{ externalConnectionName: 'public:maven-central', packageFormat: 'maven', status: 'Available' }];
    expect((await associate('public:maven-central')).repository?.externalConnections).toEqual(shown);
    expect((await client.describeRepository(inPackages)).repository?.externalConnections).toEqual(shown);
    const taken = { ...inPackages, externalConnection: 'public:maven-central' };
    expect((await client.disassociateExternalConnection(taken)).repository?.externalConnections).toEqual([]);
    expect(await errorOf(client.disassociateExternalConnection(taken))).toMatchObject({ status: 404 });
  });

  test('is the only one of its repository, and stands in the place of upstream repositories', async () => {
    await associate('public:npmjs');
    expect(await errorOf(associate('public:npmjs'))).toMatchObject({ name: 'ConflictException' });
    expect(await errorOf(associate('public:pypi'))).toMatchObject({
      name: 'ServiceQuotaExceededException',
      status: 402,
      resourceType: 'repository',
    });
    const upstreams = [{ repositoryName: 'shared' }];
    expect(await errorOf(client.updateRepository({ ...inPackages, upstreams }))).toMatchObject({ status: 409 });
    await client.updateRepository({
      domain: DOMAIN,
      repository: 'shared',
      upstreams: [{ repositoryName: 'packages' }],
    });
    expect(await errorOf(associate('public:npmjs', 'shared'))).toMatchObject({ status: 409 });
    expect(await errorOf(associate('public:nobody', 'shared'))).toMatchObject({ name: 'ValidationException' });
  });
});

describe('tags', () => {
  const tags = [
    { key: 'team', value: 'tools' },
    { key: 'empty', value: '' },
  ];
  const group = arn(`package-group/${DOMAIN}/npm/team/tool%7e`);

  async function tagsOf(resourceArn: string, of = client): Promise<Record<string, string>> {
    const { tags: found = [] } = await of.listTagsForResource({ resourceArn });
    return Object.fromEntries(found.map(({ key, value }) => [key, value]));
  }

  test('are given when a domain, a repository or a group is made, changed, and taken back', async () => {
    await client.createDomain({ domain: 'other', tags });
    await client.createRepository({ domain: 'other', repository: 'packages', tags });
    await client.createPackageGroup({ domain: DOMAIN, packageGroup: '/npm/team/tool~', tags });
    for (const resourceArn of [arn('domain/other'), arn('repository/other/packages'), group]) {
      expect(await tagsOf(resourceArn)).toEqual({ team: 'tools', empty: '' });
      await client.tagResource({ resourceArn, tags: [{ key: 'team', value: 'apps' }] });
      await client.untagResource({ resourceArn, tagKeys: ['empty', 'none'] });
      expect(await tagsOf(resourceArn)).toEqual({ team: 'apps' });
    }
    expect(await tagsOf(arn(`domain/${DOMAIN}`))).toEqual({});
  });

  test.each([
    ['a domain', 'domain/nobody', 404],
    ['a repository', `repository/${DOMAIN}/nobody`, 404],
    ['a group', `package-group/${DOMAIN}/npm/%2a`, 404],
    ['a pattern that is not encoded as it should', `package-group/${DOMAIN}/npm/%2`, 400],
    ['a package', `package/${DOMAIN}/packages/npm//tool`, 400],
    ['a domain with more behind it', `domain/${DOMAIN}/packages`, 400],
  ])('of %s that is not there are refused', async (_, resource, status) => {
    expect(await errorOf(client.listTagsForResource({ resourceArn: arn(resource) }))).toMatchObject({ status });
  });

  test.each([
    ['of AWS', [{ key: 'aws:team', value: 'x' }]],
    ['without a name', [{ key: '', value: 'x' }]],
    ['given twice', [tags[0]!, tags[0]!]],
    ['too long', [{ key: 'a', value: 'x'.repeat(257) }]],
  ])('that are %s are refused', async (_, wrong) => {
    const resourceArn = arn(`domain/${DOMAIN}`);
    expect(await errorOf(client.tagResource({ resourceArn, tags: wrong }))).toMatchObject({
      name: 'ValidationException',
    });
    expect(await errorOf(client.createDomain({ domain: 'other', tags: wrong }))).toMatchObject({ status: 400 });
    expect(await tagsOf(resourceArn)).toEqual({});
    expect((await client.listDomains({})).domains).toHaveLength(1);
  });

  test('are those of one Region', async () => {
    const west = codeArtifactOf(aws, ACCOUNT, 'us-west-2');
    expect(await errorOf(west.listTagsForResource({ resourceArn: arn(`domain/${DOMAIN}`) }))).toMatchObject({
      status: 400,
      message: expect.stringContaining('another Region'),
    });
    west.destroy();
  });
});

test.each([
  [undefined, `alias/aws/codeartifact`],
  ['alias/own', 'alias/own'],
  ['1234abcd-12ab-34cd-56ef-1234567890ab', 'key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  [`arn:aws:kms:${REGION}:999999999999:key/x`, undefined],
])('the encryption key %s is shown as an ARN', async (encryptionKey, resource) => {
  const { domain } = await client.createDomain({ domain: 'other', encryptionKey });
  expect(domain?.encryptionKey).toBe(resource ? `arn:aws:kms:${REGION}:${ACCOUNT}:${resource}` : encryptionKey);
});
