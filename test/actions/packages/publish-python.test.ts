import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DOMAIN, loginTo, withLogin } from '../../local-aws/codeartifact-client.ts';
import { pythonWithTwine } from '../../local-aws/python-tools.ts';
import { writeSdist, writeWheel } from '../../local-aws/sample-packages.ts';
import { openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPOSITORY } from './workplace.ts';

// Python packages: what pip installs from each Region, and what twine left before.

let place: PublishWorkplace;
let python: string;
let folder: string;

beforeAll(async () => {
  [place, python] = await Promise.all([openPublishWorkplace(), pythonWithTwine()]);
}, 300_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  await place.reset();
  folder = mkdtempSync(path.join(place.root, 'dist-'));
});

const run = async (...words: string[]) => {
  const env = { PATH: process.env.PATH, HOME: place.root, COLUMNS: '400', PIP_CONFIG_FILE: '', PIP_NO_CACHE_DIR: '1' };
  return await promisify(execFile)(python, words, { env });
};

/** Installs with pip from one Region and gives the version that the module says. */
async function install(region: string, requirement: string): Promise<string> {
  const index = withLogin(await loginTo(place.client(region), REPOSITORY, 'pypi'), 'simple/');
  const target = mkdtempSync(path.join(place.root, 'target-'));
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps'];
  await run('-m', 'pip', 'install', ...quiet, '--index-url', index, '--target', target, requirement);
  return /version = "(.*)"/.exec(readFileSync(path.join(target, 'sample_tool.py'), 'utf8'))?.[1] ?? '';
}

async function upload(region: string, repository: string, files: readonly string[], ...more: string[]) {
  const { endpoint, token } = await loginTo(place.client(region), repository, 'pypi');
  const login = ['--repository-url', endpoint, '--username', 'aws', '--password', token];
  return await run('-m', 'twine', 'upload', '--non-interactive', '--disable-progress-bar', ...login, ...more, ...files);
}

const sample = (version: string, text = '') => ({ name: 'Sample.Tool', version, text });

test('pip installs one version after the other from each Region', async () => {
  for (const version of ['1.0.0', '1.1.0']) {
    const dist = path.join(folder, version);
    mkdirSync(dist);
    await writeWheel(dist, sample(version));
    await writeSdist(dist, sample(version));
    expect(await place.publish({ files: dist })).toMatchObject({ exitCode: 0, outputs: { published: '6' } });
    for (const region of REGIONS) expect(await install(region, 'sample-tool')).toBe(version);
  }
  for (const region of REGIONS) expect(await install(region, 'Sample_Tool<1.1')).toBe('1.0.0');
}, 120_000);

test('a repository knows the same of it as after twine', async () => {
  await place.client(PRIMARY).createRepository({ domain: DOMAIN, repository: 'by-twine' });
  const files = [await writeWheel(folder, sample('1.0.0')), await writeSdist(folder, sample('1.0.0'))];
  await upload(PRIMARY, 'by-twine', files);
  await place.publish({ files: folder });
  const known = async (repository: string) => {
    const asked = {
      domain: DOMAIN,
      repository,
      format: 'pypi',
      package: 'sample-tool',
      packageVersion: '1.0.0',
    } as const;
    const client = place.client(PRIMARY);
    const { packageVersion } = await client.describePackageVersion(asked);
    const { publishedTime, revision, origin, ...version } = packageVersion!;
    const { assets } = await client.listPackageVersionAssets(asked);
    const { readme } = await client.getPackageVersionReadme(asked);
    const { endpoint, token } = await loginTo(client, repository, 'pypi');
    const headers = { authorization: `Basic ${Buffer.from(`aws:${token}`).toString('base64')}` };
    const index = await (await fetch(`${endpoint}simple/sample-tool/`, { headers })).text();
    return { version, assets, readme, index: index.replaceAll(`/${repository}/`, '/…/') };
  };
  expect(await known(REPOSITORY)).toEqual(await known('by-twine'));
}, 60_000);

describe("the article's pipeline", () => {
  test('a wheel set that is half uploaded, because twine died after the first file, is completed', async () => {
    const files = [await writeWheel(folder, sample('1.0.0')), await writeSdist(folder, sample('1.0.0'))];
    await upload(PRIMARY, REPOSITORY, files.slice(0, 1));
    expect(Object.values(await place.held(PRIMARY))).toHaveLength(1);
    const since = place.lastCall();
    expect(await place.publish({ files: folder })).toMatchObject({ exitCode: 0, outputs: { published: '5' } });
    // What twine sent is not sent again.
    expect(place.writes(since).filter(({ region }) => region === PRIMARY)).toHaveLength(1);
    const [first, ...others] = await Promise.all(REGIONS.map((region) => place.held(region)));
    expect(Object.keys(Object.values(first!)[0]!.assets)).toHaveLength(2);
    for (const other of others) expect(other).toEqual(first);
  });

  test('twine refuses --skip-existing for CodeArtifact; publishing again needs no such client', async () => {
    const file = await writeWheel(folder, sample('1.0.0'));
    await place.publish({ files: folder });
    const said = await upload(PRIMARY, REPOSITORY, [file], '--skip-existing').catch(
      (error) => error.stdout + error.stderr,
    );
    expect(said).toContain('UnsupportedConfiguration');
    const before = process.env.PATH;
    process.env.PATH = '/nonexistent';
    try {
      expect(await place.publish({ files: folder })).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
    } finally {
      process.env.PATH = before;
    }
  });

  test('other bytes under a published version are no success', async () => {
    await writeWheel(folder, sample('1.0.0'));
    await place.publish({ files: folder });
    await writeWheel(folder, sample('1.0.0', 'another build'));
    const ran = await place.publish({ files: folder });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('has other content');
  });
});
