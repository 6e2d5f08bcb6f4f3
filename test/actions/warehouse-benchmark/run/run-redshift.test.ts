import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeWorkgroup, rowsOf, run as statement } from '../../../local-aws/redshift-client.ts';
import { NAMESPACE, ON_REDSHIFT, openWorkplace, WORKGROUP, type Workplace } from '../workplace.ts';

// `warehouse-benchmark run` through the Redshift Data API of the local AWS, with the smallest data. Derived from TPC-DS.

let place: Workplace;
let workspace: string;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  workspace = place.workspace();
  await place.aws.reset();
});

const SMALL = { ...ON_REDSHIFT, queries: '1-3', sessions: '2' };
const run = (inputs: Record<string, string> = {}, runId = 'r') =>
  place.call('run', { ...SMALL, 'run-id': runId, ...inputs }, { workspace });
const folder = (runId = 'r') => path.join(workspace, '.headgate', 'warehouse-benchmark', runId);
const executions = (runId = 'r') =>
  JSON.parse(readFileSync(path.join(folder(runId), 'report.json'), 'utf8')).executions as { [key: string]: unknown }[];
const workgroup = async () => (await place.clients.serverless.getWorkgroup({ workgroupName: WORKGROUP })).workgroup!;
const tagKeys = async () => {
  const { tags } = await place.clients.serverless.listTagsForResource({
    resourceArn: (await workgroup()).workgroupArn,
  });
  return tags!.map(({ key }) => key);
};
const readyPlace = async () => {
  await makeWorkgroup(place.clients);
  expect((await place.prepare(ON_REDSHIFT)).message).toBe('');
};

describe('on a workgroup that is ready', () => {
  beforeEach(readyPlace);

  test('every execution has its answer checked and its parts from the history; the tables of the report hold them', async () => {
    const ran = await run({ 'reports-schema': 'tpcds_reports', 'price-per-rpu-hour': '0.36' });
    expect([ran.exitCode, ran.message]).toEqual([0, '']);
    // Eight RPUs and the 60 seconds that are billed at least, for each of the two parts.
    expect(ran.outputs).toMatchObject({ verdict: 'passed', passed: '9', 'cost-usd': '0.10' });
    for (const execution of executions()) {
      expect(execution).toMatchObject({
        answer: 'right',
        status: 'passed',
        queueMs: expect.any(Number),
        executionMs: expect.any(Number),
      });
    }
    expect(await rowsOf(place.clients, 'select count(*) from tpcds_reports.sql')).toEqual([[3]]);
    expect(await rowsOf(place.clients, 'select count(*) from tpcds_reports.multisql')).toEqual([[6]]);
  });

  test('plans of a folder with streams are stored, for the single user alone', async () => {
    for (const stream of ['0', '1', '2']) {
      mkdirSync(path.join(workspace, 'sql', stream), { recursive: true });
      writeFileSync(path.join(workspace, 'sql', stream, 'q1.sql'), `select count(*) + ${stream} from store_sales;`);
    }
    const ran = await run({ 'query-folder': 'sql', queries: '1', explain: 'true' });
    expect([ran.exitCode, ran.message]).toEqual([0, '']);
    expect(existsSync(path.join(folder(), 'plans', 'query-01.txt'))).toBe(true);
  });

  test('the schema of somebody else is refused before a query runs', async () => {
    await statement(place.clients, 'create schema tpcds_reports');
    await statement(place.clients, 'create table tpcds_reports.sql (id int)');
    const ran = await run({ 'reports-schema': 'tpcds_reports' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("The schema 'tpcds_reports' has tables of other scripts (sql)");
    expect(existsSync(folder())).toBe(false);
  });

  test('a resize is undone after the job, whatever the run came to', async () => {
    mkdirSync(path.join(workspace, 'sql'));
    writeFileSync(path.join(workspace, 'sql', 'q1.sql'), 'select * from no_such_table;');
    const inputs = { 'query-folder': 'sql', sessions: '0', queries: '1', rpus: '16', 'when-done': 'restore' };
    const ran = await run(inputs);
    expect(ran.exitCode).toBe(1);
    expect(ran.lines.join('\n')).toContain(`The workgroup ${WORKGROUP} has its 8 RPUs again`);
    expect((await workgroup()).baseCapacity).toBe(8);
    expect(await tagKeys()).toEqual([]);
  });

  test('a resize by prepare is undone after the run, and so is that of a run that was killed', async () => {
    const given = { rpus: '32', 'when-done': 'restore' };
    expect((await place.prepare({ ...ON_REDSHIFT, ...given })).outputs).toMatchObject({
      rpus: '32',
      'rpus-before': '8',
    });
    // A killed run leaves a workgroup like this: resized, with the note of what it had before.
    expect([(await workgroup()).baseCapacity, await tagKeys()]).toEqual([32, ['headgate:rpus-before']]);
    expect((await run(given)).message).toBe('');
    expect((await workgroup()).baseCapacity).toBe(8);
    expect(await tagKeys()).toEqual([]);
  });

  test("'delete' leaves a workgroup alone that prepare has not made", async () => {
    const ran = await run({ 'when-done': 'delete' });
    expect(ran.exitCode).toBe(0);
    expect(ran.lines.join('\n')).toContain('it is not deleted');
    expect((await workgroup()).status).toBe('AVAILABLE');
  });

  test('sessions that end in the middle are opened anew, and their queries run again', async () => {
    let ended = false;
    const lines = (line: string) => {
      if (ended || !line.includes('query 2')) return;
      ended = true;
      place.aws.endRedshiftSessions();
    };
    const ran = await place.call('run', { ...SMALL, sessions: '0', 'run-id': 'r' }, { workspace, onLine: lines });
    expect([ran.exitCode, ran.message]).toEqual([0, '']);
    expect(ended).toBe(true);
    expect(executions().map(({ query, repeats }) => [query, repeats])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 1],
    ]);
  });

  test('tables of another scale factor are refused, with the one that they have', async () => {
    const ran = await run({ 'scale-factor': '0.1', schema: 'ext_tpcds0_01' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('they are those of scale factor 0.01');
    expect(existsSync(folder())).toBe(false);
  });

  test('a schema that is not there is refused', async () => {
    const ran = await run({ schema: 'elsewhere' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("are not there in the schema 'elsewhere'");
  });
});

test('a workgroup that prepare has made is deleted after the run, and its namespace stays', async () => {
  await place.clients.serverless.createNamespace({ namespaceName: NAMESPACE });
  const made = await place.prepare({ ...ON_REDSHIFT, namespace: NAMESPACE, rpus: '8', 'when-done': 'delete' });
  expect(made.message).toBe('');
  const ran = await run({ 'when-done': 'delete', sessions: '0' });
  expect([ran.exitCode, ran.message]).toEqual([0, '']);
  await expect(workgroup()).rejects.toThrow('The workgroup bench does not exist');
  await place.clients.serverless.getNamespace({ namespaceName: NAMESPACE });
});

test('without a workgroup the run says how to get one', async () => {
  const ran = await run();
  expect(ran.exitCode).toBe(1);
  expect(ran.message).toContain(`There is no workgroup '${WORKGROUP}' in eu-west-1`);
  expect(ran.message).toContain("Run 'headgate warehouse-benchmark prepare' first");
});
