import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { DOMAIN, loginTo, sha256 } from '../../local-aws/codeartifact-client.ts';
import { writeJar, writePom } from '../../support/packages/maven.ts';
import { requires } from '../../support/requires.ts';
import { dependencyPlugin, GET } from './maven-tools.ts';
import { openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPOSITORY } from './workplace.ts';

// Maven artefacts: deployed by Maven into a folder, published by us, and resolved by Maven from each Region.

const mvn = requires('mvn', 'it deploys and resolves artefacts');

let place: PublishWorkplace;
let plugins: string;
let folder: string;

beforeAll(async () => {
  [place, plugins] = await Promise.all([openPublishWorkplace(), mvn.path === '' ? '' : dependencyPlugin(mvn.path)]);
}, 300_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  await place.reset();
  folder = mkdtempSync(path.join(place.root, 'dist-'));
});

/** Runs Maven with a local repository that has nothing of ours. */
async function run(region: string, words: readonly string[], repository = REPOSITORY) {
  const { endpoint, token } = await loginTo(place.client(region), repository, 'maven');
  const directory = mkdtempSync(path.join(place.root, 'mvn-'));
  const local = path.join(directory, 'local');
  // Hard links: the plugin has many files, and none is changed.
  await promisify(execFile)('cp', ['-al', plugins, local]);
  if (existsSync('/usr/share/maven-repo')) await promisify(execFile)('cp', ['-rLn', '/usr/share/maven-repo/.', local]);
  const server = `<server><id>team</id><username>aws</username><password>${token}</password></server>`;
  const settings = path.join(directory, 'settings.xml');
  writeFileSync(settings, `<settings><servers>${server}</servers></settings>`);
  const common = ['-q', '--batch-mode', '--settings', settings, `-Dmaven.repo.local=${local}`];
  await promisify(execFile)(mvn.path, [...common, ...words.map((word) => word.replace('ENDPOINT', endpoint))], {
    cwd: folder,
  });
  return local;
}

/** Downloads an artefact from one Region and gives the SHA-256 of its file. */
async function get(region: string, artifact: string, file: string): Promise<string> {
  const remote = '-DremoteRepositories=team::::ENDPOINT';
  const local = await run(region, [GET, remote, `-Dartifact=${artifact}`, '-Dtransitive=false']);
  return sha256(readFileSync(path.join(local, 'com/acme/shop', file)));
}

async function write(dist: string, version: string): Promise<void> {
  mkdirSync(dist, { recursive: true });
  await writePom(dist, { version });
  await writeJar(dist, { file: `shop-${version}.jar`, properties: { version }, salt: version });
  await writeJar(dist, { file: `shop-${version}-sources.jar`, properties: null, salt: `${version} sources` });
}

mvn.test(
  'Maven resolves one version after the other from each Region, with and without a classifier',
  async () => {
    for (const version of ['1.0.0', '1.1.0']) {
      await write(path.join(folder, version), version);
      const ran = await place.publish({ files: path.join(folder, version) });
      expect(ran).toMatchObject({ exitCode: 0, outputs: { published: '9' } });
    }
    const local = (name: string) => sha256(readFileSync(path.join(folder, '1.1.0', name)));
    const [jar, sources] = ['shop-1.1.0.jar', 'shop-1.1.0-sources.jar'];
    for (const region of REGIONS) {
      expect(await get(region, 'com.acme:shop:1.1.0', `1.1.0/${jar}`)).toBe(local(jar!));
    }
    // A version that is not named is found through maven-metadata.xml.
    expect(await get(REGIONS[2], 'com.acme:shop:LATEST:jar:sources', `1.1.0/${sources}`)).toBe(local(sources!));
  },
  180_000,
);

mvn.test(
  'a repository knows the same of it as after mvn deploy',
  async () => {
    await place.client(PRIMARY).createRepository({ domain: DOMAIN, repository: 'by-mvn' });
    await write(folder, '1.0.0');
    const deploy = 'org.apache.maven.plugins:maven-deploy-plugin:3.0.0:deploy-file';
    const files = ['-Dfile=shop-1.0.0.jar', '-DpomFile=shop-1.0.0.pom', '-Dsources=shop-1.0.0-sources.jar'];
    await run(PRIMARY, [deploy, ...files, '-DrepositoryId=team', '-Durl=ENDPOINT'], 'by-mvn');
    expect(readdirSync(folder)).toHaveLength(3);
    await place.publish({ files: folder });
    const known = async (repository: string) => {
      const client = place.client(PRIMARY);
      const artifact = { format: 'maven', namespace: 'com.acme', package: 'shop', packageVersion: '1.0.0' } as const;
      const { packageVersion } = await client.describePackageVersion({ domain: DOMAIN, repository, ...artifact });
      const { publishedTime, revision, origin, ...version } = packageVersion!;
      const { assets } = await client.listPackageVersionAssets({ domain: DOMAIN, repository, ...artifact });
      const { endpoint, token } = await loginTo(client, repository, 'maven');
      const headers = { authorization: `Bearer ${token}` };
      const metadata = await (await fetch(`${endpoint}com/acme/shop/maven-metadata.xml`, { headers })).text();
      return { version, assets, metadata: metadata.replace(/<lastUpdated>\d+</, '<lastUpdated>…<') };
    };
    expect(await known(REPOSITORY)).toEqual(await known('by-mvn'));
  },
  120_000,
);
