import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DOMAIN, loginTo } from '../../local-aws/codeartifact-client.ts';
import { writeNpmTarball } from '../../support/packages/npm.ts';
import { ALL_FORMATS, ASSETS, writeSample } from './publish-samples.ts';
import { cellsOf, openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPOSITORY } from './workplace.ts';

// `packages publish` where nothing goes wrong, and what it says of it.

let place: PublishWorkplace;

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

describe.each(ALL_FORMATS)('%s', (format) => {
  test('goes to three Regions, each file once, and a newer version after it', async () => {
    const samples = [
      await writeSample(place.root, format),
      await writeSample(place.root, format, { version: '1.1.0' }),
    ];
    for (const [n, sample] of samples.entries()) {
      const ran = await place.publish(sample.inputs);
      expect(ran).toMatchObject({
        exitCode: 0,
        message: '',
        outputs: {
          status: 'published',
          versions: '1',
          published: String(ASSETS[format] * 3),
          'complete-regions': REGIONS.join(','),
          'incomplete-regions': '',
        },
      });
      await place.expectHeld(samples.slice(0, n + 1));
      for (const name of Object.keys(sample.assets)) {
        expect(cellsOf(ran)[name]).toEqual(Object.fromEntries(REGIONS.map((region) => [region, 'published'])));
      }
    }
  });
});

test('a generic version whose files are all there, and that is unfinished, is published', async () => {
  const sample = await writeSample(place.root, 'generic');
  for (const [assetName, assetSHA256] of Object.entries(sample.assets)) {
    await place.client(PRIMARY).publishPackageVersion({
      domain: DOMAIN,
      repository: REPOSITORY,
      format: 'generic',
      package: 'acme-shop',
      packageVersion: '1.0.0',
      assetName,
      assetSHA256,
      assetContent: readFileSync(path.join(sample.folder, assetName)),
      unfinished: true,
    });
  }
  expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0, outputs: { published: '4' } });
  await place.expectHeld([sample]);
});

test('a Maven version is published by its metadata, after its files', async () => {
  const sample = await writeSample(place.root, 'maven');
  await place.publish(sample.inputs);
  for (const region of REGIONS) {
    const writes = place.writes().filter((call) => call.region === region);
    const last = writes.slice(-4).map(({ operation, resource }) => `${operation} ${path.basename(resource ?? '')}`);
    expect(last).toEqual([
      'PutPackageMetadata maven-metadata.xml',
      'PutPackageMetadata maven-metadata.xml.sha1',
      'PutPackageMetadata maven-metadata.xml.md5',
      'UpdatePackageVersionsStatus shop',
    ]);
  }
});

test('packages of many formats go in one run, and each is told by its name and version', async () => {
  const samples = await Promise.all(
    (['pypi', 'npm', 'maven', 'cargo'] as const).map((format) => writeSample(place.root, format, { version: '3.0.0' })),
  );
  const files = samples.map(({ folder }) => path.relative(place.root, folder)).join('\n');
  const ran = await place.publish({ files });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { versions: '4', published: '24' } });
  await place.expectHeld(samples);
  expect(ran.lines).toContain('info:   eu-west-1: published @acme/shop 3.0.0: package.tgz');
  expect(ran.lines).toContain('info:   us-east-1: published com.acme:shop 3.0.0: shop-3.0.0.pom');
  expect(Object.keys(cellsOf(ran)).sort()).toEqual(samples.flatMap(({ assets }) => Object.keys(assets)).sort());
  expect(ran.result).toMatchObject({
    repository: 'team/packages',
    regions: REGIONS.map((region) => ({ region, state: 'complete', failures: [] })),
    takenBack: [],
  });
});

describe('several versions of one package in one run', () => {
  const write = async (name: string, versions: readonly string[]) => {
    const folder = path.join(place.root, name);
    mkdirSync(folder);
    for (const version of versions) {
      await writeNpmTarball(folder, { file: `acme-shop-${version}.tgz`, manifest: { version } });
    }
    return folder;
  };
  const latest = async (region: string) => {
    const { endpoint, token } = await loginTo(place.client(region), REPOSITORY, 'npm');
    const headers = { authorization: `Bearer ${token}` };
    return (await (await fetch(`${endpoint}-/package/@acme%2fshop/dist-tags`, { headers })).json()) as object;
  };

  test('go one after the other, and latest ends at the newest', async () => {
    const files = await write('ordered', ['1.10.0', '1.9.0', '1.2.0']);
    expect(await place.publish({ files, parallel: '20' })).toMatchObject({ exitCode: 0, outputs: { versions: '3' } });
    for (const region of REGIONS) expect(await latest(region)).toEqual({ latest: '1.10.0' });
    expect(await place.publish({ files })).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
  });

  test('a newer one does not get ahead of an older one that failed', async () => {
    const files = await write('failing', ['1.0.0', '1.1.0']);
    let refused = false;
    place.decide = ({ operation }) => {
      if (operation !== 'PublishPackageVersion' || refused) return 'pass';
      refused = true;
      return 403;
    };
    const ran = await place.publish({ files });
    expect(ran.exitCode).toBe(1);
    expect(await place.held(PRIMARY)).toEqual({});
    place.decide = () => 'pass';
    expect(await place.publish({ files })).toMatchObject({ exitCode: 0 });
    for (const region of REGIONS) expect(await latest(region)).toEqual({ latest: '1.1.0' });
  });
});

test('a run that is cancelled in the middle ends so, and the next one completes it', async () => {
  const sample = await writeSample(place.root, 'pypi');
  const controller = new AbortController();
  place.decide = ({ operation, region }) => {
    if (operation === 'PublishPackageVersion' && region !== PRIMARY) controller.abort(new Error('cancelled'));
    return 'pass';
  };
  const ran = await place.publish({ ...sample.inputs, 'on-failure': 'delete' }, { signal: controller.signal });
  expect(ran.exitCode).toBe(130);
  place.decide = () => 'pass';
  await place.expectHeld([sample], [PRIMARY]);
  expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0 });
  await place.expectHeld([sample]);
});

test('one Region is enough', async () => {
  const sample = await writeSample(place.root, 'cargo');
  const ran = await place.publish({ ...sample.inputs, replicas: '' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'published', 'complete-regions': PRIMARY } });
  expect(ran.lines.at(-1)).toBe('info: 1 asset published; all is complete.');
  await place.expectHeld([sample], [PRIMARY]);
});
