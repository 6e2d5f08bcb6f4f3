import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import verify from '../../../actions/packages/verify.ts';
import { DOMAIN, publishGeneric } from '../../local-aws/codeartifact-client.ts';
import { setTag } from './dist-tags.ts';
import { putSamples, putTool, SAMPLE_VERSIONS } from './samples.ts';
import { openWorkplace, PRIMARY, type Ran, REGIONS, REPLICAS, REPOSITORY, type Workplace } from './workplace.ts';

// `packages verify` on three Regions of the local AWS, with real files of all five formats.

const [REPLICA, OTHER] = REPLICAS;
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

/** `Region: kind: package, asset: found`, as the result file has them. */
function findings({ result }: Ran): string[] {
  const rows = result.findings as readonly Record<string, string | null>[];
  return rows.map(({ region, kind, package: url, asset }) =>
    [`${region}: ${kind}`, url, asset].filter((part) => part !== null).join(' '),
  );
}

const inRepository = { domain: DOMAIN, repository: REPOSITORY };

test('Regions with the same files of all formats are equal, and the calls are as few as documented', async () => {
  await putSamples(place, '1.0.0');
  const before = place.lastCall();
  const ran = await place.run(verify);
  expect(ran.message).toBe('');
  expect(ran).toMatchObject({
    exitCode: 0,
    outputs: { status: 'equal', versions: String(SAMPLE_VERSIONS), findings: '0', regions: REGIONS.join(',') },
    result: { packages: 5, versions: SAMPLE_VERSIONS, unread: [], findings: [] },
  });
  expect(ran.report).toContain('Equal in all Regions: `team/packages`');
  const calls = place.calls(before);
  // A page, five packages, five versions, one npm package with its token and endpoint; in each of three Regions.
  expect(calls).toHaveLength(3 * (1 + 5 + 5 + 3));
  expect(ran.result.calls).toBe(calls.length);
  expect(new Set(calls.map(({ operation }) => operation))).toEqual(
    new Set([
      'ListPackages',
      'ListPackageVersions',
      'ListPackageVersionAssets',
      'GetAuthorizationToken',
      'GetRepositoryEndpoint',
      'ReadFromRepository',
    ]),
  );
});

describe('every difference is found and named', () => {
  test('a package, a version and an asset that a Region lacks', async () => {
    await putSamples(place, '1.0.0');
    await putTool(place, '2.0.0', { regions: [PRIMARY, OTHER] });
    for (const asset of ['a.txt', 'b.txt']) {
      const first = { repository: REPOSITORY, version: '3.0.0', assetName: asset, unfinished: asset === 'a.txt' };
      await publishGeneric(place.client(PRIMARY), first);
      if (asset === 'a.txt') {
        for (const region of REPLICAS) await publishGeneric(place.client(region), { ...first, unfinished: false });
      }
    }
    await place.client(OTHER).deletePackage({ ...inRepository, format: 'pypi', package: 'acme-shop' });
    const ran = await place.run(verify);
    expect(ran).toMatchObject({ exitCode: 1, outputs: { status: 'differs', findings: '4', versions: '7' } });
    expect(findings(ran)).toEqual([
      `${REPLICA}: missing version pkg:generic/acme/tool@2.0.0`,
      `${REPLICA}: missing asset pkg:generic/build/tool@3.0.0 b.txt`,
      `${OTHER}: missing asset pkg:generic/build/tool@3.0.0 b.txt`,
      `${OTHER}: missing package pkg:pypi/acme-shop`,
    ]);
    expect(ran.message).toContain(`${OTHER}: pkg:pypi/acme-shop: the package is missing, with 1 version`);
    expect(ran.message).toContain(`${REPLICA}: pkg:generic/acme/tool@2.0.0: the version is missing; ${PRIMARY} has it`);
    expect(ran.message).toContain(`${REPLICA}: pkg:generic/build/tool@3.0.0, b.txt: missing; ${PRIMARY} has it`);
    expect(ran.message).toContain("Next: Run 'packages reconcile' with the Region that is whole as 'from'");
    expect(ran.report).toContain('Not equal in all Regions');
    expect(ran.report).toContain(
      '| us-east-1 | `pkg:pypi/acme-shop` |  | missing package | the package is missing, with 1 version |',
    );
  });

  test('other content, which no reconcile heals', async () => {
    await putTool(place, '1.0.0', { regions: [PRIMARY, OTHER] });
    await putTool(place, '1.0.0', { regions: [REPLICA], salt: 'other' });
    const ran = await place.run(verify);
    expect(findings(ran)).toEqual([
      `${REPLICA}: other content pkg:generic/acme/tool@1.0.0 a.bin`,
      `${REPLICA}: other content pkg:generic/acme/tool@1.0.0 b.bin`,
    ]);
    expect(ran.message).toMatch(/a\.bin: other content: SHA-256 [0-9a-f]{12}…, and SHA-256 [0-9a-f]{12}… in eu-west-1/);
    expect(ran.message).toContain('Next: Give what has other content a new version');
    expect(ran.message).not.toContain('reconcile');
  });

  test.each(['Unlisted', 'Archived', 'Disposed'] as const)(
    'a version that is %s in one Region only',
    async (status) => {
      await putTool(place, '1.0.0');
      const asked = {
        ...inRepository,
        format: 'generic' as const,
        namespace: 'acme',
        package: 'tool',
        versions: ['1.0.0'],
      };
      if (status === 'Disposed') await place.client(REPLICA).disposePackageVersions(asked);
      else await place.client(REPLICA).updatePackageVersionsStatus({ ...asked, targetStatus: status });
      const ran = await place.run(verify);
      expect(findings(ran)).toEqual([`${REPLICA}: other status pkg:generic/acme/tool@1.0.0`]);
      expect(ran.message).toContain(`${REPLICA}: pkg:generic/acme/tool@1.0.0: ${status}, and Published in ${PRIMARY}`);
    },
  );

  test('a version that is unfinished in one Region', async () => {
    const one = { repository: REPOSITORY, version: '1.0.0' };
    for (const region of REGIONS) {
      await publishGeneric(place.client(region), { ...one, unfinished: region === REPLICA });
    }
    const ran = await place.run(verify);
    expect(findings(ran)).toEqual([`${REPLICA}: other status pkg:generic/build/tool@1.0.0`]);
    expect(ran.message).toContain('Unfinished, and Published in');
  });

  test('dist-tags', async () => {
    await putSamples(place, '1.0.0');
    await putSamples(place, '1.1.0');
    await setTag(place.client(OTHER), 'latest', '1.0.0');
    await setTag(place.client(OTHER), 'next', '1.1.0');
    const ran = await place.run(verify);
    expect(ran.exitCode).toBe(1);
    expect(ran.result.findings).toEqual(
      ['dist-tag latest: 1.0.0, and 1.1.0 in eu-west-1', 'dist-tag next: 1.1.0, and none in eu-west-1'].map(
        (found) => ({
          region: OTHER,
          kind: 'other dist-tag',
          package: 'pkg:npm/%40acme/shop',
          asset: null,
          found,
        }),
      ),
    );
  });

  test('what only a replica has is missing in the primary', async () => {
    await putTool(place, '1.0.0');
    await putTool(place, '1.1.0', { regions: [OTHER] });
    await publishGeneric(place.client(OTHER), { repository: REPOSITORY, version: '1', package: 'extra' });
    expect(findings(await place.run(verify))).toEqual([
      `${PRIMARY}: missing version pkg:generic/acme/tool@1.1.0`,
      `${REPLICA}: missing version pkg:generic/acme/tool@1.1.0`,
      `${PRIMARY}: missing package pkg:generic/build/extra`,
      `${REPLICA}: missing package pkg:generic/build/extra`,
    ]);
  });
});

test('only what was published here is compared: what comes from upstream repositories is left out', async () => {
  await putTool(place, '1.0.0');
  for (const region of REGIONS) {
    await place.client(region).createRepository({ domain: DOMAIN, repository: 'shared' });
    await place.client(region).updateRepository({ ...inRepository, upstreams: [{ repositoryName: 'shared' }] });
  }
  await publishGeneric(place.client(PRIMARY), { repository: 'shared', version: '1', package: 'borrowed' });
  const asked = { domain: DOMAIN, sourceRepository: 'shared', destinationRepository: REPOSITORY } as const;
  await place.client(PRIMARY).copyPackageVersions({
    ...asked,
    format: 'generic',
    namespace: 'build',
    package: 'borrowed',
    versions: ['1'],
  });
  const ran = await place.run(verify);
  expect(ran).toMatchObject({
    exitCode: 0,
    outputs: { status: 'equal', versions: '1' },
    result: { leftOut: { fromUpstream: 1, otherFormats: 0 } },
  });
  expect(ran.report).toContain('1 package was left out');
});

describe('what is compared can be named', () => {
  beforeEach(async () => {
    await putSamples(place, '1.0.0');
    await putTool(place, '1.1.0', { regions: [PRIMARY] });
  });

  test('packages and versions, without listing the repository', async () => {
    const before = place.lastCall();
    const equal = await place.run(verify, { packages: 'pkg:generic/acme/tool@1.0.0\npkg:npm/%40acme/shop' });
    expect(equal).toMatchObject({ exitCode: 0, outputs: { versions: '2' } });
    const operations = place.calls(before).map(({ operation }) => operation);
    expect(operations).not.toContain('ListPackages');
    const differs = await place.run(verify, { packages: 'pkg:generic/acme/tool' });
    expect(findings(differs)).toEqual(
      REPLICAS.map((region) => `${region}: missing version pkg:generic/acme/tool@1.1.0`),
    );
  });

  test('what no Region has is a finding, not silence', async () => {
    const ran = await place.run(verify, { packages: 'pkg:pypi/acme-shop@9.9.9\npkg:cargo/nothing' });
    expect(findings(ran)).toEqual([
      ...REGIONS.map((region) => `${region}: missing package pkg:cargo/nothing`),
      ...REGIONS.map((region) => `${region}: missing version pkg:pypi/acme-shop@9.9.9`),
    ]);
    expect(ran.message).toContain('it was not published to the repository in any Region');
  });

  test('formats', async () => {
    const ran = await place.run(verify, { formats: 'npm\nmaven' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { versions: '2' }, result: { leftOut: { otherFormats: 3 } } });
  });
});

test.each([
  [{ packages: 'shop' }, "input 'packages': 'shop' is no package URL"],
  [{ packages: 'pkg:npm/shop', formats: 'pypi' }, "'pkg:npm/shop' is of a format that 'formats' leaves out"],
  [{ formats: 'nuget' }, "input 'formats': 'nuget' is not a format"],
  [{ replicas: '' }, "input 'replicas': is required"],
  [{ replicas: PRIMARY }, 'is the primary Region'],
  [{ parallel: '0' }, "input 'parallel': '0' is not a whole number from 1 to 20"],
])('bad input %j is refused before any call', async (inputs, message) => {
  const before = place.lastCall();
  const ran = await place.run(verify, inputs);
  expect(ran.exitCode).toBe(2);
  expect(ran.message).toContain(message);
  expect(place.calls(before)).toEqual([]);
});
