import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eachBounded } from '../../../../lib/parallel.ts';
import { jumpingClock } from '../../../support/test-clock.ts';
import {
  ACCOUNT,
  both,
  bucketIn,
  definitionText,
  type Fate,
  HOME,
  isWrite,
  NAME,
  openWorkplace,
  pythonText,
  REGIONS,
  textOf,
  type Workplace,
} from './workplace.ts';

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

const EVERYWHERE = { regions: REGIONS.join('\n') };
const JSON_KEY = `transforms/${NAME}.json`;
const PYTHON_KEY = `transforms/${NAME}.py`;

async function uploadByHand(mark: string): Promise<void> {
  const s3 = place.s3();
  await s3.createBucket({ Bucket: bucketIn(HOME), CreateBucketConfiguration: { LocationConstraint: HOME } });
  await s3.putObject({ Bucket: bucketIn(HOME), Key: JSON_KEY, Body: definitionText(mark) });
  await s3.putObject({ Bucket: bucketIn(HOME), Key: PYTHON_KEY, Body: pythonText(mark) });
}

const versionOf = (ran: { readonly result: object }): string =>
  JSON.parse(JSON.stringify(ran.result)).targets[0].transforms[0].version;

test('both files of a transform come to every Region, exactly as they are, and a second run sends nothing', async () => {
  place.write(both('one'));
  const first = await place.publish(EVERYWHERE);
  expect(first).toMatchObject({ exitCode: 0, message: '', outputs: { status: 'published', published: '3' } });
  for (const region of REGIONS) {
    expect(await textOf(place.s3(region), bucketIn(region), JSON_KEY)).toBe(definitionText('one'));
    expect(await textOf(place.s3(region), bucketIn(region), PYTHON_KEY)).toBe(pythonText('one'));
  }
  const before = place.lastCall();
  const second = await place.publish(EVERYWHERE);
  expect(second).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged', published: '0' } });
  expect(
    place
      .calls(before)
      .map(({ operation, region }) => `${operation} ${region}`)
      .sort(),
  ).toEqual(
    REGIONS.flatMap((region) => [`GetCallerIdentity ${region}`, `GetJobs ${region}`, `ListObjectsV2 ${region}`]).sort(),
  );
});

test('of many transforms that are there nothing is sent, and a listing tells a thousand files at a time', async () => {
  const names = Array.from({ length: 501 }, (_, n) => `many_${n}`);
  const workspace = path.join(place.root, 'many');
  const s3 = place.s3();
  await s3.createBucket({ Bucket: bucketIn(HOME), CreateBucketConfiguration: { LocationConstraint: HOME } });
  await eachBounded(names, 16, async (name) => {
    place.write(both('one'), name, workspace);
    const Key = `transforms/${name}`;
    await s3.putObject({ Bucket: bucketIn(HOME), Key: `${Key}.json`, Body: definitionText('one', name) });
    await s3.putObject({ Bucket: bucketIn(HOME), Key: `${Key}.py`, Body: pythonText('one', name) });
  });
  const ran = await place.publish({}, { workspace });
  expect(ran).toMatchObject({ message: '', outputs: { status: 'unchanged', transforms: '501' } });
  const calls = place.calls().filter(({ service }) => service === 's3');
  expect(calls.map(({ operation }) => operation)).toEqual(['ListObjectsV2', 'ListObjectsV2']);
}, 60_000);

test('a bucket that is missing is made private, owned by its account, and tagged', async () => {
  place.write(both('one'));
  await place.publish(EVERYWHERE);
  for (const region of REGIONS) {
    const target = { Bucket: bucketIn(region) };
    const s3 = place.s3(region);
    const { PublicAccessBlockConfiguration } = await s3.getPublicAccessBlock(target);
    expect(PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect((await s3.getBucketOwnershipControls(target)).OwnershipControls?.Rules).toEqual([
      { ObjectOwnership: 'BucketOwnerEnforced' },
    ]);
    expect((await s3.getBucketTagging(target)).TagSet).toEqual([
      { Key: 'headgate:glue-transform', Value: 'github.com/octo-org/shop' },
    ]);
    const { LocationConstraint: location } = await s3.getBucketLocation(target);
    expect(location || 'us-east-1').toBe(region);
  }
});

async function keysOf(account: string): Promise<string[]> {
  const { Contents = [] } = await place.s3(HOME, account).listObjectsV2({ Bucket: bucketIn(HOME) });
  return Contents.map(({ Key }) => Key ?? '');
}

test('several accounts by their roles', async () => {
  place.write(both('one'));
  const accounts = ['222233334444', '333344445555'];
  const roles = accounts.map((account) => `arn:aws:iam::${account}:role/deploy`).join('\n');
  const ran = await place.publish({ roles, regions: HOME });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { published: '2' } });
  for (const account of accounts) {
    expect(await textOf(place.s3(HOME, account), bucketIn(HOME, account), PYTHON_KEY)).toBe(pythonText('one'));
  }
  expect(await place.shown()).toEqual({ definition: 'absent', python: 'absent' });
});

describe('inputs that are refused before any call', () => {
  test.each([
    [{ bucket: 'one-for-all', ...EVERYWHERE }, "input 'bucket': must have '{region}' in it"],
    [
      { 'to-version': `${NAME}: 12` },
      "input 'to-version': '12' is not a version (16 hexadecimal digits) or 'previous'",
    ],
    [{ 'to-version': 'a-b: previous' }, "input 'to-version': 'a-b' is not the name of a transform"],
    [{ 'keep-versions': '0' }, "input 'keep-versions': '0' is not a whole number from 1 to 100"],
    [{ regions: 'nowhere' }, "input 'regions': 'nowhere' is not a Region"],
  ])('%j', async (inputs, message) => {
    place.write(both('one'));
    const ran = await place.publish(inputs);
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toContain(message);
    expect(place.calls()).toEqual([]);
  });
});

describe('versions', () => {
  test('the one before comes back by name or as previous, and forth again', async () => {
    place.write(both('one'));
    const one = versionOf(await place.publish(EVERYWHERE));
    place.write(both('two'));
    const two = versionOf(await place.publish(EVERYWHERE));
    expect(two).not.toBe(one);
    const back = await place.publish({ ...EVERYWHERE, 'to-version': `${NAME}: previous` });
    expect(back).toMatchObject({ exitCode: 0, outputs: { status: 'published', published: '3' } });
    for (const region of REGIONS) expect(await place.shown(region)).toEqual(both('one'));
    expect(await place.publish({ ...EVERYWHERE, 'to-version': `${NAME}: ${one}` })).toMatchObject({
      outputs: { status: 'unchanged' },
    });
    for (const [mark, version] of [
      ['two', two],
      ['one', one],
      ['two', two],
      ['one', one],
    ] as const) {
      expect(await place.publish({ 'to-version': `${NAME}: ${version}` })).toMatchObject({ exitCode: 0 });
      expect(await place.shown()).toEqual(both(mark));
    }
  });

  test('one that is not kept is an error that names those that are', async () => {
    place.write(both('one'));
    const one = versionOf(await place.publish());
    const ran = await place.publish({ 'to-version': `${NAME}: 0123456789abcdef` });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`keeps no version 0123456789abcdef of ${NAME}`);
    expect(ran.message).toContain(one);
  });

  test('a copy that was changed is not brought back', async () => {
    place.write(both('one'));
    const one = versionOf(await place.publish());
    place.write(both('two'));
    await place.publish();
    const Key = `headgate/glue-transform/${NAME}/versions/${one}/${NAME}.py`;
    await place.s3().putObject({ Bucket: bucketIn(HOME), Key, Body: 'import os' });
    const ran = await place.publish({ 'to-version': `${NAME}: previous` });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`The version ${one} of ${NAME} is not kept`);
    expect(await place.shown()).toEqual(both('two'));
  });

  test('as many are kept as asked for; a copy that is young stays', async () => {
    const keys = async () => (await keysOf(ACCOUNT)).filter((key) => key.includes('/versions/') && key.endsWith('.py'));
    for (const mark of ['one', 'two', 'three']) {
      place.write(both(mark));
      await place.publish({ 'keep-versions': '2' });
    }
    expect(await keys()).toHaveLength(3);
    place.write(both('four'));
    const later = jumpingClock(new Date(Date.now() + 2 * 3_600_000).toISOString());
    expect(await place.publish({ 'keep-versions': '2' }, { clock: later })).toMatchObject({ exitCode: 0 });
    expect(await keys()).toHaveLength(2);
    await place.publish({ 'to-version': `${NAME}: previous` });
    expect(await place.shown()).toEqual(both('three'));
  });
});

describe('transforms of somebody else', () => {
  test('one that was uploaded by hand is replaced only when told, and can be brought back', async () => {
    await uploadByHand('hand');
    place.write(both('one'));
    const refused = await place.publish();
    expect(refused.exitCode).toBe(1);
    expect(refused.message).toContain(`${NAME} was uploaded by hand or by another tool`);
    expect(refused.message).toContain("give 'adopt: true'");
    expect(await place.shown()).toEqual(both('hand'));
    expect(await place.publish({ adopt: 'true' })).toMatchObject({ exitCode: 0 });
    expect(await place.shown()).toEqual(both('one'));
    await place.publish({ 'to-version': `${NAME}: previous` });
    expect(await place.shown()).toEqual(both('hand'));
  });

  test('one with the same content is there already, and adopting it says whose it is', async () => {
    await uploadByHand('one');
    place.write(both('one'));
    expect(await place.publish()).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
    expect(await place.publish({ adopt: 'true' })).toMatchObject({ exitCode: 0, outputs: { status: 'published' } });
    expect(await place.publish({ adopt: 'true' })).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
    place.write(both('two'));
    expect(await place.publish()).toMatchObject({ exitCode: 0 });
  });

  test('one of another repository in one Region stops all Regions before anything is written', async () => {
    place.write(both('theirs'));
    await place.publish({ regions: REGIONS[1] }, { repository: 'other/team' });
    place.write(both('one'));
    const before = place.lastCall();
    const ran = await place.publish(EVERYWHERE);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`eu-central-1: ${NAME} belongs to 'github.com/other/team'`);
    expect(ran.message).toContain('Nothing was changed in any account or Region');
    expect(
      place
        .calls(before)
        .filter(isWrite)
        .filter(({ service }) => service === 's3'),
    ).toEqual([]);
  });
});

test('what was uploaded by hand after the plan is not overwritten', async () => {
  place.write(both('one'));
  await place.publish();
  place.write(both('two'));
  let isFirst = true;
  place.decide = async ({ operation }): Promise<Fate> => {
    if (operation === 'GetJobs' && isFirst) {
      isFirst = false;
      await place.s3().putObject({ Bucket: bucketIn(HOME), Key: PYTHON_KEY, Body: pythonText('hand') });
    }
    return 'pass';
  };
  const ran = await place.publish();
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain('have changed since this run looked at them');
  expect((await place.shown()).python).toBe('hand');
});

describe('plans', () => {
  test('a dry run writes nothing and shows each transform in each Region', async () => {
    place.write(both('one'));
    const ran = await place.publish({ ...EVERYWHERE, 'dry-run': 'offline' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
    expect(ran.report).toContain(`| \`${NAME}\` | to publish | to publish | to publish |`);
    expect(ran.lines).toContain(`info:   create bucket ${bucketIn(HOME)}`);
    expect(
      place
        .calls()
        .filter(isWrite)
        .filter(({ service }) => service === 's3'),
    ).toEqual([]);
  });

  test('a saved plan is carried out, and refused when a bucket has changed', async () => {
    place.write(both('one'));
    await place.publish();
    place.write(both('two'));
    await place.publish({ 'dry-run': 'offline', 'plan-file': 'plan.json' });
    expect(await place.publish({ 'apply-plan': 'plan.json' })).toMatchObject({ exitCode: 0 });
    expect(await place.shown()).toEqual(both('two'));
    place.write(both('three'));
    await place.publish({ 'dry-run': 'offline', 'plan-file': 'plan.json' });
    await place.publish({ 'to-version': `${NAME}: previous` });
    const refused = await place.publish({ 'apply-plan': 'plan.json' });
    expect(refused.exitCode).toBe(1);
    expect(refused.message).toContain('The plan no longer fits');
    expect(await place.shown()).toEqual(both('one'));
  });
});

test('without a definition there is nothing to publish, and that is wrong', async () => {
  const ran = await place.publish({ transforms: 'empty' }, { workspace: emptyWorkspace() });
  expect(ran.exitCode).not.toBe(0);
  expect(place.calls()).toEqual([]);
});

test('a definition that names its Python file is refused: each Region would pair it with that one', async () => {
  place.write(both('one'));
  const file = path.join(place.root, 'transforms', `${NAME}.json`);
  const definition = { ...JSON.parse(definitionText('one')), path: 's3://other/transforms/elsewhere.py' };
  writeFileSync(file, JSON.stringify(definition));
  const ran = await place.publish();
  expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining("the definition has a 'path'") });
  expect(place.calls()).toEqual([]);
});

function emptyWorkspace(): string {
  place.write(both('one'), NAME, path.join(place.root, 'without'));
  writeFileSync(path.join(place.root, 'without', 'empty'), '');
  return path.join(place.root, 'without');
}
