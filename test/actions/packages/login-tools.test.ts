import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { requires } from '../../support/requires.ts';
import { PARENT, publishSamples } from './login-packages.ts';
import { type LoginWorkplace, openLoginWorkplace, PRIMARY, REPLICAS } from './login-workplace.ts';

// The files that a login writes, read by the package managers themselves.

const python = requires('python3', 'pip downloads with the login');
const npm = requires('npm', 'it installs with the login');
const mvn = requires('mvn', 'it resolves with the login');
const cargo = requires('cargo', 'it fetches with the login');

let work: LoginWorkplace;

beforeAll(async () => {
  work = await openLoginWorkplace();
  for (const client of work.clients.values()) await publishSamples(client, work.root);
}, 300_000);
afterAll(async () => {
  await work?.stop();
});
beforeEach(() => work.fresh());
afterEach(() => work.aws.clearFaults());

const replicas = REPLICAS.join('\n');
const [SECOND, THIRD] = REPLICAS;
const down = (region: string) => ({ fault: 'unreachable', service: 'codeartifact', region }) as const;
const slow = (region: string) =>
  ({ fault: 'latency', service: 'codeartifact', operation: 'ReadFromRepository', region, milliseconds: 300 }) as const;

/** Logs in while one replica is the nearest, so that no order is by chance. */
async function logIn(inputs: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  work.aws.setFaults({ rules: [slow(PRIMARY), slow(THIRD)] });
  const { code, outputs, everything } = await work.run({ replicas, ...inputs });
  if (code !== 0) throw new Error(everything);
  expect(outputs.region).toBe(SECOND);
  work.aws.clearFaults();
  return outputs;
}

/** The Regions from which files with this ending came. */
function servedFrom(since: number, ending: string): string[] {
  return work.aws
    .calls(since)
    .filter(({ status, resource = '' }) => status === 200 && resource.endsWith(ending))
    .map(({ region }) => region);
}

describe('pip', () => {
  const download = (to: string, environment: Readonly<Record<string, string>> = {}) =>
    work.tool(
      python.path,
      [
        '-m',
        'pip',
        'download',
        '--no-deps',
        '--no-cache-dir',
        '--retries',
        '0',
        '--dest',
        work.home(to),
        'sample-tool',
      ],
      { PIP_DISABLE_PIP_VERSION_CHECK: '1', ...environment },
    );

  python.test('downloads from the nearest Region, and from another one when that fails', async () => {
    await logIn({ tools: 'pip' });
    const since = work.lastCall();
    await download('first');
    expect(servedFrom(since, '.whl')).toEqual([SECOND]);
    work.aws.setFaults({ rules: [down(SECOND)] });
    const later = work.lastCall();
    await download('second');
    expect(servedFrom(later, '.whl')).toHaveLength(1);
    expect(readdirSync(work.home('second'))).toEqual(['sample_tool-1.0.0-py3-none-any.whl']);
  });

  python.test('is led to another folder by its variable', async () => {
    const { files = '' } = await logIn({ tools: 'pip', directory: 'ci', fallback: 'false' });
    expect(files).toBe(work.workspace('ci', '.config', 'pip', 'pip.conf'));
    expect(work.read(files)).not.toContain('extra-index-url');
    await expect(download('none')).rejects.toThrow('No matching distribution');
    const since = work.lastCall();
    await download('some', { PIP_CONFIG_FILE: files });
    expect(work.readRegions(since)).toEqual([SECOND]);
  });
});

describe('npm', () => {
  const options = (): Readonly<Record<string, string>> => ({
    npm_config_cache: work.home('cache'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
  });

  npm.test('installs from the nearest Region, and what a lock file names from another one', async () => {
    await logIn({ tools: 'npm' });
    work.write(work.workspace('package.json'), '{"name":"user","version":"1.0.0"}');
    const since = work.lastCall();
    await work.tool(npm.path, ['install', 'sample-tool'], options());
    expect(work.readRegions(since)).toEqual([SECOND]);
    const lock = readFileSync(work.workspace('package-lock.json'), 'utf8');
    work.write(work.workspace('package-lock.json'), lock.replaceAll(`/${SECOND}/`, `/${THIRD}/`));
    const later = work.lastCall();
    await work.tool(npm.path, ['ci', '--prefer-online'], { ...options(), npm_config_cache: work.home('other-cache') });
    expect(work.readRegions(later)).toEqual([THIRD]);
  });

  npm.test('takes only a scope from the repository where one is given', async () => {
    await logIn({ tools: 'npm', 'npm-scope': '@acme\n@other' });
    const get = async (key: string) => (await work.tool(npm.path, ['config', 'get', key], options())).trim();
    expect(await get('@acme:registry')).toContain(`/${SECOND}/team/npm/packages/`);
    expect(await get('@other:registry')).toContain(`/${SECOND}/team/npm/packages/`);
    expect(await get('registry')).not.toContain('team/npm');
  });

  npm.test('goes by the login whatever the settings of the user say before it', async () => {
    const before = '; mine\nregistry=https://registry.example.com/\n[section]\nkey = value';
    work.write(work.home('.npmrc'), before);
    await logIn({ tools: 'npm' });
    expect(await work.tool(npm.path, ['ping'], options())).toContain('PONG');
    await work.run({ tools: 'npm', remove: 'true' });
    expect(work.read(work.home('.npmrc'))).toBe(before);
  });
});

describe('Maven', () => {
  const DEBIAN_REPOSITORY = '/usr/share/maven-repo';
  let runs = 0;

  /** Resolves a parent from the repository, with a cache that has nothing of ours. */
  const validate = (settings: string) => {
    const local = work.home(`m2-${++runs}`);
    if (existsSync(DEBIAN_REPOSITORY)) cpSync(DEBIAN_REPOSITORY, local, { recursive: true, dereference: true });
    const child = `<project><modelVersion>4.0.0</modelVersion><parent>${PARENT}<relativePath/></parent><artifactId>user</artifactId><packaging>pom</packaging></project>`;
    work.write(work.workspace('pom.xml'), child);
    return work.tool(mvn.path, ['--batch-mode', '--settings', settings, `-Dmaven.repo.local=${local}`, 'validate']);
  };

  mvn.test(
    'resolves from the nearest Region, and from the next one when that fails',
    async () => {
      const { files = '' } = await logIn({ tools: 'maven', directory: 'ci' });
      expect(files).toBe(work.workspace('ci', '.m2', 'settings.xml'));
      const since = work.lastCall();
      expect(await validate(files)).toContain('BUILD SUCCESS');
      expect(servedFrom(since, 'sample-tool-1.0.0.pom')).toEqual([SECOND]);
      work.aws.setFaults({ rules: [down(SECOND)] });
      const later = work.lastCall();
      expect(await validate(files)).toContain('BUILD SUCCESS');
      expect(servedFrom(later, 'sample-tool-1.0.0.pom')).not.toContain(SECOND);
    },
    60_000,
  );
});

describe('cargo', () => {
  cargo.test('fetches with the login from the nearest Region', async () => {
    const { files } = await logIn({ tools: 'cargo', 'cargo-registry': 'team' });
    expect(files).toBe(`${work.home('.cargo', 'credentials.toml')}:${work.home('.cargo', 'config.toml')}`);
    mkdirSync(work.workspace('src'));
    work.write(work.workspace('src', 'lib.rs'), '');
    work.write(
      work.workspace('Cargo.toml'),
      '[package]\nname = "user"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nsample-tool = { version = "1", registry = "team" }\n',
    );
    const since = work.lastCall();
    await work.tool(cargo.path, ['fetch'], { CARGO_NET_RETRY: '0' });
    expect(work.readRegions(since)).toEqual([SECOND]);
    expect(work.read(work.workspace('Cargo.lock'))).toContain('name = "sample-tool"');
  });
});
