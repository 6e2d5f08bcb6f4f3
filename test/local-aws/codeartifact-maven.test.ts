import { createHash } from 'node:crypto';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { blockPublishing, codeArtifactOf, DOMAIN, loginTo, makeRepositories } from './codeartifact-client.ts';

// The Maven repositories of the local CodeArtifact, met by the requests that `mvn deploy` makes, in their order.

let aws: LocalAws;
let client: Codeartifact;
let endpoint: string;
let token: string;

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
  await makeRepositories(client, 'packages');
  ({ endpoint, token } = await loginTo(client, 'packages', 'maven'));
});

const inPackages = {
  domain: DOMAIN,
  repository: 'packages',
  format: 'maven',
  namespace: 'org.example.team',
  package: 'tool',
} as const;
const folder = 'org/example/team/tool';
const sha1 = (content: string) => createHash('sha1').update(content).digest('hex');

async function ask(method: string, path: string, body?: string) {
  const headers = { authorization: `Basic ${btoa(`aws:${token}`)}` };
  const answer = await fetch(`${endpoint}${folder}/${path}`, { method, headers, ...(body !== undefined && { body }) });
  return { status: answer.status, body: await answer.text() };
}

async function put(path: string, content: string) {
  return [(await ask('PUT', path, content)).status, (await ask('PUT', `${path}.sha1`, sha1(content))).status];
}

const metadata = (...versions: string[]) =>
  `<metadata><versioning><versions>${versions.map((each) => `<version>${each}</version>`)}</versions></versioning></metadata>`;

async function deploy(version: string, content = `jar of ${version}`) {
  await put(`${version}/tool-${version}.jar`, content);
  await put(`${version}/tool-${version}.pom`, '<project/>');
  await put('maven-metadata.xml', metadata(version));
}

test('a version is unfinished until the metadata names it', async () => {
  expect((await ask('GET', 'maven-metadata.xml')).status).toBe(404);
  expect(await put('1.0.0/tool-1.0.0.jar', 'jar')).toEqual([200, 200]);
  expect(await put('1.0.0/tool-1.0.0.pom', '<project/>')).toEqual([200, 200]);
  const status = async () =>
    (await client.describePackageVersion({ ...inPackages, packageVersion: '1.0.0' })).packageVersion?.status;
  expect(await status()).toBe('Unfinished');
  expect((await ask('GET', '1.0.0/tool-1.0.0.jar')).status).toBe(404);
  expect((await ask('PUT', 'maven-metadata.xml', metadata('1.0.0'))).status).toBe(200);
  expect(await status()).toBe('Published');
  expect(await ask('GET', '1.0.0/tool-1.0.0.jar')).toEqual({ status: 200, body: 'jar' });
  expect(await ask('GET', '1.0.0/tool-1.0.0.jar.sha1')).toEqual({ status: 200, body: sha1('jar') });
  expect((await ask('HEAD', '1.0.0/tool-1.0.0.jar')).status).toBe(200);
});

test('the metadata names what is published, with a checksum that is right', async () => {
  await deploy('1.0.0');
  await deploy('1.1.0');
  const { body } = await ask('GET', 'maven-metadata.xml');
  expect(body).toContain('<groupId>org.example.team</groupId>');
  expect(body).toContain('<release>1.1.0</release>');
  expect([...body.matchAll(/<version>(.*)<\/version>/g)].map(([, version]) => version)).toEqual(['1.0.0', '1.1.0']);
  expect((await ask('GET', 'maven-metadata.xml.sha1')).body).toBe(sha1(body));
  await client.updatePackageVersionsStatus({ ...inPackages, versions: ['1.1.0'], targetStatus: 'Unlisted' });
  expect((await ask('GET', 'maven-metadata.xml')).body).not.toContain('1.1.0');
  expect((await ask('GET', '1.1.0/tool-1.1.0.jar')).status).toBe(200);
});

test('other bytes are a conflict, the same ones and further files are not', async () => {
  await deploy('1.0.0', 'jar');
  expect((await ask('PUT', '1.0.0/tool-1.0.0.jar', 'other')).status).toBe(409);
  expect((await ask('PUT', '1.0.0/tool-1.0.0.jar', 'jar')).status).toBe(200);
  expect((await ask('PUT', '1.0.0/tool-1.0.0-sources.jar', 'sources')).status).toBe(200);
  const { assets } = await client.listPackageVersionAssets({ ...inPackages, packageVersion: '1.0.0' });
  expect(assets?.map(({ name }) => name)).toEqual(['tool-1.0.0-sources.jar', 'tool-1.0.0.jar', 'tool-1.0.0.pom']);
});

test('a checksum that is not that of the file is refused', async () => {
  await ask('PUT', '1.0.0/tool-1.0.0.jar', 'jar');
  const answer = await ask('PUT', '1.0.0/tool-1.0.0.jar.sha1', sha1('another'));
  expect(answer).toMatchObject({ status: 400, body: expect.stringContaining(sha1('jar')) });
  expect((await ask('PUT', '1.0.0/tool-1.0.0.war.sha1', sha1('war'))).status).toBe(404);
});

test('snapshots are not had, and addresses without a group are none', async () => {
  expect((await ask('PUT', '1.0-SNAPSHOT/tool-1.0-20260101.000000-1.jar', 'jar')).status).toBe(501);
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${endpoint}tool/1.0/tool-1.0.jar`, { method: 'PUT', headers, body: 'jar' });
  expect(answer.status).toBe(404);
  expect((await client.listPackages({ domain: DOMAIN, repository: 'packages' })).packages).toEqual([]);
});

test('files and metadata need different permissions', async () => {
  await deploy('1.0.0');
  const actions = aws.calls().filter(({ operation }) => /^P/.test(operation));
  expect(actions.map(({ iamAction, resource }) => [iamAction, resource?.split('/').at(-1)])).toEqual([
    ['codeartifact:PublishPackageVersion', 'tool-1.0.0.jar'],
    ['codeartifact:PublishPackageVersion', 'tool-1.0.0.jar.sha1'],
    ['codeartifact:PublishPackageVersion', 'tool-1.0.0.pom'],
    ['codeartifact:PublishPackageVersion', 'tool-1.0.0.pom.sha1'],
    ['codeartifact:PutPackageMetadata', 'maven-metadata.xml'],
    ['codeartifact:PutPackageMetadata', 'maven-metadata.xml.sha1'],
  ]);
});

test('files of a package whose group blocks publishing are refused', async () => {
  await blockPublishing(client, '/maven/org.example~');
  expect((await ask('PUT', '1.0.0/tool-1.0.0.jar', 'jar')).status).toBe(403);
  const { packages } = await client.listPackages({ domain: DOMAIN, repository: 'packages' });
  expect(packages).toEqual([]);
});
