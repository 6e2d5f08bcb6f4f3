import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { DOMAIN, loginTo } from '../../local-aws/codeartifact-client.ts';
import { writeNpmPackage } from '../../local-aws/sample-packages.ts';
import { requires } from '../../support/requires.ts';
import { openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPOSITORY } from './workplace.ts';

// npm packages, packed and installed by npm, and generic packages, read by the AWS CLI.

const npm = requires('npm', 'it packs and installs packages');
const cli = requires('aws', 'it downloads generic packages');

let place: PublishWorkplace;
let folder: string;

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  await place.reset();
  folder = mkdtempSync(path.join(place.root, 'dist-'));
});

/** Runs npm with a repository of one Region as its registry. */
async function run(region: string, directory: string, words: readonly string[], repository = REPOSITORY) {
  const { endpoint, token } = await loginTo(place.client(region), repository, 'npm');
  const home = mkdtempSync(path.join(place.root, 'home-'));
  const login = `${endpoint.replace('http:', '')}:_authToken=${token}`;
  writeFileSync(
    path.join(home, '.npmrc'),
    `registry=${endpoint}\n${login}\naudit=false\nfund=false\nfetch-retries=0\n`,
  );
  const env = { PATH: process.env.PATH, HOME: home, npm_config_cache: path.join(home, 'cache') };
  return (await promisify(execFile)(npm.path, [...words], { cwd: directory, env })).stdout.trim();
}

async function pack(version: string): Promise<string> {
  const source = await writeNpmPackage(place.root, { name: '@team/tool', version });
  const file = await run(PRIMARY, source, ['pack', '--silent']);
  const dist = path.join(folder, version);
  mkdirSync(dist);
  renameSync(path.join(source, file), path.join(dist, file));
  return dist;
}

/** Installs with npm from one Region and gives what the package exports. */
async function install(region: string, what: string): Promise<string> {
  const project = mkdtempSync(path.join(place.root, 'project-'));
  writeFileSync(path.join(project, 'package.json'), '{"name":"user","version":"1.0.0"}');
  await run(region, project, ['install', what]);
  return /"(.*)"/.exec(readFileSync(path.join(project, 'node_modules/@team/tool/index.js'), 'utf8'))?.[1] ?? '';
}

npm.test(
  'npm installs one version after the other from each Region, by version and by dist-tag',
  async () => {
    expect(await place.publish({ files: await pack('1.0.0') })).toMatchObject({ exitCode: 0 });
    expect(await place.publish({ files: await pack('2.0.0-rc.1'), 'npm-tag': 'next' })).toMatchObject({ exitCode: 0 });
    for (const region of REGIONS) {
      expect(await install(region, '@team/tool')).toBe('1.0.0');
      expect(await install(region, '@team/tool@next')).toBe('2.0.0-rc.1');
    }
    expect(await place.publish({ files: await pack('1.1.0') })).toMatchObject({ exitCode: 0 });
    const installed = await Promise.all(REGIONS.map((region) => install(region, '@team/tool')));
    expect(installed).toEqual(['1.1.0', '1.1.0', '1.1.0']);
    expect(JSON.parse(await run(PRIMARY, place.root, ['view', '@team/tool', 'dist-tags', '--json']))).toEqual({
      latest: '1.1.0',
      next: '2.0.0-rc.1',
    });
  },
  120_000,
);

npm.test(
  'a repository knows the same of it as after npm publish',
  async () => {
    await place.client(PRIMARY).createRepository({ domain: DOMAIN, repository: 'by-npm' });
    const dist = await pack('1.0.0');
    await run(PRIMARY, dist, ['publish', './team-tool-1.0.0.tgz'], 'by-npm');
    await place.publish({ files: dist });
    const known = async (repository: string) => {
      const client = place.client(PRIMARY);
      const npmPackage = { format: 'npm', namespace: 'team', package: 'tool', packageVersion: '1.0.0' } as const;
      const asked = { domain: DOMAIN, repository, ...npmPackage };
      const { packageVersion } = await client.describePackageVersion(asked);
      const { publishedTime, revision, origin, ...version } = packageVersion!;
      const { assets } = await client.listPackageVersionAssets(asked);
      const { readme } = await client.getPackageVersionReadme(asked);
      const { endpoint, token } = await loginTo(client, repository, 'npm');
      const headers = { authorization: `Bearer ${token}` };
      const packument = JSON.parse(await (await fetch(`${endpoint}@team%2ftool`, { headers })).text());
      delete packument.time;
      const manifest = packument.versions['1.0.0'];
      for (const own of Object.keys(manifest)) if (own.startsWith('_') && own !== '_id') delete manifest[own];
      // npm adds what it draws from other members.
      for (const drawn of ['gitHead', 'readmeFilename']) delete manifest[drawn];
      return {
        version,
        assets,
        readme,
        packument: JSON.parse(JSON.stringify(packument).replaceAll(`/${repository}/`, '/…/')),
      };
    };
    expect(await known(REPOSITORY)).toEqual(await known('by-npm'));
  },
  60_000,
);

cli.test(
  'the AWS CLI reads a generic package from each Region',
  async () => {
    const content = Buffer.alloc(300_000, 'some bytes');
    const dist = path.join(folder, 'files');
    mkdirSync(path.join(dist, 'linux'), { recursive: true });
    writeFileSync(path.join(dist, 'linux', 'tool'), content);
    writeFileSync(path.join(dist, 'SHA256SUMS'), 'sums');
    for (const version of ['1.0.0', '1.1.0']) {
      const generic = { 'generic-namespace': 'acme', 'generic-package': 'tool', 'generic-version': version };
      const ran = await place.publish({ files: dist, ...generic });
      expect(ran).toMatchObject({ exitCode: 0, outputs: { published: '6' } });
    }
    const names = Object.keys((await place.held(PRIMARY))['generic:acme/tool 1.1.0']?.assets ?? {});
    const name = names.find((each) => each.endsWith('tool')) ?? '';
    for (const region of REGIONS) {
      const file = path.join(folder, region);
      const asked = ['--domain', DOMAIN, '--repository', REPOSITORY, '--format', 'generic', '--namespace', 'acme'];
      const words = [
        'codeartifact',
        'get-package-version-asset',
        '--region',
        region,
        ...asked,
        '--package',
        'tool',
        '--asset',
        name,
      ];
      const env = { ...process.env, HOME: place.root };
      await promisify(execFile)(cli.path, [...words, '--package-version', '1.1.0', file], { env });
      expect(readFileSync(file).equals(content)).toBe(true);
    }
  },
  60_000,
);
