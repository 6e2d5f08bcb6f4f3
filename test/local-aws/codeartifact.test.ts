import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
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
  sha256,
} from './codeartifact-client.ts';

// CodeArtifact's API, met by the client of AWS's own SDK.

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

const generic = { domain: DOMAIN, format: 'generic', namespace: 'build', package: 'tool' } as const;
const inPackages = { ...generic, repository: 'packages' };

describe('domains and repositories', () => {
  test('are described as CodeArtifact describes them', async () => {
    const { domain } = await client.describeDomain({ domain: DOMAIN });
    expect(domain).toMatchObject({
      name: DOMAIN,
      owner: ACCOUNT,
      arn: `arn:aws:codeartifact:${REGION}:${ACCOUNT}:domain/${DOMAIN}`,
      status: 'Active',
      repositoryCount: 2,
      assetSizeBytes: 0,
    });
    expect(Math.abs(domain!.createdTime!.getTime() - Date.now())).toBeLessThan(3_600_000);
    const { repository } = await client.describeRepository({ domain: DOMAIN, repository: 'packages' });
    expect(repository).toMatchObject({
      name: 'packages',
      administratorAccount: ACCOUNT,
      domainName: DOMAIN,
      domainOwner: ACCOUNT,
      arn: `arn:aws:codeartifact:${REGION}:${ACCOUNT}:repository/${DOMAIN}/packages`,
      upstreams: [],
    });
  });

  test('each account has its own in each Region; another account is named as the owner', async () => {
    for (const [account, region] of [
      [ACCOUNT, 'us-east-1'],
      ['444455556666', REGION],
    ] as const) {
      const other = codeArtifactOf(aws, account, region);
      expect(await errorOf(other.describeDomain({ domain: DOMAIN }))).toMatchObject({
        name: 'ResourceNotFoundException',
        status: 404,
        resourceType: 'domain',
      });
      other.destroy();
    }
    const other = codeArtifactOf(aws, '444455556666');
    const { domain } = await other.describeDomain({ domain: DOMAIN, domainOwner: ACCOUNT });
    expect(domain?.owner).toBe(ACCOUNT);
    other.destroy();
  });

  test('a name that is taken is a conflict, a malformed one is invalid, and a domain in use stays', async () => {
    expect(await errorOf(client.createDomain({ domain: DOMAIN }))).toMatchObject({
      name: 'ConflictException',
      status: 409,
      resourceType: 'domain',
    });
    expect(await errorOf(client.createRepository({ domain: DOMAIN, repository: 'packages' }))).toMatchObject({
      name: 'ConflictException',
      resourceType: 'repository',
    });
    expect(await errorOf(client.createDomain({ domain: 'Team' }))).toMatchObject({
      name: 'ValidationException',
      status: 400,
      reason: 'FIELD_VALIDATION_FAILED',
    });
    expect(await errorOf(client.deleteDomain({ domain: DOMAIN }))).toMatchObject({ name: 'ConflictException' });
    for (const repository of ['packages', 'shared']) await client.deleteRepository({ domain: DOMAIN, repository });
    expect((await client.deleteDomain({ domain: DOMAIN })).domain?.status).toBe('Deleted');
    expect(await errorOf(client.describeDomain({ domain: DOMAIN }))).toMatchObject({ status: 404 });
  });

  test('upstream repositories are of the same domain, and no circle', async () => {
    const upstreams = [{ repositoryName: 'shared' }];
    await client.updateRepository({ domain: DOMAIN, repository: 'packages', upstreams, description: 'ours' });
    const { repository } = await client.describeRepository({ domain: DOMAIN, repository: 'packages' });
    expect(repository).toMatchObject({ upstreams, description: 'ours' });
    const circle = { domain: DOMAIN, repository: 'shared', upstreams: [{ repositoryName: 'packages' }] };
    expect(await errorOf(client.updateRepository(circle))).toMatchObject({ name: 'ValidationException' });
    const missing = { domain: DOMAIN, repository: 'shared', upstreams: [{ repositoryName: 'nobody' }] };
    expect(await errorOf(client.updateRepository(missing))).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('lists come in pages that miss and repeat nothing', async () => {
    for (let i = 0; i < 5; i += 1) await client.createRepository({ domain: DOMAIN, repository: `more-${i}` });
    const names: string[] = [];
    let nextToken: string | undefined;
    let calls = 0;
    do {
      const answer = await client.listRepositoriesInDomain({ domain: DOMAIN, maxResults: 2, nextToken });
      names.push(...answer.repositories!.map(({ name }) => name!));
      nextToken = answer.nextToken;
      calls += 1;
      if (calls === 1) await client.deleteRepository({ domain: DOMAIN, repository: 'more-0' });
    } while (nextToken !== undefined);
    expect(names).toEqual(['more-0', 'more-1', 'more-2', 'more-3', 'more-4', 'packages', 'shared']);
    expect(calls).toBe(4);
    const own = await client.listRepositories({ repositoryPrefix: 'p' });
    expect(own.repositories?.map(({ name }) => name)).toEqual(['packages']);
    expect(await errorOf(client.listRepositories({ maxResults: 1001 }))).toMatchObject({ name: 'ValidationException' });
    expect(await errorOf(client.listRepositories({ nextToken: 'AAAA' }))).toMatchObject({ status: 400 });
  });
});

describe('tokens', () => {
  test('last as long as is asked for, from 15 minutes to 12 hours', async () => {
    const { expiration } = await client.getAuthorizationToken({ domain: DOMAIN, durationSeconds: 900 });
    const seconds = (expiration!.getTime() - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(600);
    expect(seconds).toBeLessThanOrEqual(900);
    for (const durationSeconds of [1, 899, 43_201]) {
      expect(await errorOf(client.getAuthorizationToken({ domain: DOMAIN, durationSeconds }))).toMatchObject({
        name: 'ValidationException',
      });
    }
    expect(await errorOf(client.getAuthorizationToken({ domain: 'nobody' }))).toMatchObject({ status: 404 });
  });

  test('open one domain of one Region, and nothing once they are over', async () => {
    const { endpoint, token } = await loginTo(client, 'packages', 'pypi');
    const ask = async (address: string, password: string) =>
      (await fetch(`${address}simple/`, { headers: { authorization: `Basic ${btoa(`aws:${password}`)}` } })).status;
    expect(await ask(endpoint, token)).toBe(200);
    expect(await ask(endpoint, `${token}x`)).toBe(401);
    expect(await ask(endpoint.replace(REGION, 'us-east-1'), token)).toBe(401);
    expect(await ask(endpoint.replace('/packages/', '/nobody/'), token)).toBe(404);
    aws.endCodeArtifactTokens();
    expect(await ask(endpoint, token)).toBe(401);
    aws.setCodeArtifactTokenSeconds(-1);
    expect(await ask(endpoint, (await loginTo(client, 'packages', 'pypi')).token)).toBe(401);
    const challenge = await fetch(`${endpoint}simple/`);
    expect(challenge.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  test('the endpoint names account, Region, domain, format and repository', async () => {
    const { repositoryEndpoint } = await client.getRepositoryEndpoint({
      domain: DOMAIN,
      repository: 'packages',
      format: 'npm',
    });
    expect(repositoryEndpoint).toBe(
      `${aws.endpoint}/_headgate/codeartifact/${ACCOUNT}/${REGION}/${DOMAIN}/npm/packages/`,
    );
  });
});

describe('generic packages', () => {
  test('an asset comes back as it was, with its four hashes', async () => {
    const content = 'what was built\n'.repeat(1000);
    const published = await publishGeneric(client, { repository: 'packages', version: '1.0.0', content });
    const hash = (algorithm: string) => createHash(algorithm).update(content).digest('hex');
    expect(published).toMatchObject({
      status: 'Published',
      asset: {
        name: 'file.txt',
        size: content.length,
        hashes: { MD5: hash('md5'), 'SHA-1': hash('sha1'), 'SHA-256': sha256(content), 'SHA-512': hash('sha512') },
      },
    });
    const { assets, versionRevision } = await client.listPackageVersionAssets({
      ...inPackages,
      packageVersion: '1.0.0',
    });
    expect(assets).toEqual([published.asset]);
    expect(versionRevision).toBe(published.versionRevision);
    const got = await client.getPackageVersionAsset({ ...inPackages, packageVersion: '1.0.0', asset: 'file.txt' });
    expect(await got.asset!.transformToString()).toBe(content);
    expect(got).toMatchObject({ assetName: 'file.txt', packageVersion: '1.0.0' });
    const described = await client.describePackageVersion({ ...inPackages, packageVersion: '1.0.0' });
    expect(described.packageVersion).toMatchObject({
      displayName: 'build/tool',
      status: 'Published',
      origin: { originType: 'INTERNAL', domainEntryPoint: { repositoryName: 'packages' } },
    });
    expect((await client.describeDomain({ domain: DOMAIN })).domain?.assetSizeBytes).toBe(content.length);
  });

  test('a version takes assets until it is finished; the same bytes once more are no change', async () => {
    const add = (assetName: string, content: string, unfinished: boolean) =>
      publishGeneric(client, { repository: 'packages', version: '1.0.0', assetName, content, unfinished });
    expect((await add('a', 'a', true)).status).toBe('Unfinished');
    expect(
      await errorOf(client.getPackageVersionAsset({ ...inPackages, packageVersion: '1.0.0', asset: 'a' })),
    ).toMatchObject({ status: 404, resourceType: 'asset' });
    const { status, versionRevision } = await add('b', 'b', false);
    expect(status).toBe('Published');
    expect((await add('a', 'a', true)).versionRevision).toBe(versionRevision);
    expect(
      (await client.describePackageVersion({ ...inPackages, packageVersion: '1.0.0' })).packageVersion?.status,
    ).toBe('Published');
    expect(await errorOf(add('a', 'other', true))).toMatchObject({
      name: 'ConflictException',
      status: 409,
      resourceType: 'asset',
      resourceId: 'a',
    });
    expect(await errorOf(add('c', 'c', false))).toMatchObject({
      name: 'ConflictException',
      resourceType: 'package-version',
    });
  });

  test('of two that publish an asset at the same time with different bytes, one is refused', async () => {
    const both = await Promise.allSettled(
      ['one', 'two'].map((content) => publishGeneric(client, { repository: 'packages', version: '1.0.0', content })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { assets } = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
    const winner = both[0]?.status === 'fulfilled' ? 'one' : 'two';
    expect(assets?.[0]?.hashes?.['SHA-256']).toBe(sha256(winner));
  });

  test('an upload that is cut off leaves nothing', async () => {
    const query = 'domain=team&repository=packages&format=generic&package=tool&version=1&asset=a';
    const scope = `${ACCOUNT}/20261122/${REGION}/codeartifact/aws4_request`;
    const cut = request(`${aws.endpoint}/v1/package/version/publish?${query}`, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        'x-amz-content-sha256': sha256('whole'),
        'content-length': 5,
      },
    });
    const ended = once(cut, 'error');
    await new Promise<void>((sent) => cut.write('who', () => sent()));
    cut.destroy(new Error('cut off'));
    await ended;
    expect((await client.listPackages({ domain: DOMAIN, repository: 'packages' })).packages).toEqual([]);
  });

  test('bytes with another hash than the request says, and other formats, are refused', async () => {
    const wrong = client.publishPackageVersion({
      ...inPackages,
      packageVersion: '1',
      assetName: 'a',
      assetContent: Buffer.from('a'),
      assetSHA256: sha256('b'),
    });
    expect(await errorOf(wrong)).toMatchObject({ name: 'ValidationException' });
    expect(await errorOf(client.describePackage(inPackages))).toMatchObject({ status: 404, resourceType: 'package' });
    const python = client.publishPackageVersion({
      domain: DOMAIN,
      repository: 'packages',
      format: 'pypi',
      package: 'tool',
      packageVersion: '1',
      assetName: 'a',
      assetContent: Buffer.from('a'),
      assetSHA256: sha256('a'),
    });
    expect(await errorOf(python)).toMatchObject({ name: 'ValidationException' });
  });
});

describe('versions', () => {
  const versions = ['1.0.0', '1.1.0', '2.0.0'];
  const named = { ...inPackages, versions };
  beforeEach(async () => {
    for (const version of versions) await publishGeneric(client, { repository: 'packages', version });
  });
  const statuses = async () => {
    const { versions: listed } = await client.listPackageVersions(inPackages);
    return Object.fromEntries(listed!.map(({ version, status }) => [version, status]));
  };

  test('are listed, newest first when that is asked, with the newest as the one to show', async () => {
    const answer = await client.listPackageVersions({ ...inPackages, sortBy: 'PUBLISHED_TIME', maxResults: 2 });
    expect(answer.versions?.map(({ version }) => version)).toEqual(['2.0.0', '1.1.0']);
    expect(answer.defaultDisplayVersion).toBe('2.0.0');
    const rest = await client.listPackageVersions({
      ...inPackages,
      sortBy: 'PUBLISHED_TIME',
      maxResults: 2,
      nextToken: answer.nextToken,
    });
    expect(rest.versions?.map(({ version }) => version)).toEqual(['1.0.0']);
    expect(rest.nextToken).toBeUndefined();
  });

  test('change their status, but never back to unfinished', async () => {
    const change = async (targetStatus: 'Unlisted' | 'Archived' | 'Published' | 'Unfinished', more = {}) =>
      await client.updatePackageVersionsStatus({ ...named, versions: ['1.0.0'], targetStatus, ...more });
    await change('Unlisted');
    expect(await statuses()).toEqual({ '1.0.0': 'Unlisted', '1.1.0': 'Published', '2.0.0': 'Published' });
    const unlisted = await client.getPackageVersionAsset({ ...inPackages, packageVersion: '1.0.0', asset: 'file.txt' });
    expect(await unlisted.asset!.transformToString()).toBe('content');
    await change('Archived');
    expect(
      await errorOf(client.getPackageVersionAsset({ ...inPackages, packageVersion: '1.0.0', asset: 'file.txt' })),
    ).toMatchObject({ status: 404 });
    expect(await errorOf(publishGeneric(client, { repository: 'packages', version: '1.0.0' }))).toMatchObject({
      status: 409,
    });
    expect((await change('Published', { expectedStatus: 'Unlisted' })).failedVersions).toMatchObject({
      '1.0.0': { errorCode: 'MISMATCHED_STATUS' },
    });
    expect((await change('Published', { expectedStatus: 'Archived' })).failedVersions).toEqual({});
    expect(await errorOf(change('Unfinished'))).toMatchObject({ name: 'ValidationException' });
  });

  test('one that is disposed of has no assets any more, cannot come back, and can be deleted', async () => {
    const one = { ...inPackages, versions: ['1.0.0', '9.9.9'] };
    const disposed = await client.disposePackageVersions(one);
    expect(disposed.successfulVersions).toMatchObject({ '1.0.0': { status: 'Disposed' } });
    expect(disposed.failedVersions).toMatchObject({ '9.9.9': { errorCode: 'NOT_FOUND' } });
    const { assets } = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
    expect(assets).toEqual([]);
    const back = await client.updatePackageVersionsStatus({ ...one, targetStatus: 'Published' });
    expect(back.failedVersions).toMatchObject({ '1.0.0': { errorCode: 'NOT_ALLOWED' } });
    const again = () => publishGeneric(client, { repository: 'packages', version: '1.0.0', content: 'new' });
    expect(await errorOf(again())).toMatchObject({ name: 'ConflictException' });
    const deleted = await client.deletePackageVersions({ ...inPackages, versions: ['1.0.0'] });
    expect(deleted.successfulVersions).toMatchObject({ '1.0.0': { status: 'Deleted' } });
    expect(Object.keys(await statuses())).toEqual(['1.1.0', '2.0.0']);
    expect((await again()).status).toBe('Published');
  });

  test('are copied within the domain, all or none of them', async () => {
    const copy = async (more: object) =>
      await client.copyPackageVersions({
        ...generic,
        sourceRepository: 'packages',
        destinationRepository: 'shared',
        ...more,
      });
    const partly = await copy({ versions: ['1.0.0', '9.9.9'] });
    expect(partly.failedVersions).toMatchObject({
      '1.0.0': { errorCode: 'SKIPPED' },
      '9.9.9': { errorCode: 'NOT_FOUND' },
    });
    expect((await copy({ versions })).failedVersions).toEqual({});
    const { asset } = await client.getPackageVersionAsset({
      ...generic,
      repository: 'shared',
      packageVersion: '1.1.0',
      asset: 'file.txt',
    });
    expect(await asset!.transformToString()).toBe('content');
    await client.deletePackageVersions({ ...generic, repository: 'shared', versions: ['2.0.0'] });
    await publishGeneric(client, { repository: 'shared', version: '2.0.0', content: 'another' });
    expect((await copy({ versions: ['2.0.0'] })).failedVersions).toMatchObject({
      '2.0.0': { errorCode: 'ALREADY_EXISTS' },
    });
    expect((await copy({ versions: ['2.0.0'], allowOverwrite: true })).failedVersions).toEqual({});
    const wrongRevision = await copy({ versionRevisions: { '1.0.0': 'AAAA' } });
    expect(wrongRevision.failedVersions).toMatchObject({ '1.0.0': { errorCode: 'MISMATCHED_REVISION' } });
    expect(await errorOf(copy({ versions, versionRevisions: {} }))).toMatchObject({ name: 'ValidationException' });
  });
});

test('origin controls can block publishing, also before there is a version', async () => {
  const restrictions = { publish: 'BLOCK', upstream: 'ALLOW' } as const;
  await client.putPackageOriginConfiguration({ ...inPackages, restrictions });
  expect(await errorOf(publishGeneric(client, { repository: 'packages', version: '1' }))).toMatchObject({
    name: 'AccessDeniedException',
    status: 403,
  });
  const { package: described } = await client.describePackage(inPackages);
  expect(described?.originConfiguration?.restrictions).toEqual(restrictions);
  await client.putPackageOriginConfiguration({ ...inPackages, restrictions: { publish: 'ALLOW', upstream: 'BLOCK' } });
  expect((await publishGeneric(client, { repository: 'packages', version: '1' })).status).toBe('Published');
  const blocked = await client.listPackages({ domain: DOMAIN, repository: 'packages', publish: 'BLOCK' });
  expect(blocked.packages).toEqual([]);
  const { packages } = await client.listPackages({ domain: DOMAIN, repository: 'packages', format: 'generic' });
  expect(packages).toMatchObject([{ format: 'generic', namespace: 'build', package: 'tool' }]);
});

test('what is above the first upstream repository comes before the second one', async () => {
  const first = { domain: DOMAIN, repository: 'first', upstreams: [{ repositoryName: 'shared' }] };
  await client.createRepository(first);
  await client.createRepository({ domain: DOMAIN, repository: 'second' });
  const upstreams = [{ repositoryName: 'first' }, { repositoryName: 'second' }];
  await client.updateRepository({ domain: DOMAIN, repository: 'packages', upstreams });
  for (const repository of ['second', 'shared']) {
    const { endpoint, token } = await loginTo(client, repository, 'maven');
    const put = (file: string, body: string) =>
      fetch(`${endpoint}org/tool/${file}`, { method: 'PUT', headers: { authorization: `Bearer ${token}` }, body });
    await put('1.0/tool-1.0.jar', repository);
    await put('maven-metadata.xml', '<versions><version>1.0</version></versions>');
  }
  const { endpoint, token } = await loginTo(client, 'packages', 'maven');
  const headers = { authorization: `Bearer ${token}` };
  expect(await (await fetch(`${endpoint}org/tool/1.0/tool-1.0.jar`, { headers })).text()).toBe('shared');
  const listed = async (repository: string) =>
    (await client.listPackages({ domain: DOMAIN, repository, format: 'maven' })).packages?.length;
  expect([await listed('packages'), await listed('first')]).toEqual([1, 0]);
});

describe('as a service of the local AWS', () => {
  test('calls are recorded with action, account, Region and resource', async () => {
    await publishGeneric(client, { repository: 'packages', version: '1.0.0' });
    await client.getAuthorizationToken({ domain: DOMAIN });
    const calls = aws.calls().filter(({ service }) => service === 'codeartifact');
    expect(calls.find(({ operation }) => operation === 'PublishPackageVersion')).toMatchObject({
      iamAction: 'codeartifact:PublishPackageVersion',
      account: ACCOUNT,
      region: REGION,
      status: 200,
      resource: 'team/packages/generic/build/tool/1.0.0/file.txt',
    });
    expect(calls.find(({ operation }) => operation === 'GetAuthorizationToken')?.alsoNeeds).toEqual([
      'sts:GetServiceBearerToken',
    ]);
  });

  test('what it does not have is 501 with the name of the operation', async () => {
    expect(await errorOf(client.listPackageVersionDependencies({ ...inPackages, packageVersion: '1' }))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
      message: expect.stringContaining('ListPackageVersionDependencies'),
    });
    const { endpoint, token } = await loginTo(client, 'packages', 'swift');
    const answer = await fetch(endpoint, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(501);
  });

  test('faults strike it, by operation and Region', async () => {
    aws.setFaults({
      rules: [
        { fault: 'throttle', service: 'codeartifact', operation: 'ListPackages', times: 1 },
        { fault: 'reset-after', service: 'codeartifact', operation: 'PublishPackageVersion', times: 1 },
        { fault: 'unreachable', service: 'codeartifact', region: 'us-west-2' },
      ],
    });
    expect(await errorOf(client.listPackages({ domain: DOMAIN, repository: 'packages' }))).toMatchObject({
      name: 'ThrottlingException',
      status: 429,
    });
    await expect(publishGeneric(client, { repository: 'packages', version: '1.0.0' })).rejects.toThrow(
      /ECONNRESET|socket hang up/,
    );
    const { packageVersion } = await client.describePackageVersion({ ...inPackages, packageVersion: '1.0.0' });
    expect(packageVersion?.status).toBe('Published');
    const west = codeArtifactOf(aws, ACCOUNT, 'us-west-2');
    await expect(west.listDomains({})).rejects.toThrow(/ECONNRESET|socket hang up/);
    west.destroy();
  });

  test('a reset forgets domains and logins', async () => {
    const { endpoint, token } = await loginTo(client, 'packages', 'pypi');
    await aws.reset();
    expect(await errorOf(client.describeDomain({ domain: DOMAIN }))).toMatchObject({ status: 404 });
    await makeRepositories(client, 'packages');
    const answer = await fetch(`${endpoint}simple/`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
  });
});
