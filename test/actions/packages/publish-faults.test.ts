import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultEffect } from '../../../local-aws/fault-rules.ts';
import { ALL_FORMATS, ASSETS, type Sample, writeSample } from './publish-samples.ts';
import { cellsOf, isWrite, openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REGIONS, REPLICAS } from './workplace.ts';

// Faults of Regions, before and in the middle of a run: what becomes of the run, and that the next one ends with all
// Regions equal.

let place: PublishWorkplace;

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

const [LAST] = REPLICAS.slice(-1) as [string];

/** The uploads of files that were carried out, whether or not an answer came; checksums of Maven may be sent twice. */
function carriedOut(since = 0) {
  return place
    .calls(since)
    .filter(({ operation, resource = '' }) => operation === 'PublishPackageVersion' && !/\.(sha1|md5)$/.test(resource))
    .filter(({ fault }) => fault === undefined || fault === 'reset-after' || fault === 'latency');
}

const struck = () => place.calls().filter(({ fault }) => fault !== undefined);

describe('uploads that fail now and then', () => {
  const effects: readonly FaultEffect[] = [
    { fault: 'server-error' },
    { fault: 'server-error', status: 503 },
    { fault: 'conflict' },
    { fault: 'reset' },
    { fault: 'reset-after' },
    { fault: 'throttle' },
    { fault: 'latency', milliseconds: 20 },
  ];
  const cases = effects.flatMap((effect) => ALL_FORMATS.map((format) => ({ effect, format })));

  test.each(cases)('each third: $effect: $format is everywhere, and sent once', async ({ effect, format }) => {
    const sample = await writeSample(place.root, format);
    // Maven sends so much that the same file could be struck again and again; within one Region it cannot.
    const where = format === 'maven' ? { region: LAST } : {};
    place.setFaults({ ...effect, ...where, operation: 'PublishPackageVersion', every: 3 });
    const ran = await place.publish(sample.inputs);
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'published', published: String(ASSETS[format] * 3) } });
    expect(struck()).not.toEqual([]);
    expect(carriedOut()).toHaveLength(ASSETS[format] * 3);
    place.aws.clearFaults();
    await place.expectHeld([sample]);
    expect(new Set(Object.values(cellsOf(ran)).flatMap((row) => Object.values(row)))).toEqual(new Set(['published']));
  });
});

describe('what an upload is followed by', () => {
  test.each(['npm', 'maven'] as const)('metadata of %s whose answer is lost, or that fails', async (format) => {
    for (const fault of ['reset-after', 'reset', 'server-error', 'conflict'] as const) {
      await place.reset();
      const sample = await writeSample(place.root, format);
      place.setFaults(
        { fault: 'reset-after', operation: 'PublishPackageVersion', region: LAST },
        { fault, operation: 'PutPackageMetadata', region: LAST, every: 2 },
      );
      const ran = await place.publish(sample.inputs);
      place.aws.clearFaults();
      expect({ fault, ...ran }).toMatchObject({ exitCode: 0 });
      await place.expectHeld([sample]);
    }
  });
});

describe('a token that ends in the middle', () => {
  test.each(ALL_FORMATS)('is replaced, once in each Region: %s', async (format) => {
    const sample = await writeSample(place.root, format);
    let ended = false;
    place.decide = ({ operation, region }) => {
      if (!ended && region === LAST && operation === 'PublishPackageVersion') {
        ended = true;
        place.aws.endCodeArtifactTokens();
      }
      return 'pass';
    };
    expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0, outputs: { status: 'published' } });
    await place.expectHeld([sample]);
    const given = place.calls().filter(({ operation }) => operation === 'GetAuthorizationToken');
    for (const region of REGIONS) {
      const here = given.filter((call) => call.region === region).length;
      expect(here).toBeLessThanOrEqual(format === 'generic' ? 0 : 2);
    }
  });

  test('one that never holds is an error that says so', async () => {
    const sample = await writeSample(place.root, 'pypi');
    place.aws.setCodeArtifactTokenSeconds(-1);
    const ran = await place.publish(sample.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('CodeArtifact answered 401');
    expect(carriedOut().every(({ status }) => status === 401)).toBe(true);
  });
});

describe('a Region that is down before the run', () => {
  let sample: Sample;
  beforeEach(async () => {
    sample = await writeSample(place.root, 'pypi');
  });
  const takeDown = (region: string) => place.setFaults({ fault: 'unreachable', service: 'codeartifact', region });

  test('ends it before anything is written anywhere', async () => {
    takeDown(LAST);
    const ran = await place.publish(sample.inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(LAST);
    expect(ran.message).toContain('Nothing was published in any Region');
    expect(place.calls().slice(6).filter(isWrite)).toEqual([]);
    expect(Object.values(cellsOf(ran))[0]).toEqual({
      'eu-west-1': 'not tried',
      'eu-central-1': 'not tried',
      'us-east-1': 'unreachable',
    });
  });

  test('with a quorum the others are published, and the next run completes it', async () => {
    takeDown(LAST);
    const ran = await place.publish({ ...sample.inputs, quorum: '2' });
    expect(ran).toMatchObject({
      exitCode: 0,
      outputs: {
        status: 'partly',
        'complete-regions': 'eu-west-1,eu-central-1',
        'incomplete-regions': 'us-east-1',
      },
    });
    expect(ran.report).toContain("us-east-1 must be healed: run 'packages reconcile', or this again");
    expect(Object.values(cellsOf(ran))[0]).toMatchObject({ 'eu-west-1': 'published', 'us-east-1': 'unreachable' });
    const again = await place.publish({ ...sample.inputs, quorum: '2' });
    expect(again).toMatchObject({ exitCode: 0, outputs: { status: 'partly', published: '0' } });
    place.aws.clearFaults();
    await place.expectHeld([sample], REGIONS.slice(0, 2));
    expect(await place.held(LAST)).toEqual({});
    expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0, outputs: { published: '3' } });
    await place.expectHeld([sample]);
  });

  test('a quorum does not let replicas go ahead of a primary that is down', async () => {
    takeDown(PRIMARY);
    const ran = await place.publish({ ...sample.inputs, quorum: '2' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(PRIMARY);
    expect(place.calls().slice(6).filter(isWrite)).toEqual([]);
    const atOnce = await place.publish({ ...sample.inputs, quorum: '2', mode: 'all-at-once' });
    expect(atOnce).toMatchObject({ exitCode: 0, outputs: { status: 'partly', 'incomplete-regions': PRIMARY } });
  });

  test('throttled for good is down, too', async () => {
    place.setFaults({ fault: 'throttle', operation: 'ReadFromRepository', region: LAST });
    const { inputs } = await writeSample(place.root, 'npm');
    const ran = await place.publish({ ...inputs, quorum: '2' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'partly', 'incomplete-regions': LAST } });
  });
});

describe('a Region that goes down in the middle', () => {
  /** All calls of a Region end from its n-th write on. */
  function goDown(region: string, n: number): void {
    let writes = 0;
    place.decide = (call) => {
      if (call.region !== region) return 'pass';
      if (isWrite(call)) writes += 1;
      return writes >= n ? 'reset' : 'pass';
    };
  }

  test.each([1, 2, 3])(
    'a replica, at its write %d: the others are complete, and the next run completes it',
    async (n) => {
      const sample = await writeSample(place.root, 'pypi');
      goDown(LAST, n);
      const ran = await place.publish(sample.inputs);
      expect(ran.exitCode).toBe(1);
      expect(ran.message).toContain('2 of 3 Regions are complete; not us-east-1 (failed)');
      const rows = Object.values(cellsOf(ran));
      expect(rows.map((row) => row['us-east-1']).filter((cell) => cell === 'published')).toHaveLength(n - 1);
      expect(rows.map((row) => row[PRIMARY])).toEqual(['published', 'published', 'published']);
      place.decide = () => 'pass';
      await place.expectHeld([sample], REGIONS.slice(0, 2));
      const next = await place.publish(sample.inputs);
      expect(next).toMatchObject({ exitCode: 0, outputs: { published: String(3 - (n - 1)) } });
      await place.expectHeld([sample]);
    },
  );

  test('with a quorum it is enough', async () => {
    const sample = await writeSample(place.root, 'maven');
    goDown(LAST, 4);
    const ran = await place.publish({ ...sample.inputs, quorum: '2' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'partly', 'incomplete-regions': LAST } });
    place.decide = () => 'pass';
    expect(Object.values(await place.held(LAST))).toMatchObject([{ status: 'Unfinished' }]);
    expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0 });
    await place.expectHeld([sample]);
  });

  test('stops no other version early, and begins none there', async () => {
    const samples = [
      await writeSample(place.root, 'pypi', { version: '2.0.0' }),
      await writeSample(place.root, 'cargo', { version: '2.0.0' }),
      await writeSample(place.root, 'npm', { version: '2.0.0' }),
    ];
    goDown(LAST, 1);
    const files = samples.map(({ folder }) => folder).join('\n');
    const ran = await place.publish({ files, parallel: '1', quorum: '2' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'partly' } });
    const cells = Object.values(cellsOf(ran)).map((row) => row[LAST]);
    expect(cells.filter((cell) => cell === 'not tried').length).toBeGreaterThan(0);
    expect(new Set(cells)).toEqual(new Set(['failed', 'not tried']));
    place.decide = () => 'pass';
    await place.expectHeld(samples, REGIONS.slice(0, 2));
  });
});
