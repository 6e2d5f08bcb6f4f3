import type { Codeartifact, PackageFormat } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import {
  ACCOUNT,
  codeArtifactOf,
  DOMAIN,
  errorOf,
  loginTo,
  makeRepositories,
  publishGeneric,
  REGION,
} from './codeartifact-client.ts';

// Package groups of the local CodeArtifact: their hierarchy, and what they keep out of repositories.

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

const ofDomain = { domain: DOMAIN };
const make = (packageGroup: string, more: object = {}) =>
  client.createPackageGroup({ ...ofDomain, packageGroup, ...more });
const describeGroup = async (packageGroup: string) =>
  (await client.describePackageGroup({ ...ofDomain, packageGroup })).packageGroup!;
const restrict = (packageGroup: string, restrictions: Record<string, string>, more: object = {}) =>
  client.updatePackageGroupOriginConfiguration({
    ...ofDomain,
    packageGroup,
    restrictions: restrictions as never,
    ...more,
  });
const patterns = (groups: readonly { pattern?: string | undefined }[] | undefined) =>
  groups?.map(({ pattern }) => pattern);
const listed = (names: readonly string[], originRestrictionType = 'PUBLISH') =>
  names.map((repositoryName) => ({ repositoryName, originRestrictionType: originRestrictionType as 'PUBLISH' }));

describe('groups', () => {
  test('are made, described, changed and deleted; a domain has the root from the beginning', async () => {
    const { packageGroup } = await make('/npm/team/*', { contactInfo: 'tools', description: 'ours' });
    const arn = `arn:aws:codeartifact:${REGION}:${ACCOUNT}:package-group/${DOMAIN}/`;
    const root = { arn: `${arn}%2a`, pattern: '/*' };
    const inherited = { mode: 'INHERIT', effectiveMode: 'ALLOW', inheritedFrom: root, repositoriesCount: 0 };
    expect(packageGroup).toMatchObject({
      arn: `${arn}npm/team/%2a`,
      pattern: '/npm/team/*',
      domainName: DOMAIN,
      domainOwner: ACCOUNT,
      contactInfo: 'tools',
      description: 'ours',
      parent: root,
      originConfiguration: {
        restrictions: { PUBLISH: inherited, INTERNAL_UPSTREAM: inherited, EXTERNAL_UPSTREAM: inherited },
      },
    });
    expect(await describeGroup('/npm/team/*')).toEqual(packageGroup);
    const top = await describeGroup('/*');
    expect(top.parent).toBeUndefined();
    expect(top.originConfiguration?.restrictions?.PUBLISH).toEqual({
      mode: 'ALLOW',
      effectiveMode: 'ALLOW',
      repositoriesCount: 0,
    });
    await client.updatePackageGroup({ ...ofDomain, packageGroup: '/npm/team/*', contactInfo: 'apps' });
    expect(await describeGroup('/npm/team/*')).toMatchObject({ contactInfo: 'apps', description: 'ours' });
    await client.deletePackageGroup({ ...ofDomain, packageGroup: '/npm/team/*' });
    expect(await errorOf(describeGroup('/npm/team/*'))).toMatchObject({
      name: 'ResourceNotFoundException',
      status: 404,
    });
  });

  test('that are there, malformed or the root are refused', async () => {
    await make('/npm/*');
    expect(await errorOf(make('/npm/*'))).toMatchObject({ name: 'ConflictException', status: 409 });
    expect(await errorOf(make('/npm'))).toMatchObject({ name: 'ValidationException', status: 400 });
    const root = { ...ofDomain, packageGroup: '/*' };
    expect(await errorOf(client.deletePackageGroup(root))).toMatchObject({ name: 'ValidationException' });
    expect(await errorOf(restrict('/*', { PUBLISH: 'INHERIT' }))).toMatchObject({ name: 'ValidationException' });
    expect(await errorOf(restrict('/npm/*', { PUBLISH: 'DENY' }))).toMatchObject({ name: 'ValidationException' });
    expect(await errorOf(restrict('/pypi/*', { PUBLISH: 'BLOCK' }))).toMatchObject({ status: 404 });
  });

  test('are listed by prefix and by parent, in pages; children of a deleted one go to its parent', async () => {
    for (const pattern of ['/npm/*', '/npm/team/*', '/npm/team/tool$', '/npm/team/tool~', '/pypi/*'])
      await make(pattern);
    const list = async (prefix?: string) =>
      patterns((await client.listPackageGroups({ ...ofDomain, prefix })).packageGroups);
    expect(await list()).toEqual(['/*', '/npm/*', '/npm/team/*', '/npm/team/tool$', '/npm/team/tool~', '/pypi/*']);
    expect(await list('/npm/team')).toEqual(['/npm/team/*', '/npm/team/tool$', '/npm/team/tool~']);
    const first = await client.listPackageGroups({ ...ofDomain, maxResults: 4 });
    const rest = await client.listPackageGroups({ ...ofDomain, maxResults: 4, nextToken: first.nextToken });
    expect([first.packageGroups?.length, patterns(rest.packageGroups)]).toEqual([4, ['/npm/team/tool~', '/pypi/*']]);
    const children = async (packageGroup: string) =>
      patterns((await client.listSubPackageGroups({ ...ofDomain, packageGroup })).packageGroups);
    expect(await children('/*')).toEqual(['/npm/*', '/pypi/*']);
    expect(await children('/npm/team/*')).toEqual(['/npm/team/tool~']);
    expect(await children('/npm/team/tool~')).toEqual(['/npm/team/tool$']);
    await client.deletePackageGroup({ ...ofDomain, packageGroup: '/npm/team/*' });
    expect(await children('/npm/*')).toEqual(['/npm/team/tool~']);
  });

  test('go with their domain', async () => {
    await make('/npm/*');
    for (const repository of ['packages', 'shared']) await client.deleteRepository({ ...ofDomain, repository });
    await client.deleteDomain(ofDomain);
    await client.createDomain(ofDomain);
    expect(patterns((await client.listPackageGroups(ofDomain)).packageGroups)).toEqual(['/*']);
  });
});

describe('restrictions', () => {
  test('are inherited from the first parent that does not inherit itself', async () => {
    for (const pattern of ['/npm/*', '/npm/team/*', '/npm/team/tool$']) await make(pattern);
    await restrict('/npm/*', { PUBLISH: 'BLOCK' });
    const publish = async (pattern: string) =>
      (await describeGroup(pattern)).originConfiguration?.restrictions?.PUBLISH;
    expect(await publish('/npm/team/tool$')).toMatchObject({
      mode: 'INHERIT',
      effectiveMode: 'BLOCK',
      inheritedFrom: { pattern: '/npm/*' },
    });
    await restrict('/npm/team/*', { PUBLISH: 'ALLOW' });
    expect(await publish('/npm/team/tool$')).toMatchObject({
      effectiveMode: 'ALLOW',
      inheritedFrom: { pattern: '/npm/team/*' },
    });
    expect(await publish('/npm/*')).toMatchObject({ mode: 'BLOCK', effectiveMode: 'BLOCK' });
  });

  test('have lists of repositories, which tell what changed', async () => {
    await make('/npm/*');
    const specific = { PUBLISH: 'ALLOW_SPECIFIC_REPOSITORIES' };
    const answer = await restrict('/npm/*', specific, { addAllowedRepositories: listed(['packages', 'shared']) });
    expect(answer.allowedRepositoryUpdates).toEqual({ PUBLISH: { ADDED: ['packages', 'shared'], REMOVED: [] } });
    const again = await restrict(
      '/npm/*',
      {},
      {
        addAllowedRepositories: listed(['packages']),
        removeAllowedRepositories: listed(['shared']),
      },
    );
    expect(again.allowedRepositoryUpdates).toEqual({ PUBLISH: { ADDED: [], REMOVED: ['shared'] } });
    expect(again.packageGroup?.originConfiguration?.restrictions?.PUBLISH?.repositoriesCount).toBe(1);
    const list = async (originRestrictionType: 'PUBLISH' | 'INTERNAL_UPSTREAM') => {
      const asked = { ...ofDomain, packageGroup: '/npm/*', originRestrictionType };
      return (await client.listAllowedRepositoriesForGroup(asked)).allowedRepositories;
    };
    expect([await list('PUBLISH'), await list('INTERNAL_UPSTREAM')]).toEqual([['packages'], []]);
    const wrong: [object, number][] = [
      [{ addAllowedRepositories: listed(['nobody']) }, 404],
      [{ addAllowedRepositories: listed(['packages'], 'INTERNAL_UPSTREAM') }, 400],
      [{ addAllowedRepositories: listed(Array(101).fill('packages')) }, 400],
    ];
    for (const [more, status] of wrong) expect(await errorOf(restrict('/npm/*', {}, more))).toMatchObject({ status });
    await restrict('/npm/*', { PUBLISH: 'BLOCK' });
    expect(await list('PUBLISH')).toEqual([]);
  });
});

describe('the group of a package', () => {
  const associated = async (name: string, namespace?: string, format: PackageFormat = 'npm') => {
    const asked = { ...ofDomain, format, package: name, namespace };
    const { packageGroup, associationType } = await client.getAssociatedPackageGroup(asked);
    return [packageGroup?.pattern, associationType];
  };

  test('is the most specific one, also before the package is there', async () => {
    for (const pattern of ['/npm/*', '/npm/team/*', '/npm/team/tool~', '/npm/team/tool$']) await make(pattern);
    expect(await associated('react')).toEqual(['/npm/*', 'STRONG']);
    expect(await associated('other', 'team')).toEqual(['/npm/team/*', 'STRONG']);
    expect(await associated('tool-kit', 'team')).toEqual(['/npm/team/tool~', 'STRONG']);
    expect(await associated('tool', 'team')).toEqual(['/npm/team/tool$', 'STRONG']);
    expect(await associated('tool', undefined, 'pypi')).toEqual(['/*', 'STRONG']);
  });

  test('is found weakly by variations, which may have a group of their own', async () => {
    await make('/npm//AsyncStorage$');
    expect(await associated('asyncstorage')).toEqual(['/npm//AsyncStorage$', 'WEAK']);
    await make('/npm//asyncstorage$');
    expect(await associated('asyncstorage')).toEqual(['/npm//asyncstorage$', 'STRONG']);
    expect(await associated('AsyncStorage')).toEqual(['/npm//AsyncStorage$', 'STRONG']);
  });

  test('tells its packages, of all repositories, each once; a preview tells those of a group that is not there', async () => {
    await make('/generic/build/*');
    for (const [repository, name] of [
      ['packages', 'tool'],
      ['shared', 'tool'],
      ['packages', 'Tool-Kit'],
    ] as const) {
      await publishGeneric(client, { repository, version: '1.0.0', package: name });
    }
    const list = async (packageGroup: string, preview?: boolean) => {
      const { packages } = await client.listAssociatedPackages({ ...ofDomain, packageGroup, preview });
      return packages?.map(
        ({ package: name, namespace, associationType }) => `${namespace}/${name} ${associationType}`,
      );
    };
    expect(await list('/generic/build/*')).toEqual(['build/Tool-Kit STRONG', 'build/tool STRONG']);
    expect(await list('/generic/build/tool~', true)).toEqual(['build/Tool-Kit WEAK', 'build/tool STRONG']);
    expect(await list('/*')).toEqual([]);
    expect(await errorOf(list('/generic/build/tool~'))).toMatchObject({ status: 404 });
    expect(patterns((await client.listPackageGroups(ofDomain)).packageGroups)).toEqual(['/*', '/generic/build/*']);
  });
});

describe('what a group blocks', () => {
  const publish = (repository = 'packages', version = '1.0.0', name = 'tool') =>
    publishGeneric(client, { repository, version, package: name });
  const restrictionsOf = async (repository: string, name = 'tool') => {
    const asked = { ...ofDomain, repository, format: 'generic', namespace: 'build', package: name } as const;
    return (await client.describePackage(asked)).package?.originConfiguration?.restrictions;
  };
  const denied = { name: 'AccessDeniedException', status: 403 };

  test('is not published, neither as a new package nor as a new version', async () => {
    await publish();
    await make('/generic/build/*');
    await restrict('/generic/build/*', { PUBLISH: 'BLOCK' });
    for (const blocked of [publish('packages', '2.0.0'), publish('packages', '1.0.0', 'new')]) {
      expect(await errorOf(blocked)).toMatchObject({ ...denied, message: expect.stringContaining('package group') });
    }
    await make('/generic/build/tool$');
    await restrict('/generic/build/tool$', { PUBLISH: 'ALLOW' });
    expect((await publish('packages', '2.0.0')).status).toBe('Published');
    const { packages } = await client.listPackages({ ...ofDomain, repository: 'packages' });
    expect(packages?.map(({ package: name }) => name)).toEqual(['tool']);
  });

  test('is published where the group allows it', async () => {
    await make('/generic/*');
    await restrict(
      '/generic/*',
      { PUBLISH: 'ALLOW_SPECIFIC_REPOSITORIES' },
      { addAllowedRepositories: listed(['shared']) },
    );
    await make('/generic/build/*');
    expect(await errorOf(publish('packages'))).toMatchObject(denied);
    expect((await publish('shared')).status).toBe('Published');
  });

  test('is blocked for variations of a name, whatever the group allows', async () => {
    await make('/generic/build/tool$');
    await restrict('/generic/build/tool$', { PUBLISH: 'ALLOW' });
    expect(await errorOf(publish('packages', '1.0.0', 'Tool'))).toMatchObject(denied);
    expect((await publish()).status).toBe('Published');
  });

  test('is blocked by the package or by the group', async () => {
    const asked = {
      ...ofDomain,
      repository: 'packages',
      format: 'generic',
      namespace: 'build',
      package: 'tool',
    } as const;
    await make('/generic/*');
    await restrict('/generic/*', { PUBLISH: 'ALLOW' });
    await client.putPackageOriginConfiguration({ ...asked, restrictions: { publish: 'BLOCK', upstream: 'ALLOW' } });
    expect(await errorOf(publish())).toMatchObject(denied);
  });

  test('decides over what a new package starts with', async () => {
    await publish('packages', '1.0.0', 'open');
    expect(await restrictionsOf('packages', 'open')).toEqual({ publish: 'ALLOW', upstream: 'BLOCK' });
    await make('/generic/build/*');
    await restrict('/generic/build/*', { EXTERNAL_UPSTREAM: 'BLOCK' });
    await publish();
    expect(await restrictionsOf('packages')).toEqual({ publish: 'ALLOW', upstream: 'ALLOW' });
  });

  test('does not come from upstream repositories', async () => {
    await client.updateRepository({ ...ofDomain, repository: 'packages', upstreams: [{ repositoryName: 'shared' }] });
    const shared = await loginTo(client, 'shared', 'maven');
    const packages = await loginTo(client, 'packages', 'maven');
    const file = 'org/tool/1.0/tool-1.0.jar';
    const headers = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const put = (path: string, body: string) =>
      fetch(`${shared.endpoint}${path}`, { method: 'PUT', body, ...headers(shared.token) });
    await put(file, 'jar');
    await put('org/tool/maven-metadata.xml', '<versions><version>1.0</version></versions>');
    const status = async () => (await fetch(`${packages.endpoint}${file}`, headers(packages.token))).status;
    await make('/maven/*');
    await restrict('/maven/*', { INTERNAL_UPSTREAM: 'BLOCK' });
    expect(await status()).toBe(404);
    const more = { addAllowedRepositories: listed(['packages'], 'INTERNAL_UPSTREAM') };
    await restrict('/maven/*', { INTERNAL_UPSTREAM: 'ALLOW_SPECIFIC_REPOSITORIES' }, more);
    expect(await status()).toBe(200);
    const asked = { ...ofDomain, repository: 'packages', format: 'maven', namespace: 'org', package: 'tool' } as const;
    expect((await client.describePackage(asked)).package?.originConfiguration?.restrictions).toEqual({
      publish: 'ALLOW',
      upstream: 'ALLOW',
    });
  });
});
