import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultEffect } from '../../../../local-aws/fault-rules.ts';
import { expectWhole } from './watch.ts';
import {
  both,
  bucketIn,
  type Fate,
  HOME,
  isWrite,
  LAST,
  NAME,
  OTHER,
  openWorkplace,
  REGIONS,
  type Workplace,
} from './workplace.ts';

// Faults of S3 and of Regions, before and in the middle of a run: what becomes of the run, and that the next one ends
// with all Regions equal.

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

const EVERYWHERE = { regions: REGIONS.join('\n') };
const EFFECTS: readonly (FaultEffect & { readonly times?: number; readonly operation?: string })[] = [
  // The SDK slows itself down after each of these.
  { fault: 'throttle', times: 2 },
  { fault: 'server-error' },
  { fault: 'server-error', status: 503 },
  { fault: 'conflict', operation: 'PutObject' },
  { fault: 'reset' },
  { fault: 'reset-after' },
];

test.each(EFFECTS)(
  'each third call of S3 fails: %j: both files are there, and no version is announced twice',
  async (effect) => {
    place.write(both('one'));
    expect(await place.publish()).toMatchObject({ exitCode: 0 });
    place.write(both('two'));
    place.setFaults({ ...effect, service: 's3', every: 3 });
    const ran = await place.publish();
    place.aws.clearFaults();
    expect(place.calls().some(({ fault }) => fault !== undefined)).toBe(true);
    expect(ran).toMatchObject({ exitCode: 0, message: '', outputs: { status: 'published' } });
    expect(await place.shown()).toEqual(both('two'));
    expect(await place.publish()).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
  },
);

test('every write whose answer is lost once is known again', async () => {
  place.write(both('one'));
  expect(await place.publish()).toMatchObject({ exitCode: 0 });
  for (let skip = 0; skip < 6; skip++) {
    place.write(both(`lost${skip}`));
    place.setFaults({ fault: 'reset-after', service: 's3', operation: 'PutObject', skip, times: 1 });
    expect({ skip, ...(await place.publish()) }).toMatchObject({ skip, exitCode: 0, message: '' });
    place.aws.clearFaults();
    expect(await place.shown()).toEqual(both(`lost${skip}`));
  }
});

describe('a Region that is down', () => {
  test('before the run: the others are published, the run says which is not, and the next one completes it', async () => {
    place.write(both('one'));
    place.decide = ({ region, service }) => (region === LAST && service === 's3' ? 403 : 'pass');
    // Stands for any reason that S3 gives at once; a connection that is reset again and again is tried in the next test.
    const ran = await place.publish(EVERYWHERE);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`${LAST}: The bucket ${bucketIn(LAST)} cannot be used: S3 denies access`);
    place.decide = () => 'pass';
    expect(await place.publish(EVERYWHERE)).toMatchObject({ exitCode: 0, outputs: { published: '3' } });
  });

  test('unreachable before the run, and at each call in the middle: whole everywhere, and the next run completes it', async () => {
    place.write(both('one'));
    expect(await place.publish(EVERYWHERE)).toMatchObject({ exitCode: 0 });
    const marks = ['two', 'three'];
    for (const [n, mark] of marks.entries()) {
      place.write(both(mark));
      let calls = 0;
      place.decide = ({ region, service }) => {
        if (region !== LAST || service !== 's3') return 'pass';
        calls += 1;
        return calls > n * 7 ? 'reset' : 'pass';
      };
      const ran = await place.publish(EVERYWHERE);
      place.decide = () => 'pass';
      expect(ran.exitCode).toBe(1);
      expect(ran.message).toContain(LAST);
      for (const region of [HOME, OTHER]) expect(await place.shown(region)).toEqual(both(mark));
      expectWhole(await place.shown(LAST), ['one', ...marks].map(both), { n });
      expect(ran.report).toMatch(new RegExp(`\\| \`${NAME}\` \\| published \\| published \\| (failed|not tried)`));
      expect(await place.publish(EVERYWHERE)).toMatchObject({ exitCode: 0, outputs: { published: '1' } });
      expect(await place.shown(LAST)).toEqual(both(mark));
    }
  }, 120_000);
});

describe('what S3 refuses', () => {
  test('a bucket of somebody else: nothing is written anywhere', async () => {
    place.write(both('one'));
    place.decide = ({ resource = '', region }) =>
      region === OTHER && resource.startsWith(bucketIn(OTHER)) ? 403 : 'pass';
    const ran = await place.publish(EVERYWHERE);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`The bucket ${bucketIn(OTHER)} cannot be used: S3 denies access`);
    expect(ran.message).toContain('it belongs to another account, or the role lacks a permission');
    expect(
      place
        .calls()
        .filter(isWrite)
        .filter(({ service }) => service === 's3'),
    ).toEqual([]);
  });

  test('a name that another account has taken: nothing is written into its bucket', async () => {
    place.write(both('one'));
    const theirs = place.s3(HOME, '999988887777');
    await theirs.createBucket({ Bucket: bucketIn(HOME), CreateBucketConfiguration: { LocationConstraint: HOME } });
    expect((await place.publish()).message).toContain(`The bucket ${bucketIn(HOME)} cannot be used: S3 denies access`);
    expect((await theirs.listObjectsV2({ Bucket: bucketIn(HOME) })).Contents ?? []).toEqual([]);
  });

  test('a name that another account takes at this moment', async () => {
    place.write(both('one'));
    const theirs = place.s3(HOME, '999988887777');
    place.decide = async ({ operation }): Promise<Fate> => {
      if (operation !== 'CreateBucket') return 'pass';
      await theirs.createBucket({ Bucket: bucketIn(HOME), CreateBucketConfiguration: { LocationConstraint: HOME } });
      return 'pass';
    };
    const ran = await place.publish();
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`The bucket ${bucketIn(HOME)} belongs to another account; nothing was written`);
  });

  test.each(['PutObject', 'CreateBucket'])('no permission for %s', async (operation) => {
    place.write(both('one'));
    place.decide = (call) => (call.operation === operation ? 403 : 'pass');
    const ran = await place.publish();
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('the role lacks a permission');
    place.decide = () => 'pass';
    expect(await place.shown()).toEqual({ definition: 'absent', python: 'absent' });
    expect(await place.publish()).toMatchObject({ exitCode: 0 });
  });

  test('a permission that is lost before each write leaves whole versions', async () => {
    place.write(both('one'));
    expect(await place.publish()).toMatchObject({ exitCode: 0 });
    for (let n = 1; n <= 6; n++) {
      place.write(both(`denied${n}`));
      let writes = 0;
      place.decide = (call) => {
        if (isWrite(call) && call.service === 's3') writes += 1;
        return isWrite(call) && writes >= n ? 403 : 'pass';
      };
      expect(await place.publish()).toMatchObject({ exitCode: 1 });
      place.decide = () => 'pass';
      const pairs = ['one', `denied${n}`, `denied${n - 1}`].map(both);
      expectWhole(await place.shown(), pairs, { n });
      expect(await place.publish()).toMatchObject({ exitCode: 0 });
    }
  });
});

test('without glue:GetJobs transforms are published all the same, and the run says what is not known', async () => {
  place.write(both('one'));
  place.decide = ({ operation }) => (operation === 'GetJobs' ? 403 : 'pass');
  const ran = await place.publish();
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'published' } });
  expect(ran.lines.join('\n')).toContain('so nothing is known of those to save again');
  expect(await place.publish({ 'save-jobs': 'true' })).toMatchObject({ exitCode: 1 });
});

test('a cancelled run ends what it has begun, and begins nothing else', async () => {
  for (let n = 0; n < 20; n++) place.write(both('one'), `several_${n}`, `${place.root}/several`);
  const cancel = new AbortController();
  place.decide = ({ operation, resource = '' }) => {
    if (operation === 'PutObject' && resource.endsWith('.py') && resource.includes('/transforms/')) cancel.abort();
    return 'pass';
  };
  const ran = await place.publish({}, { workspace: `${place.root}/several`, signal: cancel.signal });
  expect(ran.exitCode).toBe(130);
  place.decide = () => 'pass';
  const states = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => (await place.shown(HOME, `several_${n}`)).definition),
  );
  expect(states).toContain('one');
  expect(states).toContain('absent');
  expect(states).not.toContain('closed');
});
