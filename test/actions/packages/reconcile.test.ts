import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import reconcile from '../../../actions/packages/reconcile.ts';
import { DOMAIN, publishGeneric } from '../../local-aws/codeartifact-client.ts';
import { writeNpmTarball } from '../../support/packages/npm.ts';
import { writeWheel } from '../../support/packages/wheel.ts';
import { distTags, setTag } from './dist-tags.ts';
import { expectEqualRegions } from './equal-regions.ts';
import { heldNames, putSamples, putTool, SAMPLE_ASSETS, SAMPLE_VERSIONS } from './samples.ts';
import { openWorkplace, PRIMARY, REGIONS, REPLICAS, REPOSITORY, type Workplace } from './workplace.ts';

// `packages reconcile` on three Regions of the local AWS, with real files of all five formats.

const [REPLICA, OTHER] = REPLICAS;
const inRepository = { domain: DOMAIN, repository: REPOSITORY };
const TOOL = { ...inRepository, format: 'generic' as const, namespace: 'acme', package: 'tool' };
let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(async () => {
  await place?.stop();
});
beforeEach(async () => {
  await place.reset();
});

/** The uploads that were taken, each with its Region. */
function uploads(since: number): string[] {
  return place
    .calls(since)
    .filter(({ operation, status }) => operation === 'PublishPackageVersion' && status < 300)
    .map(({ region, resource = '' }) => `${region} ${resource}`);
}

/** Folders of this process: other suites run beside it. */
function leftFolders(): string[] {
  const own = readdirSync(os.tmpdir()).filter((name) => name.startsWith(`headgate-reconcile-${process.pid}-`));
  return own.map((name) => path.join(os.tmpdir(), name));
}

test('Regions that lack everything get the same bytes of all formats; the next run has nothing to do', async () => {
  for (const version of ['1.0.0', '1.1.0']) await putSamples(place, version, { regions: [PRIMARY] });
  await putSamples(place, '1.0.0', { regions: [OTHER] });
  const ran = await place.run(reconcile);
  expect(ran.message).toBe('');
  expect(ran).toMatchObject({
    exitCode: 0,
    outputs: {
      status: 'healed',
      versions: String(3 * SAMPLE_VERSIONS),
      assets: String(3 * SAMPLE_ASSETS),
      regions: REPLICAS.join(','),
    },
  });
  expect(ran.report).toContain('| eu-central-1 | `pkg:npm/%40acme/shop@1.1.0` | package.tgz | healed |');
  expect(Object.keys(await place.held(REPLICA)).sort()).toEqual([...heldNames('1.0.0'), ...heldNames('1.1.0')].sort());
  await expectEqualRegions(place);
  expect(await distTags(place.client(REPLICA))).toEqual({ latest: '1.1.0' });
  expect(await distTags(place.client(OTHER))).toEqual({ latest: '1.1.0' });
  expect(leftFolders()).toEqual([]);

  const last = place.lastCall();
  const again = await place.run(reconcile);
  expect(again).toMatchObject({ exitCode: 0, outputs: { status: 'nothing', versions: '0', assets: '0', regions: '' } });
  expect(uploads(last)).toEqual([]);
});

test('versions are published in the order of the Region that is whole, so that the newest one is shown', async () => {
  for (const version of ['1.10.0', '1.9.0', '2.0.0', '1.10.1']) await putTool(place, version, { regions: [PRIMARY] });
  const before = place.lastCall();
  expect(await place.run(reconcile, { replicas: REPLICA })).toMatchObject({ exitCode: 0 });
  const order = uploads(before).map((upload) => upload.split('/').at(-2));
  expect([...new Set(order)]).toEqual(['1.10.0', '1.9.0', '2.0.0', '1.10.1']);
});

describe('a version of which a part is there is completed', () => {
  test('a wheel without its source distribution', async () => {
    await putSamples(place, '1.0.0');
    const more = path.join(place.root, 'more');
    mkdirSync(more, { recursive: true });
    await place.put([await writeWheel(more, { file: 'acme_shop-1.0.0-py2-none-any.whl', salt: 'two' })], {
      regions: [PRIMARY],
    });
    const ran = await place.run(reconcile);
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'healed', versions: '2', assets: '2' } });
    await expectEqualRegions(place);
  });

  test('an unfinished generic version, with and without a file that is missing', async () => {
    const publish = async (regions: readonly string[], version: string, assetName: string, unfinished: boolean) => {
      for (const region of regions) {
        await publishGeneric(place.client(region), { repository: REPOSITORY, version, assetName, unfinished });
      }
    };
    await publish([PRIMARY, REPLICA], '1', 'a', true);
    await publish([PRIMARY], '1', 'b', false);
    await publish([PRIMARY, REPLICA], '2', 'a', true);
    await publish([PRIMARY, REPLICA], '2', 'b', true);
    await publish([PRIMARY], '2', 'c', false);
    await publish([REPLICA], '2', 'c', true);
    const before = place.lastCall();
    expect(await place.run(reconcile, { replicas: REPLICA })).toMatchObject({
      exitCode: 0,
      outputs: { versions: '2' },
    });
    expect(uploads(before)).toEqual([expect.stringContaining('/tool/1/b')]);
    expect(await place.held(REPLICA)).toEqual(await place.held(PRIMARY));
  });

  test('a Maven version whose metadata never came', async () => {
    await putSamples(place, '1.0.0', { regions: [PRIMARY] });
    place.aws.setFaults({ rules: [{ fault: 'reset', operation: 'PutPackageMetadata', region: REPLICA }] });
    const first = await place.run(reconcile, { replicas: REPLICA, packages: 'pkg:maven/com.acme/shop' });
    expect(first).toMatchObject({ exitCode: 1, outputs: { status: 'partly' } });
    expect(first.message).toContain(`${REPLICA}: pkg:maven/com.acme/shop@1.0.0: Cannot publish`);
    expect((await place.held(REPLICA))['maven:com.acme/shop 1.0.0']?.status).toBe('Unfinished');
    place.aws.clearFaults();
    const before = place.lastCall();
    expect(await place.run(reconcile)).toMatchObject({ exitCode: 0 });
    expect(uploads(before).filter((line) => line.includes('shop-1.0.0.jar') && line.startsWith(REPLICA))).toEqual([]);
    await expectEqualRegions(place);
  });
});

test('a status is copied: unlisted and listed again', async () => {
  await putTool(place, '1.0.0');
  await putTool(place, '2.0.0');
  await putTool(place, '3.0.0', { regions: [PRIMARY] });
  const status = async (region: string, version: string, targetStatus: 'Unlisted' | 'Archived') => {
    await place.client(region).updatePackageVersionsStatus({ ...TOOL, versions: [version], targetStatus });
  };
  await status(PRIMARY, '1.0.0', 'Unlisted');
  await status(REPLICA, '2.0.0', 'Unlisted');
  await status(PRIMARY, '3.0.0', 'Unlisted');
  const ran = await place.run(reconcile);
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'healed', versions: '5', assets: '4' } });
  await expectEqualRegions(place);

  // An archived version is somebody's decision about one Region: told, and left.
  await status(OTHER, '2.0.0', 'Archived');
  const archived = await place.run(reconcile);
  expect(archived).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
  expect(archived.report).toContain('`pkg:generic/acme/tool@2.0.0` is archived in us-east-1, and stays so');
});

describe('other content is never overwritten', () => {
  test('everything else is healed, and it fails at the end', async () => {
    await putTool(place, '1.0.0', { regions: [PRIMARY, OTHER] });
    await putTool(place, '1.0.0', { regions: [REPLICA], salt: 'other' });
    await putTool(place, '1.1.0', { regions: [PRIMARY] });
    const kept = (await place.held(REPLICA))['generic:acme/tool 1.0.0'];
    const ran = await place.run(reconcile);
    expect(ran).toMatchObject({
      exitCode: 1,
      outputs: { status: 'conflicts', versions: '2', assets: '4', regions: REPLICAS.join(',') },
    });
    expect(ran.message).toMatch(
      /eu-central-1: a\.bin of pkg:generic\/acme\/tool@1\.0\.0 has other content \(SHA-256 [0-9a-f]{12}…, and SHA-256 [0-9a-f]{12}… in eu-west-1\)/,
    );
    expect(ran.message).toContain('Next: Give what has other content a new version');
    expect((await place.held(REPLICA))['generic:acme/tool 1.0.0']).toEqual(kept);
    expect((await place.held(REPLICA))['generic:acme/tool 1.1.0']).toEqual(
      (await place.held(PRIMARY))['generic:acme/tool 1.1.0'],
    );
    const again = await place.run(reconcile);
    expect(again).toMatchObject({ exitCode: 1, outputs: { status: 'conflicts', versions: '0' } });
    expect(await place.run(reconcile, { 'dry-run': 'offline' })).toMatchObject({
      exitCode: 0,
      outputs: { status: 'conflicts' },
    });
  });

  test('a published generic version takes no further file', async () => {
    for (const region of REGIONS) {
      await publishGeneric(place.client(region), {
        ...{ repository: REPOSITORY, version: '1', assetName: 'a', unfinished: region === PRIMARY },
      });
    }
    await publishGeneric(place.client(PRIMARY), { repository: REPOSITORY, version: '1', assetName: 'b' });
    const ran = await place.run(reconcile);
    expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'conflicts', versions: '0' } });
    expect(ran.message).toContain('b of pkg:generic/build/tool@1 is missing, and a published version');
  });

  test('one that came between plan and run fails alone', async () => {
    await putTool(place, '1.0.0', { regions: [PRIMARY] });
    await putTool(place, '1.1.0', { regions: [PRIMARY] });
    place.aws.setFaults({ rules: [{ fault: 'latency', milliseconds: 250, operation: 'GetPackageVersionAsset' }] });
    let isDone = false;
    const running = place.run(reconcile, { replicas: REPLICA });
    const before = place.lastCall();
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      isDone = place.calls(before).some(({ operation }) => operation === 'GetPackageVersionAsset');
    }
    await putTool(place, '1.1.0', { regions: [REPLICA], salt: 'meanwhile' });
    const ran = await running;
    expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'partly', versions: '1' } });
    expect(ran.message).toContain('of acme/tool 1.1.0 has other content in eu-central-1');
  });
});

describe('versions that only another Region has', () => {
  test('are told and kept, and come with that Region as the whole one', async () => {
    await putTool(place, '1.0.0');
    await putTool(place, '1.1.0', { regions: [OTHER] });
    await putTool(place, '0.9.0', { regions: [PRIMARY] });
    const ran = await place.run(reconcile);
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'healed', versions: '2' } });
    expect(ran.report).toContain('eu-west-1 lacks 1 version that other Regions have: it may be lagging itself');
    expect(ran.report).toContain('`pkg:generic/acme/tool@1.1.0` is only in us-east-1, and is kept there');
    expect(Object.keys(await place.held(OTHER))).toContain('generic:acme/tool 1.1.0');
    expect(await place.run(reconcile, { from: OTHER })).toMatchObject({ exitCode: 0, outputs: { versions: '2' } });
    await expectEqualRegions(place);
  });

  test("keep the dist-tags that point at them: 'latest' never moves back", async () => {
    await putSamples(place, '1.0.0');
    await putSamples(place, '1.1.0', { regions: [OTHER] });
    await setTag(place.client(OTHER), 'next', '1.1.0');
    const ran = await place.run(reconcile);
    expect(await distTags(place.client(OTHER))).toEqual({ latest: '1.1.0', next: '1.1.0' });
    expect(ran.report).toContain(
      'dist-tag latest of `pkg:npm/%40acme/shop` in us-east-1 stays at 1.1.0, which only this Region has',
    );
    expect(await place.run(reconcile, { from: OTHER })).toMatchObject({ exitCode: 0 });
    await expectEqualRegions(place);
  });
});

test('dist-tags become equal, and what an ended publish left behind goes', async () => {
  await putSamples(place, '1.0.0');
  await putSamples(place, '1.1.0');
  await setTag(place.client(PRIMARY), 'stable', '1.0.0');
  await setTag(place.client(REPLICA), 'latest', '1.0.0');
  await setTag(place.client(OTHER), 'beta', '1.1.0');
  await setTag(place.client(OTHER), 'headgate-publishing', '1.1.0');
  const ran = await place.run(reconcile);
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'healed', versions: '0', assets: '0' } });
  for (const region of REGIONS)
    expect(await distTags(place.client(region))).toEqual({ latest: '1.1.0', stable: '1.0.0' });
  await expectEqualRegions(place);
});

test('a plan is saved, and exactly that plan is carried out', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY, OTHER] });
  const workspace = path.join(place.root, 'planned');
  mkdirSync(workspace, { recursive: true });
  const before = place.lastCall();
  const planned = await place.run(reconcile, { 'dry-run': 'offline', 'plan-file': 'plan.json' }, { workspace });
  expect(planned).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
  expect(uploads(before)).toEqual([]);
  expect(planned.report).toContain('| eu-central-1 | `pkg:cargo/acme-shop@1.0.0` | acme-shop-1.0.0.crate | to heal |');
  await putTool(place, '2.0.0', { regions: [PRIMARY] });
  const refused = await place.run(reconcile, { 'apply-plan': 'plan.json' }, { workspace });
  expect(refused.exitCode).toBe(1);
  await place.client(PRIMARY).deletePackageVersions({ ...TOOL, versions: ['2.0.0'] });
  const applied = await place.run(reconcile, { 'apply-plan': 'plan.json' }, { workspace });
  expect(applied).toMatchObject({ exitCode: 0, outputs: { status: 'healed', versions: String(SAMPLE_VERSIONS) } });
  await expectEqualRegions(place);
});

test('only what was named is healed', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  await putSamples(place, '1.1.0', { regions: [PRIMARY] });
  const ran = await place.run(reconcile, { packages: 'pkg:npm/%40acme/shop@1.0.0\npkg:pypi/acme-shop' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'healed', versions: '6' } });
  expect(Object.keys(await place.held(OTHER)).sort()).toEqual([
    'npm:acme/shop 1.0.0',
    'pypi:acme-shop 1.0.0',
    'pypi:acme-shop 1.1.0',
  ]);
  // 'latest' is at a version that was not named.
  expect(await distTags(place.client(OTHER))).toEqual({});
});

test('files that are refused are reported, and the rest goes on', async () => {
  await putSamples(place, '1.0.0', { regions: [PRIMARY] });
  // A legacy name: npm itself takes no capital letters any more, and registries keep such packages.
  const folder = path.join(place.root, 'legacy');
  mkdirSync(folder, { recursive: true });
  const file = await writeNpmTarball(folder, { manifest: { name: 'acme-legacy' } });
  const { repositoryEndpoint } = await place.client(PRIMARY).getRepositoryEndpoint({ ...inRepository, format: 'npm' });
  const { authorizationToken } = await place.client(PRIMARY).getAuthorizationToken({ domain: DOMAIN });
  const answer = await fetch(`${repositoryEndpoint}LegacyName`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${authorizationToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      _id: 'LegacyName',
      name: 'LegacyName',
      'dist-tags': { latest: '1.0.0' },
      versions: { '1.0.0': { name: 'LegacyName', version: '1.0.0' } },
      _attachments: { 'LegacyName-1.0.0.tgz': { data: readFileSync(file).toString('base64') } },
    }),
  });
  expect(answer.status).toBe(200);
  const ran = await place.run(reconcile, { replicas: REPLICA });
  expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'partly', versions: String(SAMPLE_VERSIONS) } });
  expect(ran.message).toContain(
    `${REPLICA}: pkg:npm/LegacyName@1.0.0: The files of LegacyName 1.0.0 are not published again: they are of acme-legacy 1.0.0 by their content`,
  );
});

test('a plain name of an asset only: nothing is written outside of the private folder', async () => {
  const name = '../outside.txt';
  await publishGeneric(place.client(PRIMARY), { repository: REPOSITORY, version: '1', assetName: name });
  const ran = await place.run(reconcile, { replicas: REPLICA });
  expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'partly' } });
  expect(ran.message).toContain('"../outside.txt" is no name of a file');
});

test.each([
  [{ from: 'eu-south-1' }, "input 'from': 'eu-south-1' is none of the Regions"],
  [{ from: 'there' }, "input 'from': 'there' is not allowed"],
  [{ replicas: '' }, "input 'replicas': is required"],
  [{ packages: 'shop' }, 'is no package URL'],
])('bad input %j is refused before any call', async (inputs, message) => {
  const before = place.lastCall();
  const ran = await place.run(reconcile, inputs);
  expect(ran.exitCode).toBe(2);
  expect(ran.message).toContain(message);
  expect(place.calls(before)).toEqual([]);
});

test('files are private while they are here, and gone when the run is cancelled', async () => {
  await putTool(place, '1.0.0', { regions: [PRIMARY] });
  place.aws.setFaults({
    rules: [{ fault: 'latency', milliseconds: 20_000, operation: 'GetPackageVersionAsset', skip: 1 }],
  });
  const controller = new AbortController();
  const before = place.lastCall();
  const running = place.run(reconcile, {}, { signal: controller.signal });
  const downloads = () => place.calls(before).filter(({ operation }) => operation === 'GetPackageVersionAsset');
  while (downloads().length < 2) await new Promise((resolve) => setImmediate(resolve));
  const [folder = ''] = leftFolders();
  const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
  expect([mode(folder), mode(path.join(folder, 'a.bin'))]).toEqual(['700', '600']);
  controller.abort();
  expect((await running).exitCode).toBe(130);
  expect(leftFolders()).toEqual([]);
  expect(uploads(before)).toEqual([]);
});
