import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import reconcile from '../../../actions/packages/reconcile.ts';
import { packageRoot } from '../../../lib/package-root.ts';
import type { Call } from '../../../local-aws/calls.ts';
import { DOMAIN, loginTo, publishGeneric, withLogin } from '../../local-aws/codeartifact-client.ts';
import { CallWatch } from '../../support/call-watch.ts';
import { requires } from '../../support/requires.ts';
import { expectEqualRegions } from './equal-regions.ts';
import { putSamples, putTool, SAMPLE_ASSETS, SAMPLE_VERSIONS } from './samples.ts';
import { openWorkplace, PRIMARY, REGIONS, REPLICAS, REPOSITORY, type Workplace } from './workplace.ts';

// `packages reconcile` while Regions are down, slow or faulty, and killed at any moment.

const npm = requires('npm', 'what was healed is installed with it');

const [REPLICA, OTHER] = REPLICAS;
let place: Workplace;
const watch = new CallWatch();

beforeAll(async () => {
  place = await openWorkplace({ interceptors: [watch.interceptor] });
}, 300_000);
afterAll(async () => {
  await place?.stop();
});
beforeEach(async () => {
  await place.reset();
});

test('a Region that is down is left out and named; the others are healed, and it at the next run', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  place.aws.setFaults({ rules: [{ fault: 'unreachable', region: OTHER }] });
  const first = await place.run(reconcile);
  expect(first).toMatchObject({
    exitCode: 1,
    outputs: { status: 'partly', versions: String(SAMPLE_VERSIONS), regions: REPLICA },
  });
  expect(first.message).toContain(`${OTHER}: `);
  place.aws.clearFaults();
  expect(await place.held(REPLICA)).toEqual(await place.held(PRIMARY));
  expect(await place.run(reconcile)).toMatchObject({ exitCode: 0, outputs: { status: 'healed', regions: OTHER } });
  await expectEqualRegions(place);
});

test('a Region that goes down while it is healed stops no other', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  place.aws.setFaults({ rules: [{ fault: 'reset', operation: 'PublishPackageVersion', region: OTHER }] });
  const first = await place.run(reconcile);
  expect(first).toMatchObject({ exitCode: 1, outputs: { status: 'partly', regions: REPLICA } });
  expect(await place.held(REPLICA)).toEqual(await place.held(PRIMARY));
  place.aws.clearFaults();
  expect(await place.run(reconcile)).toMatchObject({ exitCode: 0 });
  await expectEqualRegions(place);
});

test('nothing is changed when the Region that is whole cannot be read, or another one is wrongly set up', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  const unchanged = async (message: string) => {
    const before = place.lastCall();
    const ran = await place.run(reconcile);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(message);
    expect(ran.message).toContain('Nothing was changed in any Region');
    expect(place.calls(before).filter(({ operation }) => /^(Publish|Put|Update)/.test(operation))).toEqual([]);
  };
  place.aws.setFaults({ rules: [{ fault: 'unreachable', region: PRIMARY }] });
  await unchanged(`${PRIMARY}: `);
  place.aws.clearFaults();
  await place.client(OTHER).deleteRepository({ domain: DOMAIN, repository: REPOSITORY });
  await unchanged(`${OTHER}: there is no repository team/packages`);
});

test('faults that pass change nothing: answers are lost, every third call of a Region fails, one Region is slow', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  // A call that is repeated comes next in its Region, so that it is not struck five times in a row.
  place.aws.setFaults({
    rules: [
      { fault: 'latency', milliseconds: 20, region: OTHER },
      { fault: 'reset-after', operation: 'PublishPackageVersion', every: 4 },
      ...REGIONS.map((region) => ({ fault: 'server-error' as const, service: 'codeartifact', region, every: 3 })),
    ],
  });
  const ran = await place.run(reconcile, { parallel: '1' });
  place.aws.clearFaults();
  expect(ran.message).toBe('');
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'healed' } });
  await expectEqualRegions(place);
});

test('tokens that end in the middle are replaced', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  await putSamples(place, '1.1.0', { regions: [PRIMARY] });
  const before = place.lastCall();
  const running = place.run(reconcile);
  await watch.until(() => place.calls(before).some(({ operation }) => operation === 'PublishPackageVersion'), running);
  place.aws.endCodeArtifactTokens();
  expect(await running).toMatchObject({ exitCode: 0, outputs: { status: 'healed' } });
  expect(place.calls(before).some(({ status }) => status === 401)).toBe(true);
  await expectEqualRegions(place);
});

test('a download that breaks off is begun anew', async () => {
  const content = 'x'.repeat(100_000);
  await publishGeneric(place.client(PRIMARY), { repository: REPOSITORY, version: '1', content });
  place.aws.setFaults({ rules: [{ fault: 'reset', operation: 'GetPackageVersionAsset', times: 2 }] });
  // Broken off twice, and then whole.
  expect(await place.run(reconcile)).toMatchObject({ exitCode: 0, outputs: { assets: '2' } });
  await expectEqualRegions(place);
});

test('a run that is killed at any moment is completed by the next one, and nothing is published twice', async () => {
  const KILLS = 6;
  const main = path.join(packageRoot(), 'actions', 'main.ts');
  const home = mkdtempSync(path.join(place.root, 'killed-'));
  const moments = new Set<number>();
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  const flags = [`--domain=${DOMAIN}`, `--repository=${REPOSITORY}`, `--replicas=${REPLICAS.join('\n')}`];
  const environment = { ...place.aws.environment, AWS_ACCESS_KEY_ID: '111122223333', AWS_REGION: PRIMARY };
  const start = () =>
    execa(process.execPath, [main, 'packages', 'reconcile', ...flags], {
      cwd: home,
      env: { PATH: process.env.PATH ?? '', HOME: home, TMPDIR: home, ...environment },
      extendEnv: false,
      reject: false,
    });
  const writesSince = (since: number) =>
    place.calls(since).filter(({ operation }) => /^(Publish|Put|Update)/.test(operation));

  const whole = place.lastCall();
  expect((await start()).exitCode).toBe(0);
  await expectEqualRegions(place);
  const writes = writesSince(whole).length;
  expect(writes).toBeGreaterThan(20);

  for (let round = 0; round < KILLS; round++) {
    await place.reset();
    await putSamples(place, '1.0.0', { regions: [PRIMARY] });
    const before = place.lastCall();
    const killAt = 1 + Math.floor((round * (writes - 1)) / KILLS);
    const running = start();
    await watch.until(() => writesSince(before).length >= killAt, running);
    running.kill('SIGKILL');
    expect((await running).signal).toBe('SIGKILL');
    moments.add(writesSince(before).length);

    const next = await place.run(reconcile);
    expect(next.message).toBe('');
    expect(['healed', 'nothing']).toContain(next.outputs.status);
    await expectEqualRegions(place);
    // Each asset was taken once in each Region: what is there is not sent again. The kill cuts the answer of some.
    const isAsset = ({ operation, status, resource = '' }: Call) =>
      operation === 'PublishPackageVersion' && status === 200 && !/\.(sha1|md5)$/.test(resource);
    expect(place.calls(before).filter(isAsset).length).toBeLessThanOrEqual(REPLICAS.length * SAMPLE_ASSETS);
    expect(await place.run(reconcile)).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
  }
  expect(moments.size).toBeGreaterThan(KILLS / 2);
}, 120_000);

npm.test(
  'what was healed is installed by pip and npm',
  async () => {
    await putSamples(place, '1.0.0', { regions: [PRIMARY] });
    expect(await place.run(reconcile)).toMatchObject({ exitCode: 0 });
    const client = place.client(OTHER);
    const home = mkdtempSync(path.join(place.root, 'home-'));
    const project = path.join(home, 'project');
    mkdirSync(project);
    const run = async (program: string, words: string[], more: Record<string, string> = {}) => {
      const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|pip_|AWS_)/i.test(name));
      const proxies = { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '' };
      const env = { ...Object.fromEntries(inherited), ...proxies, HOME: home, ...more };
      return await promisify(execFile)(program, words, { cwd: project, env });
    };
    const python = await loginTo(client, REPOSITORY, 'pypi');
    const target = path.join(home, 'site');
    const pip = ['-m', 'pip', 'install', '--no-cache-dir', '--no-deps', '--target', target];
    await run('python3', [...pip, '--index-url', withLogin(python, 'simple/'), 'acme-shop==1.0.0']);
    expect(readFileSync(path.join(target, 'acme_shop.py'), 'utf8')).toBe('# \n');

    const node = await loginTo(client, REPOSITORY, 'npm');
    const settings = [`registry=${node.endpoint}`, `${node.endpoint.replace('http:', '')}:_authToken=${node.token}`];
    writeFileSync(path.join(home, '.npmrc'), `${settings.join('\n')}\naudit=false\nfund=false\n`);
    writeFileSync(path.join(project, 'package.json'), '{"name":"user","version":"1.0.0"}');
    const npmrc = { npm_config_userconfig: path.join(home, '.npmrc'), npm_config_cache: path.join(home, 'cache') };
    await run(npm.path, ['install', '@acme/shop'], npmrc);
    const installed = JSON.parse(readFileSync(path.join(project, 'node_modules/@acme/shop/package.json'), 'utf8'));
    expect(installed).toMatchObject({ name: '@acme/shop', version: '1.0.0' });
  },
  60_000,
);

test('100 packages: calls grow with packages and versions, and a whole Region is healed', async () => {
  const PACKAGES = 100;
  for (let n = 0; n < PACKAGES; n++) {
    await publishGeneric(place.client(PRIMARY), { repository: REPOSITORY, version: '1', package: `tool-${n}` });
  }
  await putTool(place, '1.0.0');
  const before = place.lastCall();
  const ran = await place.run(reconcile, { replicas: REPLICA });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { versions: String(PACKAGES), assets: String(PACKAGES) } });
  const count = (operation: string) => place.calls(before).filter((call) => call.operation === operation).length;
  expect(count('ListPackages')).toBe(2);
  expect(count('ListPackageVersions')).toBe(2 * (PACKAGES + 1));
  expect(count('GetPackageVersionAsset')).toBe(PACKAGES);
  expect(count('PublishPackageVersion')).toBe(PACKAGES);
  // Before and after each upload: what is there, and whether it arrived.
  expect(count('DescribePackageVersion')).toBe(2 * PACKAGES);
  // Of each package in the first Region, of the equal one in both, and at the look back; nothing is there before.
  expect(count('ListPackageVersionAssets')).toBe(PACKAGES + 2 + PACKAGES);
});
