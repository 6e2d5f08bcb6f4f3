import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import verify from '../../../actions/packages/verify.ts';
import { DOMAIN, publishGeneric } from '../../local-aws/codeartifact-client.ts';
import { putSamples, putTool, SAMPLE_VERSIONS } from './samples.ts';
import { openWorkplace, PRIMARY, REGIONS, REPLICAS, REPOSITORY, type Workplace } from './workplace.ts';

// `packages verify` while Regions are down, slow or faulty, and with many packages.

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

test('a Region that is down is a finding; the other two are compared all the same', async () => {
  await putSamples(place, '1.0.0');
  await putTool(place, '1.1.0', { regions: [PRIMARY] });
  place.aws.setFaults({ rules: [{ fault: 'unreachable', region: REPLICA }] });
  const before = place.lastCall();
  const ran = await place.run(verify);
  expect(ran).toMatchObject({
    exitCode: 1,
    outputs: { status: 'differs', findings: '2', versions: '6', regions: `${PRIMARY},${OTHER}` },
    result: { unread: [REPLICA] },
  });
  expect(ran.message).toContain(`${REPLICA}: could not be read, or not to the end`);
  expect(ran.message).toContain(`${OTHER}: pkg:generic/acme/tool@1.1.0: the version is missing`);
  expect(ran.report).toContain(`| ${REPLICA} |  |  | unreadable |`);
  // One call with its repetitions, and not one for each package.
  expect(place.calls(before).filter(({ region }) => region === REPLICA).length).toBeLessThanOrEqual(5);
});

test('a Region that goes down in the middle is no list of missing packages', async () => {
  await putSamples(place, '1.0.0');
  place.aws.setFaults({ rules: [{ fault: 'reset', region: OTHER, skip: 4 }] });
  const ran = await place.run(verify);
  expect(ran).toMatchObject({ exitCode: 1, outputs: { findings: '1', regions: `${PRIMARY},${REPLICA}` } });
  expect(ran.message).toContain(`${OTHER}: could not be read, or not to the end`);
});

test('with all Regions down it fails with one finding for each', async () => {
  place.aws.setFaults({ rules: [{ fault: 'unreachable' }] });
  const ran = await place.run(verify);
  expect(ran).toMatchObject({ exitCode: 1, outputs: { findings: '3', versions: '0', regions: '' } });
});

test('a repository that is not there is named with what to do', async () => {
  await place.client(OTHER).deleteRepository({ domain: DOMAIN, repository: REPOSITORY });
  const ran = await place.run(verify);
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain(`${OTHER}: could not be read, or not to the end: there is no repository team/packages`);
  expect(ran.message).toContain("Deploy the stack of 'stacks/packages' there");
});

test('faults that pass change nothing: every third read fails, one Region is slow, tokens end in the middle', async () => {
  await putSamples(place, '1.0.0');
  await putSamples(place, '1.1.0');
  place.aws.setFaults({
    rules: [
      { fault: 'latency', milliseconds: 30, region: REPLICA },
      // A call that is repeated comes next in its Region, so that it is not struck five times in a row.
      ...REGIONS.map((region) => ({ fault: 'server-error' as const, service: 'codeartifact', region, every: 3 })),
    ],
  });
  const faulty = await place.run(verify, { parallel: '1' });
  expect(faulty.message).toBe('');
  expect(faulty).toMatchObject({ exitCode: 0, outputs: { status: 'equal', versions: String(2 * SAMPLE_VERSIONS) } });

  place.aws.setFaults({ rules: [{ fault: 'latency', milliseconds: 20, operation: 'ReadFromRepository' }] });
  place.aws.setCodeArtifactTokenSeconds(3600);
  const running = place.run(verify);
  const before = place.lastCall();
  while (!place.calls(before).some(({ operation }) => operation === 'ReadFromRepository')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  place.aws.endCodeArtifactTokens();
  expect(await running).toMatchObject({ exitCode: 0, outputs: { status: 'equal' } });
});

test('a cancelled run ends as cancelled, and reports no difference', async () => {
  await putSamples(place, '1.0.0');
  place.aws.setFaults({ rules: [{ fault: 'latency', milliseconds: 200 }] });
  const controller = new AbortController();
  const before = place.lastCall();
  const running = place.run(verify, {}, { signal: controller.signal });
  while (place.calls(before).length < 3) await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  const ran = await running;
  expect(ran.exitCode).toBe(130);
  expect(ran.outputs).toEqual({});
});

test('with 300 packages the calls grow with pages, packages and versions, and each Region is asked as documented', async () => {
  const PACKAGES = 300;
  const names = Array.from({ length: PACKAGES }, (_, n) => `tool-${n}`);
  const fill = async (region: string, own: readonly string[]) => {
    for (const name of own) {
      await publishGeneric(place.client(region), { repository: REPOSITORY, version: '1', package: name });
    }
  };
  await Promise.all(REGIONS.map((region) => fill(region, region === OTHER ? names.slice(0, 100) : names)));
  const before = place.lastCall();
  const ran = await place.run(verify);
  expect(ran).toMatchObject({ exitCode: 1, outputs: { findings: '200', versions: String(PACKAGES) } });
  const calls = place.calls(before);
  const count = (operation: string) => calls.filter((call) => call.operation === operation).length;
  expect(count('ListPackages')).toBe(3);
  expect(count('ListPackageVersions')).toBe(3 * PACKAGES);
  expect(count('ListPackageVersionAssets')).toBe(2 * PACKAGES + 100);
  expect(calls).toHaveLength(3 + 3 * PACKAGES + 2 * PACKAGES + 100);
  expect(ran.result.calls).toBe(calls.length);
});

test('lists of several pages are read to the end; findings are counted, and the first thousand of them told', async () => {
  const PACKAGES = 1010;
  const left = Array.from({ length: PACKAGES }, (_, n) => `tool-${String(n).padStart(4, '0')}`).reverse();
  const publish = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      await publishGeneric(place.client(OTHER), { repository: REPOSITORY, version: '1', package: name });
    }
  };
  await Promise.all(Array.from({ length: 8 }, publish));
  const before = place.lastCall();
  const ran = await place.run(verify);
  expect(ran).toMatchObject({ exitCode: 1, outputs: { findings: String(2 * PACKAGES), versions: String(PACKAGES) } });
  expect(ran.result).toMatchObject({ count: 2 * PACKAGES, packages: PACKAGES });
  const told = ran.result.findings as readonly { readonly package: string }[];
  expect(told.map((finding) => finding.package)).toEqual(
    Array.from({ length: 1000 }, (_, n) => `pkg:generic/build/tool-${String(Math.floor(n / 2)).padStart(4, '0')}`),
  );
  expect(ran.report).toContain(`${2 * PACKAGES - 1000} more differences are not shown.`);
  const lists = place.calls(before).filter(({ operation }) => operation === 'ListPackages');
  expect(lists.map(({ region }) => region).sort()).toEqual([REPLICA, PRIMARY, OTHER, OTHER]);
  // What only one Region has is not compared file by file.
  expect(place.calls(before)).toHaveLength(4 + 3 * PACKAGES);
});
