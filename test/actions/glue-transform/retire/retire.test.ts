import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  both,
  bucketIn,
  type Fate,
  HOME,
  isWrite,
  LAST,
  NAME,
  openWorkplace,
  REGIONS,
  type Workplace,
} from '../publish/workplace.ts';

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

const EVERYWHERE = { regions: REGIONS.join('\n') };
const GONE = { definition: 'absent', python: 'absent' };

const writesOf = (since = 0) =>
  place
    .calls(since)
    .filter((call) => isWrite(call) && call.service === 's3')
    .map(({ operation }) => operation);

const makeJob = (arguments_: Record<string, string>, name = 'sales') =>
  place.glue().createJob({
    Name: name,
    Role: 'arn:aws:iam::111122223333:role/glue',
    Command: { Name: 'glueetl' },
    DefaultArguments: arguments_,
  });

test('both files go in every Region; a second run finds nothing; the version can come back', async () => {
  place.write(both('one'));
  await place.publish(EVERYWHERE);
  const ran = await place.retire(EVERYWHERE);
  expect(ran).toMatchObject({ exitCode: 0, message: '', outputs: { status: 'retired', retired: '3' } });
  for (const region of REGIONS) expect(await place.shown(region)).toEqual(GONE);
  const before = place.lastCall();
  expect(await place.retire(EVERYWHERE)).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
  expect(writesOf(before)).toEqual([]);
  expect(await place.publish({ ...EVERYWHERE, 'to-version': `${NAME}: previous` })).toMatchObject({ exitCode: 0 });
  for (const region of REGIONS) expect(await place.shown(region)).toEqual(both('one'));
});

test('a transform can be retired and published again, as often as one likes', async () => {
  place.write(both('one'));
  for (let n = 0; n < 4; n++) {
    expect({ n, ...(await place.publish()) }).toMatchObject({ n, exitCode: 0 });
    expect(await place.shown()).toEqual(both('one'));
    expect({ n, ...(await place.retire()) }).toMatchObject({ n, exitCode: 0 });
  }
});

test('other transforms stay, and what was never there is no failure', async () => {
  place.write(both('one'));
  place.write(both('one'), 'other');
  await place.publish();
  const ran = await place.retire({ names: `${NAME}\nnever_there` });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { retired: '1' } });
  expect(ran.report).toContain('| `never_there` | not there |');
  expect(await place.shown(HOME, 'other')).toEqual(both('one'));
  expect(await place.retire({ regions: LAST })).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
});

test('a job that uses it in one Region stops all Regions, unless it is forced', async () => {
  place.write(both('one'));
  await place.publish(EVERYWHERE);
  await makeJob({ '--extra-py-files': `s3://${bucketIn(HOME)}/transforms/${NAME}.py` });
  const before = place.lastCall();
  const refused = await place.retire(EVERYWHERE);
  expect(refused.exitCode).toBe(1);
  expect(refused.message).toContain(`eu-west-1: The job sales uses ${NAME}`);
  expect(refused.message).toContain("give 'force: true'");
  expect(writesOf(before)).toEqual([]);
  const forced = await place.retire({ ...EVERYWHERE, force: 'true' });
  expect(forced).toMatchObject({ exitCode: 0, outputs: { retired: '3', 'jobs-in-use': '1' } });
  expect(forced.lines.join('\n')).toContain('(used by sales)');
  for (const region of REGIONS) expect(await place.shown(region)).toEqual(GONE);
});

test('without a look at the jobs nothing is removed', async () => {
  place.write(both('one'));
  await place.publish();
  place.decide = ({ operation }) => (operation === 'GetJobs' ? 403 : 'pass');
  expect(await place.retire()).toMatchObject({ exitCode: 1 });
  expect(await place.shown()).toEqual(both('one'));
});

test("somebody else's is left, unless told; and is kept then, although they never kept it", async () => {
  const s3 = place.s3();
  place.write(both('one'));
  await place.publish({}, { repository: 'other/team' });
  const refused = await place.retire();
  expect(refused.exitCode).toBe(1);
  expect(refused.message).toContain(`${NAME} belongs to 'github.com/other/team'`);
  expect(await place.shown()).toEqual(both('one'));
  for (const end of ['json', 'py']) {
    const Key = `transforms/by_hand.${end}`;
    await s3.putObject({ Bucket: bucketIn(HOME), Key, Body: end === 'json' ? '{"name":"by_hand"}' : 'pass' });
  }
  expect((await place.retire({ names: 'by_hand' })).message).toContain('by_hand was uploaded by hand');
  const told = await place.retire({ names: `${NAME}\nby_hand`, 'any-owner': 'true' });
  expect(told).toMatchObject({ exitCode: 0, outputs: { retired: '2' } });
  const { Contents = [] } = await s3.listObjectsV2({
    Bucket: bucketIn(HOME),
    Prefix: 'headgate/glue-transform/by_hand/versions/',
  });
  expect(Contents).toHaveLength(2);
});

test('a Region that is down: the others are done, and the next run completes it', async () => {
  place.write(both('one'));
  await place.publish(EVERYWHERE);
  let calls = 0;
  place.decide = ({ region, service }) => {
    if (region !== LAST || service !== 's3') return 'pass';
    calls += 1;
    return calls > 12 ? 'reset' : 'pass';
  };
  const ran = await place.retire(EVERYWHERE);
  expect(ran.exitCode).toBe(1);
  expect(ran.report).toContain(`| \`${NAME}\` | retired | retired | failed |`);
  place.decide = () => 'pass';
  expect(await place.retire(EVERYWHERE)).toMatchObject({ exitCode: 0, outputs: { retired: '1' } });
  expect(await place.shown(LAST)).toEqual(GONE);
}, 60_000);

test('a publication while it waits at any of its writes wins, and the run says so', async () => {
  for (let n = 1; ; n++) {
    await place.reset();
    place.write(both('one'));
    await place.publish();
    place.write(both('two'));
    let writes = 0;
    place.decide = async (call): Promise<Fate> => {
      if (!isWrite(call) || call.service !== 's3') return 'pass';
      writes += 1;
      if (writes === n) expect(await place.publish()).toMatchObject({ exitCode: 0 });
      return 'pass';
    };
    const ran = await place.retire();
    place.decide = () => 'pass';
    if (writes < n) {
      expect(n).toBeGreaterThan(4);
      expect(await place.shown()).toEqual(GONE);
      break;
    }
    expect({ n, exitCode: ran.exitCode, shown: await place.shown() }).toEqual({ n, exitCode: 1, shown: both('two') });
    expect(ran.message).toMatch(/at the same time|is there again/);
  }
}, 60_000);

test.each([
  [{ names: '' }, "input 'names': is required"],
  [{ names: 'a-b' }, "input 'names': 'a-b' is not the name of a transform"],
])('%j is refused before any call', async (inputs, message) => {
  const ran = await place.retire(inputs);
  expect(ran.exitCode).toBe(2);
  expect(ran.message).toContain(message);
  expect(place.calls()).toEqual([]);
});
