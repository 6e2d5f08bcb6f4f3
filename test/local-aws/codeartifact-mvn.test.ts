import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import { codeArtifactOf, DOMAIN, loginTo, makeRepositories } from './codeartifact-client.ts';

// The Maven repositories of the local CodeArtifact, met by Maven itself. What Debian has of Maven's own plugins serves a
// machine without Maven Central (libmaven-deploy-plugin-java).

const mvn = requires('mvn', 'it deploys and resolves artefacts');
const DEBIAN_REPOSITORY = '/usr/share/maven-repo';

let aws: LocalAws;
let client: Codeartifact;
let root: string;

beforeAll(async () => {
  aws = await startLocalAws();
  client = codeArtifactOf(aws);
  root = mkdtempSync(path.join(tmpdir(), 'headgate-codeartifact-mvn-'));
}, 300_000);
afterAll(async () => {
  client?.destroy();
  await aws?.stop();
  if (root) rmSync(root, { recursive: true, force: true });
});
beforeEach(async () => {
  await aws.reset();
  await makeRepositories(client, 'packages');
});

/** Runs Maven with a local repository that has nothing of ours. */
async function run(folder: string, ...words: string[]): Promise<string> {
  const { endpoint, token } = await loginTo(client, 'packages', 'maven');
  const server = `<server><id>team</id><username>aws</username><password>${token}</password></server>`;
  const repository = `<repository><id>team</id><url>${endpoint}</url></repository>`;
  const profile = `<profile><id>team</id><repositories>${repository}</repositories></profile>`;
  const settings = path.join(folder, 'settings.xml');
  const active = '<activeProfiles><activeProfile>team</activeProfile></activeProfiles>';
  await writeFile(
    settings,
    `<settings><servers>${server}</servers><profiles>${profile}</profiles>${active}</settings>`,
  );
  const local = path.join(folder, 'local');
  if (existsSync(DEBIAN_REPOSITORY)) await cp(DEBIAN_REPOSITORY, local, { recursive: true, dereference: true });
  const common = ['--batch-mode', '--settings', settings, `-Dmaven.repo.local=${local}`];
  const { stdout } = await promisify(execFile)(mvn.path, [...common, ...words], { cwd: folder });
  return stdout;
}

const coordinates = '<groupId>org.example.team</groupId><artifactId>tool</artifactId><version>1.0.0</version>';

mvn.test(
  'an artefact goes in, and comes out as the parent of another',
  async () => {
    const published = path.join(root, 'published');
    await mkdir(published);
    const pom = `<project><modelVersion>4.0.0</modelVersion>${coordinates}<packaging>pom</packaging></project>`;
    await writeFile(path.join(published, 'tool.pom'), pom);
    const { endpoint } = await loginTo(client, 'packages', 'maven');
    await run(
      published,
      'org.apache.maven.plugins:maven-deploy-plugin:3.0.0:deploy-file',
      '-Dfile=tool.pom',
      '-DpomFile=tool.pom',
      '-DrepositoryId=team',
      `-Durl=${endpoint}`,
    );
    const { packageVersion } = await client.describePackageVersion({
      domain: DOMAIN,
      repository: 'packages',
      format: 'maven',
      namespace: 'org.example.team',
      package: 'tool',
      packageVersion: '1.0.0',
    });
    expect(packageVersion).toMatchObject({ status: 'Published', displayName: 'org.example.team:tool' });

    const user = path.join(root, 'user');
    await mkdir(user);
    const parent = `<parent>${coordinates}<relativePath/></parent>`;
    const child = `<project><modelVersion>4.0.0</modelVersion>${parent}<artifactId>user</artifactId><packaging>pom</packaging></project>`;
    await writeFile(path.join(user, 'pom.xml'), child);
    expect(await run(user, 'validate')).toContain('BUILD SUCCESS');
    const read = aws.calls().filter(({ operation, status }) => operation === 'ReadFromRepository' && status === 200);
    expect(read.map(({ resource }) => resource?.split('/').at(-1))).toContain('tool-1.0.0.pom');
  },
  120_000,
);
