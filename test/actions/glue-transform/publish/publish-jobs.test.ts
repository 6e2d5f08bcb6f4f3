import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CodeGenConfigurationNode, CreateJobRequest } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  bucketIn,
  DATE_COLUMN,
  definitionText,
  type Fate,
  HOME,
  NAME,
  OTHER,
  openWorkplace,
  pythonText,
  REGIONS,
  type Workplace,
} from './workplace.ts';

// The jobs that use a transform: found in every Region, named when they must be saved again, saved when that is asked for.

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  await place.reset();
  writeTransform('one', [DATE_COLUMN], 'dateCol');
  expect(await place.publish({ regions: REGIONS.join('\n') })).toMatchObject({ exitCode: 0 });
});

const MORE = { name: 'more', displayName: 'More', type: 'int', isOptional: true };
const NEEDED = { name: 'needed', displayName: 'Needed', type: 'str' };

function writeTransform(mark: string, parameters: readonly object[], signature: string): void {
  place.write({ definition: mark, python: mark });
  const folder = path.join(place.root, 'transforms');
  writeFileSync(path.join(folder, `${NAME}.json`), definitionText(mark, NAME, parameters));
  writeFileSync(path.join(folder, `${NAME}.py`), pythonText(mark, NAME, signature));
}

async function makeJob(name: string, region: string = HOME, more: Partial<CreateJobRequest> = {}): Promise<void> {
  const library = `s3://${bucketIn(region)}/transforms/${NAME}.py`;
  const source = { S3JsonSource: { Name: 'in', Paths: ['s3://data/in/'] } } as CodeGenConfigurationNode;
  const node = {
    DynamicTransform: {
      Name: 'Repartition',
      TransformName: NAME,
      Inputs: ['source'],
      FunctionName: NAME,
      Path: library,
      Parameters: [{ Name: 'dateCol', Type: 'str', Value: ['sale_date'] }],
    },
  } as CodeGenConfigurationNode;
  await place.glue(region).createJob({
    Name: name,
    Role: 'arn:aws:iam::111122223333:role/glue',
    Command: { Name: 'glueetl', ScriptLocation: `s3://${bucketIn(region)}/scripts/${name}.py` },
    DefaultArguments: { '--extra-py-files': library },
    GlueVersion: '5.0',
    WorkerType: 'G.1X',
    NumberOfWorkers: 2,
    CodeGenConfigurationNodes: { source, node },
    ...more,
  });
}

const parametersOf = async (name: string) => {
  const { Job: job } = await place.glue().getJob({ JobName: name });
  return job?.CodeGenConfigurationNodes?.node?.DynamicTransform?.Parameters;
};

test('jobs that are saved with another definition are named, in every Region, and left alone', async () => {
  await makeJob('sales');
  await makeJob('returns', OTHER);
  await makeJob('unrelated', HOME, { CodeGenConfigurationNodes: {}, DefaultArguments: {} });
  writeTransform('two', [DATE_COLUMN, MORE], 'dateCol, more=None');
  const ran = await place.publish({ regions: REGIONS.join('\n') });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { 'older-jobs': '2', 'saved-jobs': '0' } });
  expect(ran.report).toContain('| `eu-west-1` | `sales` | `repartition_date` | ⚠️ another definition: save it again |');
  expect(ran.report).toContain('lacks the parameter more');
  expect(ran.report).not.toContain('unrelated');
  expect(ran.lines.join('\n')).toContain(
    "in eu-central-1 these jobs must be saved again, by hand or with 'save-jobs': returns",
  );
  expect(place.calls().map(({ operation }) => operation)).not.toContain('UpdateJob');
  // They are still named when there is nothing to publish.
  expect(await place.publish()).toMatchObject({ outputs: { status: 'unchanged', 'older-jobs': '1' } });
});

test('a change of the Python file alone asks for no job', async () => {
  await makeJob('sales');
  writeFileSync(path.join(place.root, 'transforms', `${NAME}.py`), pythonText('faster'));
  expect(await place.publish()).toMatchObject({ outputs: { status: 'published', 'older-jobs': '0' } });
});

test('jobs are found on every page', async () => {
  for (let n = 0; n < 205; n++)
    await makeJob(`job${n}`, HOME, n === 204 ? {} : { CodeGenConfigurationNodes: {}, DefaultArguments: {} });
  const before = place.lastCall();
  writeTransform('two', [DATE_COLUMN, MORE], 'dateCol, more=None');
  const ran = await place.publish();
  expect(ran.outputs['older-jobs']).toBe('1');
  expect(ran.report).toContain('job204');
  expect(place.calls(before).filter(({ operation }) => operation === 'GetJobs')).toHaveLength(3);
}, 30_000);

test("with 'save-jobs' they are saved with their values, and a second run finds nothing to do", async () => {
  await makeJob('sales');
  writeTransform('two', [DATE_COLUMN, MORE], 'dateCol, more=None');
  const ran = await place.publish({ 'save-jobs': 'true' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { 'older-jobs': '0', 'saved-jobs': '1' } });
  expect(await parametersOf('sales')).toEqual([
    { Name: 'dateCol', Type: 'str', Value: ['sale_date'] },
    { Name: 'more', Type: 'int', IsOptional: true },
  ]);
  const { Job: job } = await place.glue().getJob({ JobName: 'sales' });
  expect(job).toMatchObject({ GlueVersion: '5.0', NumberOfWorkers: 2, Command: { Name: 'glueetl' } });
  expect(Object.keys(job?.CodeGenConfigurationNodes ?? {}).sort()).toEqual(['node', 'source']);
  const before = place.lastCall();
  expect(await place.publish({ 'save-jobs': 'true' })).toMatchObject({ outputs: { status: 'unchanged' } });
  expect(place.calls(before).map(({ operation }) => operation)).not.toContain('UpdateJob');
});

test('jobs that were left older by an earlier run are saved without publishing anything', async () => {
  await makeJob('sales');
  writeTransform('two', [DATE_COLUMN, MORE], 'dateCol, more=None');
  await place.publish();
  expect(await place.publish({ 'save-jobs': 'true' })).toMatchObject({
    exitCode: 0,
    outputs: { status: 'unchanged', published: '0', 'saved-jobs': '1' },
  });
});

test('a job that needs a value is left, and the run says which', async () => {
  await makeJob('sales');
  writeTransform('two', [DATE_COLUMN, NEEDED], 'dateCol, needed');
  const ran = await place.publish({ 'save-jobs': 'true' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { 'older-jobs': '1', 'saved-jobs': '0' } });
  expect(ran.report).toContain('the job sales was left: it needs a value for the parameter needed');
});

test.each([
  ['changed', 'somebody changed it in the meantime'],
  ['deleted', 'it is gone'],
])('a job that somebody %s in the meantime is left', async (how, why) => {
  await makeJob('sales');
  writeTransform('two', [DATE_COLUMN, MORE], 'dateCol, more=None');
  let isFirst = true;
  place.decide = async ({ operation }): Promise<Fate> => {
    if (operation !== 'GetJob' || !isFirst) return 'pass';
    isFirst = false;
    if (how === 'deleted') await place.glue().deleteJob({ JobName: 'sales' });
    else await place.glue().updateJob({ JobName: 'sales', JobUpdate: { Description: 'theirs' } });
    return 'pass';
  };
  const ran = await place.publish({ 'save-jobs': 'true' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'published', 'saved-jobs': '0' } });
  expect(ran.report).toContain(`the job sales was left: ${why}`);
  if (how === 'changed') {
    expect((await place.glue().getJob({ JobName: 'sales' })).Job?.Description).toBe('theirs');
  }
});

test('a version that comes back brings its definition back to the jobs', async () => {
  await makeJob('sales');
  writeTransform('two', [DATE_COLUMN, MORE], 'dateCol, more=None');
  await place.publish({ 'save-jobs': 'true' });
  const ran = await place.publish({ 'to-version': `${NAME}: previous`, 'save-jobs': 'true' });
  expect(ran).toMatchObject({ exitCode: 0, outputs: { 'saved-jobs': '1', 'older-jobs': '0' } });
  expect(await parametersOf('sales')).toEqual([{ Name: 'dateCol', Type: 'str', Value: ['sale_date'] }]);
});

test('a job that cannot be saved fails the run; the transforms are there', async () => {
  await makeJob('sales');
  writeTransform('two', [DATE_COLUMN, MORE], 'dateCol, more=None');
  place.decide = ({ operation }) => (operation === 'UpdateJob' ? 403 : 'pass');
  const ran = await place.publish({ 'save-jobs': 'true' });
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain('eu-west-1: the job sales was not saved');
  expect((await place.shown()).definition).toBe('two');
});
