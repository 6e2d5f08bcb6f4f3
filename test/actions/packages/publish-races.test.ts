import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ALL_FORMATS, type Sample, writeSample } from './publish-samples.ts';
import { type Fate, openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { type Ran, REGIONS } from './workplace.ts';

// Two runs publish the same version at the same time: both have seen that nothing is there before one of them writes.

let place: PublishWorkplace;

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

/** Runs both. The first upload of each waits for that of the other; then they go on as it comes. */
async function race(samples: readonly [Sample, Sample], inputs: Readonly<Record<string, string>> = {}): Promise<Ran[]> {
  const waiting: (() => void)[] = [];
  let met = 0;
  place.decide = async ({ operation }): Promise<Fate> => {
    if (operation !== 'PublishPackageVersion' || met >= samples.length) return 'pass';
    met += 1;
    if (met < samples.length) await new Promise<void>((resolve) => waiting.push(resolve));
    else for (const go of waiting) go();
    return 'pass';
  };
  const runs = samples.map((sample) => place.publish({ ...sample.inputs, ...inputs }));
  const ran = await Promise.all(runs);
  place.decide = () => 'pass';
  return ran;
}

const heldEverywhere = async () => await Promise.all(REGIONS.map((region) => place.held(region)));

describe.each(['primary-first', 'all-at-once'])('%s', (mode) => {
  test.each(ALL_FORMATS)('with the same content both end well: %s', async (format) => {
    const sample = await writeSample(place.root, format);
    const ran = await race([sample, sample], { mode });
    expect(ran.map(({ exitCode, message }) => ({ exitCode, message }))).toEqual([
      { exitCode: 0, message: '' },
      { exitCode: 0, message: '' },
    ]);
    await place.expectHeld([sample]);
  });
});

describe('with other content', () => {
  test.each(ALL_FORMATS)('one is everywhere, and the other run says so: %s', async (format) => {
    const ours = await writeSample(place.root, format);
    const theirs = await writeSample(place.root, format, { salt: 'theirs' });
    const ran = await race([ours, theirs]);
    expect(ran.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    const winner = ran[0]?.exitCode === 0 ? ours : theirs;
    const loser = ran.find(({ exitCode }) => exitCode === 1);
    expect(loser?.message).toMatch(/has other content in eu-west-1/);
    expect(loser?.message).toContain('somebody else published another build of the same version in the meantime');
    await place.expectHeld([winner]);
  });

  test.each(ALL_FORMATS)('all-at-once: each Region has one of both, and nothing is mixed: %s', async (format) => {
    const ours = await writeSample(place.root, format);
    const theirs = await writeSample(place.root, format, { salt: 'theirs' });
    const ran = await race([ours, theirs], { mode: 'all-at-once' });
    expect(ran.filter(({ exitCode }) => exitCode === 1).length).toBeGreaterThan(0);
    const whole = [ours, theirs].map(({ key, assets }) => ({ [key]: { status: 'Published', assets } }));
    for (const held of await heldEverywhere()) expect(whole).toContainEqual(held);
  });

  test.each(['unlist', 'delete'])("the run that fails takes back nothing of the other one: '%s'", async (how) => {
    const ours = await writeSample(place.root, 'pypi');
    const theirs = await writeSample(place.root, 'pypi', { salt: 'theirs' });
    const ran = await race([ours, theirs], { 'on-failure': how });
    expect(ran.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    const loser = ran.find(({ exitCode }) => exitCode === 1);
    expect(loser?.report).toContain('was kept: it holds');
    expect(loser?.message).not.toContain('taken back');
    await place.expectHeld([ran[0]?.exitCode === 0 ? ours : theirs]);
  });
});

test.each(['pypi', 'maven'] as const)(
  'the first file of a version goes alone, so that files are never mixed: %s',
  async (format) => {
    const sample = await writeSample(place.root, format);
    const begun = new Map<string, number>();
    const besides: number[] = [];
    place.decide = async ({ operation, region }): Promise<Fate> => {
      if (operation !== 'PublishPackageVersion') return 'pass';
      const before = begun.get(region) ?? 0;
      begun.set(region, before + 1);
      if (before > 0) return 'pass';
      // Long enough for others that are sent at the same time to arrive.
      for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
      besides.push((begun.get(region) ?? 0) - 1);
      return 'pass';
    };
    expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0 });
    expect(besides).toEqual([0, 0, 0]);
  },
);

test('an upload that another run was first with, with the same bytes, ends well and has its dist-tags', async () => {
  const sample = await writeSample(place.root, 'npm');
  let isFirst = true;
  place.decide = async ({ operation }): Promise<Fate> => {
    if (operation !== 'PublishPackageVersion' || !isFirst) return 'pass';
    isFirst = false;
    await place.put(sample.inputs.files!.split('\n'), { regions: REGIONS.slice(0, 1), tags: ['other'] });
    return 409;
  };
  expect(await place.publish(sample.inputs)).toMatchObject({ exitCode: 0, outputs: { status: 'published' } });
  await place.expectHeld([sample]);
  expect(await place.publish({ ...sample.inputs, 'npm-tag': 'latest' })).toMatchObject({
    outputs: { status: 'nothing' },
  });
});

test('what somebody published between the plan and the upload, with other bytes, is a conflict at once', async () => {
  const ours = await writeSample(place.root, 'pypi');
  const theirs = await writeSample(place.root, 'pypi', { salt: 'theirs' });
  let looks = 0;
  place.decide = async ({ operation, region }): Promise<Fate> => {
    if (operation !== 'DescribePackageVersion' || region !== REGIONS[0]) return 'pass';
    looks += 1;
    // The first look is that of the plan.
    if (looks === 2) await place.put([theirs.folder], { regions: REGIONS.slice(0, 1) });
    return 'pass';
  };
  const ran = await place.publish(ours.inputs);
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain('has other content in eu-west-1');
  place.decide = () => 'pass';
  await place.expectHeld([theirs], REGIONS.slice(0, 1));
});

test('two versions of one package at the same time: both are there, and latest is one of them', async () => {
  const first = await writeSample(place.root, 'npm');
  const second = await writeSample(place.root, 'npm', { version: '1.1.0' });
  const ran = await race([first, second]);
  expect(ran.map(({ exitCode }) => exitCode)).toContain(0);
  for (const sample of [first, second]) await place.publish({ ...sample.inputs, 'npm-tag': 'kept' });
  await place.expectHeld([first, second]);
});
