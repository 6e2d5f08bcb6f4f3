import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { blockPublishing, DOMAIN } from '../../local-aws/codeartifact-client.ts';
import { writeNpmTarball } from '../../support/packages/npm.ts';
import { writeWheel } from '../../support/packages/wheel.ts';
import { ALL_FORMATS, type Sample, writeSample } from './publish-samples.ts';
import { cellsOf, openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPLICAS, REPOSITORY } from './workplace.ts';

// What is decided before anything is written: plans, refusals, and runs that have nothing to do.

let place: PublishWorkplace;
const [, LAST] = REPLICAS;

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

/** How often each operation was called in one Region since then. */
function counts(since: number, region: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const call of place.calls(since)) {
    if (call.region === region) found[call.operation] = (found[call.operation] ?? 0) + 1;
  }
  return found;
}

describe('a dry run', () => {
  test.each(ALL_FORMATS)('only reads, and says what would be done: %s', async (format) => {
    const sample = await writeSample(place.root, format);
    const since = place.lastCall();
    const ran = await place.publish({ ...sample.inputs, 'dry-run': 'offline' });
    expect(ran).toMatchObject({
      exitCode: 0,
      outputs: {
        status: 'planned',
        versions: '1',
        published: '0',
        'complete-regions': '',
        'incomplete-regions': REGIONS.join(','),
      },
    });
    expect(place.writes(since)).toEqual([]);
    expect(place.calls(since).length).toBeGreaterThan(0);
    for (const name of Object.keys(sample.assets)) {
      expect(cellsOf(ran)[name]).toEqual(Object.fromEntries(REGIONS.map((region) => [region, 'to publish'])));
    }
    expect(ran.lines.join('\n')).toContain(`create package version`);
  });

  test('says which Regions have it already', async () => {
    const sample = await writeSample(place.root, 'cargo');
    await place.put([sample.folder], { regions: [PRIMARY] });
    const ran = await place.publish({ ...sample.inputs, 'dry-run': 'offline' });
    expect(ran.outputs).toMatchObject({ 'complete-regions': PRIMARY, 'incomplete-regions': REPLICAS.join(',') });
    expect(Object.values(cellsOf(ran))).toEqual([
      { 'eu-west-1': 'already there', 'eu-central-1': 'to publish', 'us-east-1': 'to publish' },
    ]);
  });
});

describe('a saved plan', () => {
  const file = 'plans/plan.json';
  let sample: Sample;
  beforeEach(async () => {
    sample = await writeSample(place.root, 'pypi');
  });
  const save = () => place.publish({ ...sample.inputs, 'dry-run': 'offline', 'plan-file': file });
  const apply = () => place.publish({ ...sample.inputs, 'apply-plan': file });

  test('is carried out as it is', async () => {
    expect(await save()).toMatchObject({ exitCode: 0 });
    const text = readFileSync(path.join(place.root, file), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ operation: 'packages publish', plan: { details: { quorum: 3 } } });
    expect(await apply()).toMatchObject({ exitCode: 0, outputs: { status: 'published', published: '9' } });
    await place.expectHeld([sample]);
  });

  test('is refused when a Region changed in between', async () => {
    await save();
    await place.put([sample.folder], { regions: [LAST] });
    const since = place.lastCall();
    const ran = await apply();
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('plan');
    expect(place.writes(since)).toEqual([]);
  });

  test('is refused when a file changed in between', async () => {
    await save();
    await writeSample(place.root, 'pypi', { version: '1.0.0' });
    await writeWheel(path.dirname(sample.inputs.files!.split('\n')[0]!), {
      salt: 'other',
      file: 'acme_shop-1.0.0-cp312-cp312-win_amd64.whl',
    });
    expect((await apply()).exitCode).toBe(1);
    expect(await place.held(PRIMARY)).toEqual({});
  });

  test('holds for a Region that is down all the time', async () => {
    place.setFaults({ fault: 'server-error', operation: 'ReadFromRepository', region: LAST });
    sample = await writeSample(place.root, 'npm');
    sample = { ...sample, inputs: { ...sample.inputs, quorum: '2' } };
    expect(await save()).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
    expect(await apply()).toMatchObject({ exitCode: 0, outputs: { status: 'partly' } });
  });
});

describe('a second run', () => {
  const CALLS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    pypi: {},
    npm: { GetAuthorizationToken: 1, GetRepositoryEndpoint: 1, ReadFromRepository: 1 },
    maven: {},
    cargo: {},
    generic: {},
  };

  test.each(ALL_FORMATS)('has nothing to do, and makes few calls: %s', async (format) => {
    const sample = await writeSample(place.root, format);
    await place.publish(sample.inputs);
    const since = place.lastCall();
    const ran = await place.publish(sample.inputs);
    expect(ran).toMatchObject({
      exitCode: 0,
      outputs: { status: 'nothing', published: '0', 'complete-regions': REGIONS.join(','), 'incomplete-regions': '' },
    });
    expect(ran.lines.join('\n')).toContain('All Regions have this version already, with the same content.');
    for (const region of REGIONS) {
      expect(counts(since, region)).toEqual({
        DescribePackageVersion: 1,
        ListPackageVersionAssets: 1,
        DescribePackage: 1,
        ...CALLS[format],
      });
    }
    for (const row of Object.values(cellsOf(ran))) {
      expect(row).toEqual(Object.fromEntries(REGIONS.map((region) => [region, 'already there'])));
    }
  });
});

describe('other content under a published version', () => {
  // `twine upload --skip-existing` in the article's pipeline takes the name for the content.
  test.each(ALL_FORMATS)('is never passed off as success: %s', async (format) => {
    const first = await writeSample(place.root, format);
    await place.publish(first.inputs);
    const other = await writeSample(place.root, format, { salt: 'other' });
    const since = place.lastCall();
    const ran = await place.publish(other.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toMatch(/eu-west-1: .* has other content \(SHA-256 [0-9a-f]{12}…, ours [0-9a-f]{12}…\)/);
    expect(ran.message).toContain('Give the package a new version');
    expect(place.writes(since)).toEqual([]);
    await place.expectHeld([first]);
    expect(Object.values(cellsOf(ran))).toContainEqual(
      Object.fromEntries(REGIONS.map((region) => [region, 'conflict'])),
    );
  });

  test('in one replica ends the run before anything is written anywhere', async () => {
    const ours = await writeSample(place.root, 'pypi');
    const other = await writeSample(place.root, 'pypi', { salt: 'other' });
    await place.put([other.folder], { regions: [LAST] });
    const since = place.lastCall();
    const ran = await place.publish({ ...ours.inputs, quorum: '1' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`${LAST}: acme_shop-1.0.0`);
    expect(place.writes(since)).toEqual([]);
    expect(Object.values(cellsOf(ran))).toContainEqual({
      'eu-west-1': 'to publish',
      'eu-central-1': 'to publish',
      'us-east-1': 'conflict',
    });
  });

  test.each(['Archived', 'Disposed'] as const)('a version that is %s takes nothing', async (status) => {
    const sample = await writeSample(place.root, 'generic');
    await place.put(sample.inputs.files!.split('\n'), { generic: { name: 'acme-shop', version: '1.0.0' } });
    const versions = ['1.0.0'];
    const asked = {
      domain: DOMAIN,
      repository: REPOSITORY,
      format: 'generic',
      package: 'acme-shop',
      versions,
    } as const;
    const client = place.client(LAST);
    if (status === 'Disposed') await client.disposePackageVersions({ ...asked, versions });
    else await client.updatePackageVersionsStatus({ ...asked, versions, targetStatus: status });
    const ran = await place.publish(sample.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`${LAST}: acme-shop 1.0.0 is ${status.toLowerCase()}`);
  });

  test('an unfinished generic version with files of somebody else is not finished by us', async () => {
    const sample = await writeSample(place.root, 'generic');
    await place.client(LAST).publishPackageVersion({
      domain: DOMAIN,
      repository: REPOSITORY,
      format: 'generic',
      package: 'acme-shop',
      packageVersion: '1.0.0',
      assetName: 'other.bin',
      assetContent: Buffer.from('other'),
      assetSHA256: 'd9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa',
      unfinished: true,
    });
    const since = place.lastCall();
    const ran = await place.publish(sample.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('is unfinished and holds other.bin, which is not among these files');
    expect(place.writes(since)).toEqual([]);
  });
});

describe('origin controls', () => {
  test('that block publishing in one Region end the run before anything is written anywhere', async () => {
    const older = await writeSample(place.root, 'npm', { version: '0.9.0' });
    await place.publish(older.inputs);
    await place.client(LAST).putPackageOriginConfiguration({
      domain: DOMAIN,
      repository: REPOSITORY,
      format: 'npm',
      namespace: 'acme',
      package: 'shop',
      restrictions: { publish: 'BLOCK', upstream: 'ALLOW' },
    });
    const since = place.lastCall();
    const sample = await writeSample(place.root, 'npm');
    const ran = await place.publish(sample.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`${LAST}: the origin controls of @acme/shop block publishing`);
    expect(ran.message).toContain('Allow publishing in its origin configuration');
    expect(place.writes(since)).toEqual([]);
    expect(Object.values(cellsOf(ran))[0]).toMatchObject({ 'eu-west-1': 'to publish', 'us-east-1': 'conflict' });
    await place.expectHeld([older]);
  });

  test('of one format say nothing about a package of the same name in another', async () => {
    const older = await writeSample(place.root, 'cargo', { version: '0.9.0' });
    await place.publish(older.inputs);
    await place.client(LAST).putPackageOriginConfiguration({
      domain: DOMAIN,
      repository: REPOSITORY,
      format: 'cargo',
      package: 'acme-shop',
      restrictions: { publish: 'BLOCK', upstream: 'ALLOW' },
    });
    const crate = await writeSample(place.root, 'cargo');
    const python = await writeSample(place.root, 'pypi');
    const ran = await place.publish({ files: `${crate.inputs.files}\n${python.inputs.files}` });
    expect(ran.exitCode).toBe(1);
    expect(ran.message.match(/block publishing/g)).toHaveLength(1);
    const inLast = Object.entries(cellsOf(ran)).map(([asset, cells]) => [asset.endsWith('.crate'), cells[LAST]]);
    expect(inLast.toSorted()).toEqual([
      [false, 'to publish'],
      [false, 'to publish'],
      [false, 'to publish'],
      [true, 'conflict'],
    ]);
  });

  test('of a package group that block publishing are an error that names them', async () => {
    await blockPublishing(place.client(LAST), '/pypi/*');
    const sample = await writeSample(place.root, 'pypi');
    const ran = await place.publish(sample.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('package group');
  });
});

describe('inputs', () => {
  const refused = async (inputs: Readonly<Record<string, string>>) => {
    const since = place.lastCall();
    const ran = await place.publish(inputs);
    expect(place.calls(since)).toEqual([]);
    return { exitCode: ran.exitCode, message: ran.message };
  };

  const cases: [Record<string, string>, message: string][] = [
    [{ replicas: PRIMARY }, "input 'replicas': 'eu-west-1' is the primary Region ('region') already"],
    [{ replicas: 'us-east-1\nus-east-1' }, "input 'replicas': 'us-east-1' is named twice"],
    [{ replicas: 'Frankfurt' }, "input 'replicas': 'Frankfurt' is not a Region"],
    [{ replicas: 'cn-north-1' }, "input 'replicas': 'cn-north-1' is in another partition than eu-west-1"],
    [{ quorum: '4' }, "input 'quorum': '4' is more than the 3 Regions that there are"],
    [{ quorum: '0' }, "input 'quorum': "],
    [{ 'generic-package': 'tool' }, "input 'generic-version': is required, because 'generic-package' was given"],
    [{ 'generic-version': '1' }, "input 'generic-package': is required, because 'generic-version' was given"],
    [{ 'generic-namespace': 'x' }, "input 'generic-package': is required, because 'generic-namespace' was given"],
    [{ 'npm-tag': '1.x' }, "input 'npm-tag': "],
    [{ mode: 'sometimes' }, "input 'mode': "],
    [{ domain: 'Team' }, "input 'domain': "],
    [{ files: 'empty' }, "input 'files': "],
    [{ files: 'nowhere' }, "input 'files': "],
  ];

  test.each(cases)('%j are refused without a call', async (inputs, message) => {
    mkdirSync(path.join(place.root, 'empty'), { recursive: true });
    const sample = await writeSample(place.root, 'npm');
    const ran = await refused({ ...sample.inputs, ...inputs });
    expect(ran).toEqual({ exitCode: 2, message: expect.stringContaining(message) });
  });

  test('all bad files are named together, without a call', async () => {
    const folder = path.join(place.root, 'bad');
    mkdirSync(folder, { recursive: true });
    await writeWheel(folder, { file: 'acme_shop-2.0.0-py3-none-any.whl' });
    writeFileSync(path.join(folder, 'notes.txt'), 'x');
    const ran = await refused({ files: folder });
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toContain('acme_shop-2.0.0-py3-none-any.whl');
    expect(ran.message).toContain('notes.txt');
  });
});

describe('dist-tags', () => {
  const publish = async (version: string, inputs: Record<string, string> = {}) => {
    const sample = await writeSample(place.root, 'npm', { version });
    return await place.publish({ ...sample.inputs, ...inputs });
  };
  const tagsIn = async (region: string) => {
    const { loginTo } = await import('../../local-aws/codeartifact-client.ts');
    const { endpoint, token } = await loginTo(place.client(region), REPOSITORY, 'npm');
    const headers = { authorization: `Bearer ${token}` };
    return await (await fetch(`${endpoint}-/package/@acme%2fshop/dist-tags`, { headers })).json();
  };
  const expectTags = async (tags: Record<string, string>) => {
    for (const region of REGIONS) expect({ region, tags: await tagsIn(region) }).toEqual({ region, tags });
  };

  test('a pre-release and an older version need a tag, and are refused before anything is written', async () => {
    const early = await publish('1.0.0-rc.1');
    expect(early).toMatchObject({ exitCode: 2, message: expect.stringContaining("must not become 'latest'") });
    await publish('1.0.0');
    const since = place.lastCall();
    const older = await publish('0.9.0');
    expect(older).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("@acme/shop 0.9.0 is older than 1.0.0, which is 'latest' in eu-west-1"),
    });
    expect(place.writes(since)).toEqual([]);
    expect(await publish('1.1.0-rc.1', { 'npm-tag': 'next' })).toMatchObject({ exitCode: 0 });
    await expectTags({ latest: '1.0.0', next: '1.1.0-rc.1' });
    expect(await publish('1.1.0')).toMatchObject({ exitCode: 0 });
    await expectTags({ latest: '1.1.0', next: '1.1.0-rc.1' });
    expect(await publish('0.9.0', { 'npm-tag': 'v0-latest' })).toMatchObject({ exitCode: 0 });
    await expectTags({ latest: '1.1.0', next: '1.1.0-rc.1', 'v0-latest': '0.9.0' });
  });

  test('the tag of the package counts', async () => {
    const folder = path.join(place.root, 'beta');
    mkdirSync(folder, { recursive: true });
    await writeNpmTarball(folder, { manifest: { publishConfig: { tag: 'beta' } } });
    expect(await place.publish({ files: folder })).toMatchObject({ exitCode: 0 });
    await expectTags({ beta: '1.0.0' });
  });

  test('a Region that lags gets the tags of the others, and none that a newer version has', async () => {
    const first = await writeSample(place.root, 'npm');
    await place.put(first.inputs.files!.split('\n'), { regions: REGIONS.slice(0, 2) });
    const second = await writeSample(place.root, 'npm', { version: '2.0.0' });
    await place.put(second.inputs.files!.split('\n'));
    expect(await publish('1.0.0')).toMatchObject({ exitCode: 0, outputs: { published: '1' } });
    await expectTags({ latest: '2.0.0' });
    expect(await publish('1.0.0')).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
  });

  test('the tag that an ended run left behind is removed, and not handed on', async () => {
    const first = await writeSample(place.root, 'npm');
    await place.put(first.inputs.files!.split('\n'), { regions: [PRIMARY], tags: ['headgate-publishing'] });
    const second = await writeSample(place.root, 'npm', { version: '2.0.0' });
    await place.put(second.inputs.files!.split('\n'));
    expect(await publish('1.0.0')).toMatchObject({ exitCode: 0 });
    await expectTags({ latest: '2.0.0' });
    await place.put(first.inputs.files!.split('\n'), { regions: [PRIMARY], tags: ['headgate-publishing'] });
    expect(await publish('1.0.0', { 'npm-tag': 'old' })).toMatchObject({ exitCode: 0 });
    await expectTags({ latest: '2.0.0', old: '1.0.0' });
    expect(await publish('1.0.0', { 'npm-tag': 'old' })).toMatchObject({ outputs: { status: 'nothing' } });
  });
});

describe('a Region that is wrongly set up', () => {
  test('without the repository is named, whatever the quorum', async () => {
    const sample = await writeSample(place.root, 'pypi');
    await place.client(LAST).deleteRepository({ domain: DOMAIN, repository: REPOSITORY });
    const since = place.lastCall();
    const ran = await place.publish({ ...sample.inputs, quorum: '1' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`${LAST}: there is no repository team/packages`);
    expect(ran.message).toContain("Deploy the stack of 'stacks/packages' there");
    expect(place.writes(since)).toEqual([]);
    expect(Object.values(cellsOf(ran))[0]).toMatchObject({ 'us-east-1': 'unreachable' });
  });
});
