import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ECR } from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Aws, connectAws } from '../../../../lib/aws/clients.ts';
import type { RegistryLogin } from '../../../../lib/hosts/host.ts';
import { type Credentials, credentialSource } from '../../../../lib/registry/credentials/credentials.ts';
import { type MemoryHost, memoryHost } from '../../../support/memory-host.ts';

let home: string;
let host: MemoryHost;
let now: Date;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'headgate-credentials-'));
  now = new Date('2026-11-22T12:00:00Z');
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
  host?.remove();
});

const ECR_HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const NONE: Credentials = { kind: 'anonymous' };
const basic = (username: string, password: string): Credentials => ({ kind: 'basic', username, password });
const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Circumstances {
  readonly environment?: NodeJS.ProcessEnv;
  readonly logins?: Readonly<Record<string, RegistryLogin>>;
  readonly aws?: Aws;
  readonly signal?: AbortSignal;
}

/** A source in a home of its own, without the files of this machine. */
function source({ environment = {}, logins = {}, aws = noAws, signal }: Circumstances = {}) {
  host = memoryHost({ registryLogins: logins });
  return credentialSource({
    aws,
    host,
    log: host.log,
    clock: { now: () => now, sleep: async () => {} },
    signal: signal ?? new AbortController().signal,
    environment: {
      HOME: home,
      XDG_RUNTIME_DIR: path.join(home, 'run'),
      PATH: `${home}/bin:/usr/bin:/bin`,
      ...environment,
    },
  });
}

/** No client is made of it here. */
const noAws = connectAws({
  region: undefined,
  roleToAssume: undefined,
  allowedAccountIds: [],
  identityToken: async () => undefined,
  userAgent: { version: '0', operation: 'test' },
  environment: {},
});

/** AWS whose ECR gives tokens that last so many minutes, and says which Regions were asked. */
function ecr({ minutes, isLocal = false }: { minutes: number; isLocal?: boolean }) {
  const asked: string[] = [];
  const at = ({ region = '' }: { region?: string }): Aws => ({
    ...noAws.at({ region: 'us-east-1' }),
    region,
    isLocal,
    at,
    ecr: async () =>
      ({
        getAuthorizationToken: async () => {
          asked.push(region);
          const authorizationToken = base64(`AWS:${region}-${asked.length}:x`);
          const expiresAt = new Date(now.getTime() + minutes * 60_000);
          return { authorizationData: [{ authorizationToken, expiresAt }] };
        },
      }) as unknown as ECR,
  });
  return { asked, aws: at({ region: 'us-east-1' }) };
}

function write(file: string, content: unknown): string {
  const full = path.join(home, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, typeof content === 'string' ? content : JSON.stringify(content));
  return full;
}

/** A credential helper: a program on the path. */
function helper(name: string, script: string): void {
  chmodSync(write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`), 0o700);
}

const readBack = (file: string) => readFileSync(path.join(home, file), 'utf8');

function loginTo(...registries: readonly string[]) {
  return { auths: Object.fromEntries(registries.map((name) => [name, { auth: base64(`user:of ${name}`) }])) };
}

describe('the order of sources', () => {
  const files = (): [string, NodeJS.ProcessEnv][] => [
    ['DOCKER_AUTH_CONFIG', { DOCKER_AUTH_CONFIG: JSON.stringify(login('first')) }],
    ['docker', { DOCKER_CONFIG: path.dirname(write('docker/config.json', login('second'))) }],
    ['REGISTRY_AUTH_FILE', { REGISTRY_AUTH_FILE: write('given.json', login('third')) }],
    ['run', { XDG_RUNTIME_DIR: path.dirname(path.dirname(write('run/containers/auth.json', login('fourth')))) }],
    ['config', { XDG_CONFIG_HOME: path.dirname(path.dirname(write('etc/containers/auth.json', login('fifth')))) }],
  ];
  const login = (password: string) => ({ auths: { 'r.example.com': { auth: base64(`user:${password}`) } } });

  test.each([0, 1, 2, 3, 4])('file %d goes before those after it, and all before the host', async (from) => {
    const all = files();
    if (from > 3) rmSync(path.join(home, 'run/containers'), { recursive: true });
    const environment = Object.assign({}, ...all.slice(from).map(([, variables]) => variables));
    const logins = { 'r.example.com': { username: 'job', password: 'of the host' } };
    expect(await source({ environment, logins })('r.example.com')).toEqual(
      basic('user', ['first', 'second', 'third', 'fourth', 'fifth'][from]!),
    );
  });

  test("then the host's own login counts, and then none", async () => {
    const find = source({ logins: { 'ghcr.io': { username: 'job', password: 'token' } } });
    expect(await find('ghcr.io')).toEqual(basic('job', 'token'));
    expect(await find('quay.io')).toEqual(NONE);
  });

  test('what is found is masked, and nothing else is logged', async () => {
    write('.docker/config.json', loginTo('r.example.com'));
    await source()('r.example.com');
    expect(host.masked).toEqual(['of r.example.com']);
    expect(host.lines).toEqual([]);
  });
});

describe('logins in files', () => {
  const inFile = async (config: unknown, registry = 'r.example.com:5000') => {
    write('.docker/config.json', config);
    return await source()(registry);
  };
  const entry = (content: unknown) => inFile({ auths: { 'r.example.com:5000': content } });

  test.each<[string, unknown, Credentials]>([
    ['auth', { auth: base64('me:pa:ss: word') }, basic('me', 'pa:ss: word')],
    ['auth that is filled up with NULs', { auth: base64('me:word\0\0') }, basic('me', 'word')],
    ['username and password', { username: 'me', password: 'word' }, basic('me', 'word')],
    ['an identity token', { auth: base64('me:'), identitytoken: 'it' }, { kind: 'identity-token', token: 'it' }],
    ['a registry token', { registrytoken: 'rt' }, { kind: 'registry-token', token: 'rt' }],
    ['an empty entry, as Docker leaves it beside a helper', {}, NONE],
  ])('%s', async (_, content, expected) => expect(await entry(content)).toEqual(expected));

  test.each([
    'r.example.com:5000',
    'https://r.example.com:5000',
    'http://r.example.com:5000/',
    'r.example.com:5000/v2/',
  ])('are found under %s', async (key) => expect(await inFile(loginTo(key))).toEqual(basic('user', `of ${key}`)));

  test.each(['r.example.com', 'other.example.com:5000', 'r.example.com:5000/acme', 'xr.example.com:5000'])(
    'under %s are for something else',
    async (key) => expect(await inFile(loginTo(key))).toEqual(NONE),
  );

  test.each([
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
  ])('of Docker Hub under %s are for %s', async (key, registry) => {
    expect(await inFile(loginTo(key), registry)).toEqual(basic('user', `of ${key}`));
  });

  test('with proxies and headers are read, and these ignored', async () => {
    const more = { proxies: { default: { httpProxy: 'http://p' } }, HttpHeaders: { 'X-Meta': 'x' } };
    expect(await inFile({ ...loginTo('r.example.com:5000'), ...more })).toMatchObject({ kind: 'basic' });
  });

  test.each(['', '  \n', '{}', '{"auths":null}'])('%j holds none', async (text) => {
    expect(await inFile(text)).toEqual(NONE);
  });

  test.each<[string, unknown]>([
    ['it is not JSON', '{"auths":{"r.example.com:5000":{"auth":"c2VjcmV0OnNlY3JldA=="}}'],
    ['it is not a JSON object', '["secret"]'],
    ["'auths' in it is not a JSON object", { auths: 'secret' }],
    [
      "'auth' of the login for r.example.com:5000 is not the base64",
      { auths: { 'r.example.com:5000': { auth: 'secret' } } },
    ],
    ["'auth' of the login for r.example.com:5000 is not a text", { auths: { 'r.example.com:5000': { auth: 7 } } }],
    ['the name of the credential helper for r.example.com:5000', { credsStore: '../secret' }],
    ['the name of the credential helper for r.example.com:5000', { credHelpers: { 'r.example.com:5000': 'a;secret' } }],
  ])('a file of which %s is named, and not quoted', async (why, config) => {
    const failed = inFile(config);
    await expect(failed).rejects.toThrow(why);
    await expect(failed).rejects.toThrow(`'${path.join(home, '.docker/config.json')}'`);
    await expect(failed).rejects.not.toThrow(/secret|c2Vj/);
    await expect(failed).rejects.toHaveProperty('exitCode', 1);
    await expect(failed).rejects.not.toHaveProperty('cause');
  });

  test('a file that is a directory is named', async () => {
    mkdirSync(path.join(home, '.docker/config.json'), { recursive: true });
    await expect(source()('r.example.com')).rejects.toThrow('config.json');
  });

  test('broken entries of other registries do no harm', async () => {
    const auths = { ...loginTo('r.example.com:5000').auths, 'other.example.com': { auth: '?' } };
    expect(await inFile({ auths })).toMatchObject({ kind: 'basic' });
  });
});

describe('credential helpers', () => {
  const answer = (username: string, secret: string) =>
    `cat > ${home}/asked; printf '%s' "$1" > ${home}/verb; printf '%s' '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`;

  test('of a registry go before the common one, and that before logins in the file', async () => {
    helper('own', answer('me', 'own'));
    helper('common', answer('me', 'common'));
    const auths = loginTo('a.example.com', 'b.example.com').auths;
    write('.docker/config.json', { auths, credsStore: 'common', credHelpers: { 'a.example.com': 'own' } });
    const find = source();
    expect(await find('a.example.com')).toEqual(basic('me', 'own'));
    expect(readBack('asked')).toBe('a.example.com');
    expect(readBack('verb')).toBe('get');
    expect(await find('b.example.com')).toEqual(basic('me', 'common'));
    expect(host.masked).toEqual(['own', 'common']);
  });

  test("are asked for Docker Hub by Docker's own name for it", async () => {
    helper('hub', answer('me', 'word'));
    write('.docker/config.json', { credsStore: 'hub' });
    await source()('docker.io');
    expect(readBack('asked')).toBe('https://index.docker.io/v1/');
  });

  test('give an identity token under the user <token>', async () => {
    helper('az', answer('<token>', 'refresh'));
    write('.docker/config.json', { credsStore: 'az' });
    expect(await source()('r.example.com')).toEqual({ kind: 'identity-token', token: 'refresh' });
  });

  test('that know nothing leave the search to the next file', async () => {
    helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    write('.docker/config.json', { credsStore: 'empty' });
    write('.config/containers/auth.json', loginTo('r.example.com'));
    expect(await source()('r.example.com')).toEqual(basic('user', 'of r.example.com'));
    expect(await source()('q.example.com')).toEqual(NONE);
  });

  test.each([
    ['it was not found', undefined],
    ['it ended with 3', 'echo secret; echo secret >&2; exit 3'],
    ['its answer is not what was agreed on', 'echo secret'],
    ['its answer is not what was agreed on', `echo '{"Username":"me","Password":"secret"}'`],
  ])('of which %s are named with their file, and not quoted', async (why, script) => {
    if (script !== undefined) helper('broken', script);
    const file = write('.docker/config.json', { credsStore: 'broken' });
    const failed = source()('r.example.com');
    await expect(failed).rejects.toThrow(`'docker-credential-broken', which '${file}' names`);
    await expect(failed).rejects.toThrow(why);
    await expect(failed).rejects.not.toThrow('secret');
    await expect(failed).rejects.not.toHaveProperty('cause');
  });

  test('end with the run', async () => {
    const run = new AbortController();
    helper('slow', `mkfifo ${home}/never; : > ${home}/started; exec cat ${home}/never`);
    write('.docker/config.json', { credsStore: 'slow' });
    const found = source({ signal: run.signal })('r.example.com');
    const started = watch(home, () => {
      if (existsSync(path.join(home, 'started'))) run.abort(new Error('cancelled from outside'));
    });
    await expect(found).rejects.toThrow('cancelled from outside');
    started.close();
  });

  test('are asked again after ten minutes only', async () => {
    helper('count', `echo x >> ${home}/count; ${answer('me', 'word')}`);
    write('.docker/config.json', { credsStore: 'count' });
    const find = source();
    const count = () => readBack('count').length / 2;
    await Promise.all([find('r.example.com'), find('r.example.com')]);
    now = new Date(now.getTime() + 9 * 60_000);
    await find('r.example.com');
    expect(count()).toBe(1);
    now = new Date(now.getTime() + 2 * 60_000);
    await find('r.example.com');
    expect(count()).toBe(2);
  });
});

describe('ECR', () => {
  test('gives one login for all registries of a Region', async () => {
    const { aws, asked } = ecr({ minutes: 720 });
    const find = source({ aws });
    expect(await find(ECR_HOST)).toEqual(basic('AWS', 'eu-west-1-1:x'));
    expect(await find(`444455556666${ECR_HOST.slice(12)}`)).toEqual(basic('AWS', 'eu-west-1-1:x'));
    expect(await find('111122223333.dkr-ecr.us-west-2.on.aws')).toEqual(basic('AWS', 'us-west-2-2:x'));
    expect(asked).toEqual(['eu-west-1', 'us-west-2']);
    expect(host.masked).toEqual(expect.arrayContaining(['eu-west-1-1:x', 'us-west-2-2:x']));
  });

  test('is asked again shortly before a login ends', async () => {
    const { aws, asked } = ecr({ minutes: 60 });
    const find = source({ aws });
    await find(ECR_HOST);
    now = new Date(now.getTime() + 44 * 60_000);
    await find(ECR_HOST);
    expect(asked).toHaveLength(1);
    now = new Date(now.getTime() + 2 * 60_000);
    expect(await find(ECR_HOST)).toEqual(basic('AWS', 'eu-west-1-2:x'));
  });

  test('is asked again after it has failed', async () => {
    const { aws } = ecr({ minutes: 60 });
    let failures = 1;
    const once: Aws = {
      ...aws,
      at: (place) => {
        failures -= 1;
        if (failures >= 0) throw new Error('throttled');
        return aws.at(place);
      },
    };
    const find = source({ aws: once });
    await expect(find(ECR_HOST)).rejects.toThrow('throttled');
    expect(await find(ECR_HOST)).toMatchObject({ kind: 'basic' });
  });

  const password = (expiration: number) => base64(JSON.stringify({ payload: 'p', version: '2', expiration }));

  test.each([
    ['a login in a file is taken', password(Date.UTC(2026, 10, 22, 13) / 1000), []],
    ['a login of an unknown form is taken', 'word', []],
    ['a login that has ended is passed by', password(Date.UTC(2026, 10, 22, 11) / 1000), ['eu-west-1']],
  ])('%s', async (_, word, expected) => {
    write('.docker/config.json', { auths: { [ECR_HOST]: { auth: base64(`AWS:${word}`) } } });
    const { aws, asked } = ecr({ minutes: 60 });
    await source({ aws })(ECR_HOST);
    expect(asked).toEqual(expected);
  });

  test('of the local AWS is the only one asked for its names, so that no real login goes there', async () => {
    write('.docker/config.json', { ...loginTo(ECR_HOST), credHelpers: { [ECR_HOST]: 'ecr-login' } });
    const { aws, asked } = ecr({ minutes: 60, isLocal: true });
    expect(await source({ aws })(ECR_HOST)).toEqual(basic('AWS', 'eu-west-1-1:x'));
    expect(asked).toEqual(['eu-west-1']);
  });
});
