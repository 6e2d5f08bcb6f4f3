import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DOMAIN, loginTo, sha256 } from '../../local-aws/codeartifact-client.ts';
import { ALL_FORMATS, type Sample, writeSample } from './publish-samples.ts';
import { cellsOf, isWrite, openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPLICAS, REPOSITORY } from './workplace.ts';

// What becomes of versions that a run made when it fails: 'on-failure', both modes, and what somebody else did.

let place: PublishWorkplace;
const [, LAST] = REPLICAS;
const WHOLE = REGIONS.slice(0, 2);

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

/** Uploads to a Region are refused from the n-th one on: a failure that is not one of the network. */
function refuseUploads(region: string = LAST, n = 1): void {
  let uploads = 0;
  place.setFaults();
  place.decide = ({ operation, region: here }) => {
    if (here !== region || operation !== 'PublishPackageVersion') return 'pass';
    uploads += 1;
    return uploads >= n ? 403 : 'pass';
  };
}

function heal(): void {
  place.decide = () => 'pass';
}

const statuses = async (region: string) => Object.values(await place.held(region)).map(({ status }) => status);

describe('primary-first', () => {
  // The article's pipeline publishes to all Regions at the same time: a replica can be ahead of a primary that failed.
  test.each(ALL_FORMATS)('a replica is never ahead of a failed primary: %s', async (format) => {
    const sample = await writeSample(place.root, format);
    refuseUploads(PRIMARY);
    const before = place.lastCall();
    const ran = await place.publish({ ...sample.inputs, quorum: '1' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('0 of 3 Regions are complete; not eu-west-1 (failed), eu-central-1 (not tried)');
    expect(place.writes(before).filter(({ region }) => region !== PRIMARY)).toEqual([]);
    for (const row of Object.values(cellsOf(ran))) {
      expect(row).toEqual({ 'eu-west-1': 'failed', 'eu-central-1': 'not tried', 'us-east-1': 'not tried' });
    }
    heal();
    expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0 });
    await place.expectHeld([sample]);
  });

  test('all-at-once waits for none, and says which Regions are complete', async () => {
    const sample = await writeSample(place.root, 'cargo');
    refuseUploads(PRIMARY);
    const ran = await place.publish({ ...sample.inputs, mode: 'all-at-once' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('2 of 3 Regions are complete; not eu-west-1 (failed)');
    await place.expectHeld([sample], REPLICAS);
    const enough = await place.publish({ ...sample.inputs, mode: 'all-at-once', quorum: '2' });
    expect(enough).toMatchObject({ exitCode: 0, outputs: { status: 'partly', 'incomplete-regions': PRIMARY } });
  });
});

describe('keep', () => {
  test('is the usual way: the next run goes on from there', async () => {
    const sample = await writeSample(place.root, 'maven');
    refuseUploads(LAST, 2);
    const ran = await place.publish(sample.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('Run again: it goes on from what it finds, and nothing is published twice');
    heal();
    await place.expectHeld([sample], WHOLE);
    const since = place.lastCall();
    expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0 });
    expect(place.writes(since).every(({ region }) => region === LAST)).toBe(true);
    await place.expectHeld([sample]);
  });
});

describe('unlist', () => {
  const unlist = { 'on-failure': 'unlist' };

  test.each(['pypi', 'npm', 'cargo'] as const)(
    'hides what this run made, and the next run lists it again: %s',
    async (format) => {
      const sample = await writeSample(place.root, format);
      refuseUploads();
      const ran = await place.publish({ ...sample.inputs, ...unlist });
      expect(ran.exitCode).toBe(1);
      expect(ran.message).toContain('What this run made was taken back');
      for (const row of Object.values(cellsOf(ran))) {
        expect(row).toEqual({ 'eu-west-1': 'unlisted', 'eu-central-1': 'unlisted', 'us-east-1': 'failed' });
      }
      for (const region of WHOLE) expect(await statuses(region)).toEqual(['Unlisted']);
      // The Region is still failing: what is listed again is taken back again.
      expect(await place.publish({ ...sample.inputs, ...unlist })).toMatchObject({ exitCode: 1 });
      for (const region of WHOLE) expect(await statuses(region)).toEqual(['Unlisted']);
      heal();
      const next = await place.publish({ ...sample.inputs, ...unlist });
      expect(next).toMatchObject({ exitCode: 0, outputs: { status: 'published' } });
      expect(next.lines.join('\n')).toContain('listed again');
      await place.expectHeld([sample]);
      expect(await place.publish({ ...sample.inputs, ...unlist })).toMatchObject({ outputs: { status: 'nothing' } });
    },
  );

  test('leaves a version unlisted that was unlisted by hand, unless it is asked to', async () => {
    const sample = await writeSample(place.root, 'pypi');
    await place.put([sample.folder]);
    await setStatus('pypi', 'acme-shop', 'Unlisted');
    const ran = await place.publish(sample.inputs);
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
    expect(ran.report).toContain('is unlisted and stays so');
    for (const region of REGIONS) expect(await statuses(region)).toEqual(['Unlisted']);
  });

  async function setStatus(format: 'pypi', name: string, targetStatus: 'Unlisted'): Promise<void> {
    for (const region of REGIONS) {
      const versions = { domain: DOMAIN, repository: REPOSITORY, format, package: name, versions: ['1.0.0'] };
      await place.client(region).updatePackageVersionsStatus({ ...versions, targetStatus });
    }
  }
});

describe('delete', () => {
  test.each(ALL_FORMATS)('removes what this run made, in every Region: %s', async (format) => {
    const sample = await writeSample(place.root, format);
    const older = await writeSample(place.root, format, { version: '0.9.0' });
    await place.publish(older.inputs);
    refuseUploads();
    const ran = await place.publish({ ...sample.inputs, 'on-failure': 'delete' });
    expect(ran.exitCode).toBe(1);
    for (const row of Object.values(cellsOf(ran))) {
      expect(row).toEqual({ 'eu-west-1': 'deleted', 'eu-central-1': 'deleted', 'us-east-1': 'failed' });
    }
    heal();
    await place.expectHeld([older]);
    expect(await place.publish({ ...sample.inputs, 'on-failure': 'delete' })).toMatchObject({ exitCode: 0 });
    await place.expectHeld([older, sample]);
  });

  test('leaves what was there before the run', async () => {
    const sample = await writeSample(place.root, 'cargo');
    await place.put([sample.folder], { regions: [PRIMARY] });
    refuseUploads();
    const ran = await place.publish({ ...sample.inputs, 'on-failure': 'delete' });
    expect(ran.exitCode).toBe(1);
    expect(Object.values(cellsOf(ran))[0]).toEqual({
      'eu-west-1': 'already there',
      'eu-central-1': 'deleted',
      'us-east-1': 'failed',
    });
    await place.expectHeld([sample], [PRIMARY]);
    expect(await place.held('eu-central-1')).toEqual({});
  });
});

describe.each(['unlist', 'delete'] as const)("'%s'", (how) => {
  test.each(['maven', 'generic'] as const)('removes an unfinished version: %s', async (format) => {
    const sample = await writeSample(place.root, format);
    refuseUploads(LAST, 2);
    const ran = await place.publish({ ...sample.inputs, 'on-failure': how });
    expect(ran.exitCode).toBe(1);
    expect(await place.held(LAST)).toEqual({});
    expect(new Set(Object.values(cellsOf(ran)).map((row) => row[LAST]))).toEqual(new Set(['deleted']));
    heal();
    expect(await place.publish({ ...sample.inputs, 'on-failure': how })).toMatchObject({ exitCode: 0 });
    if (how === 'delete') await place.expectHeld([sample]);
  });

  test('leaves a version of which something was there before the run', async () => {
    const sample = await writeSample(place.root, 'pypi');
    await place.put(sample.inputs.files!.split('\n').slice(0, 1), { regions: [PRIMARY] });
    refuseUploads();
    const ran = await place.publish({ ...sample.inputs, 'on-failure': how });
    expect(ran.exitCode).toBe(1);
    expect(
      Object.values(cellsOf(ran))
        .map((row) => row[PRIMARY])
        .sort(),
    ).toEqual(['already there', 'published', 'published']);
    await place.expectHeld([sample], [PRIMARY]);
  });

  test('takes back also where answers are lost or throttled', async () => {
    const sample = await writeSample(place.root, 'pypi');
    refuseUploads();
    const operations = ['UpdatePackageVersionsStatus', 'DeletePackageVersions'];
    const faults = ['reset-after', 'throttle', 'server-error'] as const;
    place.setFaults(
      ...operations.flatMap((operation) =>
        faults.map((fault, n) => ({ fault, operation, region: WHOLE[n % 2] ?? '', times: 1 })),
      ),
    );
    const ran = await place.publish({ ...sample.inputs, 'on-failure': how });
    expect(place.calls().filter(({ fault }) => fault !== undefined).length).toBeGreaterThanOrEqual(2);
    const outcome = how === 'unlist' ? 'unlisted' : 'deleted';
    for (const row of Object.values(cellsOf(ran)))
      expect(row).toMatchObject({ [PRIMARY]: outcome, 'eu-central-1': outcome });
    for (const region of WHOLE) expect(await statuses(region)).toEqual(how === 'unlist' ? ['Unlisted'] : []);
  });

  test('keeps a version to which somebody else added, and tells it', async () => {
    const sample = await writeSample(place.root, 'pypi');
    refuseUploads();
    const refuse = place.decide;
    let added = false;
    place.decide = async (call) => {
      // Between the upload to the primary and the failure of the replica.
      if (call.region === LAST && isWrite(call) && !added) {
        added = true;
        await addWheel(sample);
      }
      return await refuse(call);
    };
    const ran = await place.publish({ ...sample.inputs, 'on-failure': how });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('What this run made was taken back, but for what the report names');
    expect(ran.message).toContain('See the report for what was kept and why');
    expect(ran.report).toContain('eu-west-1: acme-shop 1.0.0 was kept: it holds');
    expect(await statuses(PRIMARY)).toEqual(['Published']);
    expect(new Set(Object.values(cellsOf(ran)).map((row) => row[PRIMARY]))).toEqual(new Set(['published']));
    expect(await statuses('eu-central-1')).toEqual(how === 'unlist' ? ['Unlisted'] : []);
  });

  test('what cannot be taken back is told, and stops nothing else', async () => {
    const sample = await writeSample(place.root, 'cargo');
    const takesBack = /^(UpdatePackageVersionsStatus|DeletePackageVersions)$/;
    refuseUploads();
    const refuse = place.decide;
    place.decide = (call) => (call.region === 'eu-central-1' && takesBack.test(call.operation) ? 403 : refuse(call));
    const ran = await place.publish({ ...sample.inputs, 'on-failure': how });
    expect(ran.exitCode).toBe(1);
    expect(ran.report).toContain('eu-central-1: acme-shop 1.0.0 was kept: acme-shop 1.0.0 could not be taken back');
    expect(Object.values(cellsOf(ran))[0]).toMatchObject({ 'eu-central-1': 'published', 'us-east-1': 'failed' });
    await place.expectHeld([sample], ['eu-central-1']);
    expect(await statuses(PRIMARY)).toEqual(how === 'unlist' ? ['Unlisted'] : []);
  });
});

/** Somebody else adds a wheel to the version in the primary Region. */
async function addWheel({ folder }: Sample): Promise<void> {
  const { endpoint, token } = await loginTo(place.client(PRIMARY), REPOSITORY, 'pypi');
  const form = new FormData();
  const fields = { ':action': 'file_upload', name: 'acme-shop', version: '1.0.0', filetype: 'bdist_wheel' };
  for (const [name, value] of Object.entries({ ...fields, sha256_digest: sha256(folder) })) form.append(name, value);
  form.append('content', new Blob([folder]), 'acme_shop-1.0.0-cp313-cp313-win_amd64.whl');
  const authorization = `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`;
  const answer = await fetch(endpoint, { method: 'POST', headers: { authorization }, body: form });
  expect(answer.status).toBe(200);
}
