import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openWorkplace, type Workplace } from '../workplace.ts';

// `warehouse-benchmark run` on DuckDB, with the smallest data. Derived from TPC-DS.

let place: Workplace;
let workspace: string;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => {
  workspace = place.workspace();
});

const run = (inputs: Record<string, string>) => place.call('run', inputs, { workspace });
const SMALL = { queries: '1-3', sessions: '2' };
const folder = (runId: string) => path.join(workspace, '.headgate', 'warehouse-benchmark', runId);
const reportIn = (runId: string) => JSON.parse(readFileSync(path.join(folder(runId), 'report.json'), 'utf8'));

test('a run leaves its files and says where they are', async () => {
  const ran = await run({ ...SMALL, 'run-id': 'first', 'warm-ups': '1' });
  expect(ran).toMatchObject({ exitCode: 0, message: '' });
  expect(ran.outputs).toMatchObject({
    'run-id': 'first',
    verdict: 'passed',
    report: '.headgate/warehouse-benchmark/first/report.json',
    'junit-file': '.headgate/warehouse-benchmark/first/junit.xml',
    passed: '9',
    executions: '9',
    'cost-usd': '',
  });
  expect(readdirSync(folder('first')).sort()).toEqual(
    ['charts', 'executions.csv', 'journal.jsonl', 'junit.xml', 'report.json', 'summary.md'].sort(),
  );
  const { executions } = reportIn('first');
  expect(executions.map(({ answer }: { answer: string }) => answer)).toEqual(Array(12).fill('right'));
  expect(ran.report).toContain('Not comparable with published TPC-DS results');
});

test('the name of a run that has ended is refused, and its report stays', async () => {
  await run({ ...SMALL, 'run-id': 'first' });
  const before = readFileSync(path.join(folder('first'), 'report.json'), 'utf8');
  const again = await run({ ...SMALL, 'run-id': 'first' });
  expect(again.exitCode).toBe(1);
  expect(again.message).toContain("The run 'first' has ended already");
  expect(readFileSync(path.join(folder('first'), 'report.json'), 'utf8')).toBe(before);
});

describe('queries of a folder', () => {
  const give = (files: Record<string, string>) => {
    mkdirSync(path.join(workspace, 'sql'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(workspace, 'sql', name), text);
    return { 'query-folder': 'sql', sessions: '0' };
  };

  test('the failing ones fail the step with their words, after all others have run', async () => {
    const files = {
      'q1.sql': 'select count(*) from store_sales;',
      'q2.sql': 'select * from no_such_table;',
      'q3.sql': 'select count(*) from range(100000000) a, range(100000000) b where a.range + b.range = 7;',
      'q4.sql': 'select 1;',
    };
    const ran = await run({ ...give(files), 'query-timeout': '1s', 'run-id': 'r' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('2 of 4 executions passed; 1 failed; 1 timed out');
    expect(ran.message).toMatch(/query 2 failed: .*no_such_table/);
    expect(ran.message).toContain('query 3 timed-out');
    expect(ran.outputs).toMatchObject({ verdict: 'failed', passed: '2', executions: '4' });
    const statuses = reportIn('r').executions.map(({ status }: { status: string }) => status);
    expect(statuses).toEqual(['passed', 'failed', 'timed-out', 'passed']);
    expect(readFileSync(path.join(folder('r'), 'junit.xml'), 'utf8')).toContain('type="timed-out"');
  });

  test('the data cannot be changed', async () => {
    const ran = await run(give({ 'q1.sql': 'delete from store_sales;' }));
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toContain('q1.sql');
  });
});

test('plans are stored, and nothing is measured', async () => {
  const ran = await run({ explain: 'true', queries: '67', 'run-id': 'plans' });
  expect([ran.exitCode, ran.message]).toEqual([0, '']);
  expect(readdirSync(path.join(folder('plans'), 'plans'))).toEqual(['query-67.txt']);
  expect(ran.report).toContain('Nothing was measured');
});

describe('a baseline', () => {
  const scaled = async (factor: number) => {
    await run({ ...SMALL, 'run-id': 'base' });
    const report = reportIn('base');
    for (const execution of report.executions) execution.durationMs *= factor;
    report.concurrentWallMs *= factor;
    writeFileSync(path.join(workspace, 'baseline.json'), JSON.stringify(report));
    return { baseline: 'baseline.json', threshold: '300', minimum: '1' };
  };

  test('that was much quicker fails the step, with outputs and files', async () => {
    const ran = await run({ ...SMALL, ...(await scaled(0.0001)), 'run-id': 'now' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("Worse than the baseline 'base'");
    expect(ran.outputs).toMatchObject({ verdict: 'failed', passed: '9' });
    expect(existsSync(path.join(folder('now'), 'report.json'))).toBe(true);
  });

  test('that was much slower lets it pass', async () => {
    const ran = await run({ ...SMALL, ...(await scaled(100)), 'run-id': 'now' });
    expect([ran.exitCode, ran.message]).toEqual([0, '']);
    expect(ran.outputs.verdict).toBe('passed');
  });

  test('of other queries is refused before anything runs', async () => {
    const given = await scaled(1);
    const ran = await run({ ...SMALL, ...given, queries: '1-4', 'run-id': 'now' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain('cannot be compared with its baseline');
    expect(existsSync(folder('now'))).toBe(false);
  });
});

test.each([
  [{ sessions: '21' }, "input 'sessions': '21' is not a whole number from 0 to 20"],
  [{ sessions: '2.5' }, "input 'sessions': '2.5' is not a whole number from 0 to 20"],
  [{ sessions: '-1' }, "input 'sessions': '-1' is not a whole number from 0 to 20"],
  [{ queries: '0' }, "input 'queries': '0' "],
  [{ queries: '1-100' }, "input 'queries': '1-100' "],
  [{ queries: '5\n!5' }, "input 'queries': "],
  [{ sessions: '0', iterations: '0' }, "input 'iterations': is 0 and 'sessions' is 0"],
  [{ 'scale-factor': '2' }, "input 'scale-factor': '2' is not allowed"],
  [{ 'scale-factor': '1000' }, "input 'scale-factor': '1000' is not there"],
  [{ 'price-per-rpu-hour': '0' }, "input 'price-per-rpu-hour': '0' is not a number above 0"],
  [{ 'price-per-rpu-hour': '0.36' }, "input 'price-per-rpu-hour': belongs to the engine 'redshift'"],
  [{ rpus: '12' }, "input 'rpus': '12' is not a base capacity of Redshift Serverless"],
  [{ 'when-done': 'delete' }, "input 'when-done': belongs to the engine 'redshift'"],
  [{ 'reports-schema': 'tpcds_reports' }, "input 'reports-schema': belongs to the engine 'redshift'"],
  [{ engine: 'redshift', schema: 'a; drop table b' }, "input 'schema': 'a; drop table b' is not allowed"],
  [{ engine: 'redshift' }, "input 'workgroup': is required with 'engine: redshift'"],
  [{ 'run-id': '../up' }, "input 'run-id': '../up' is not allowed"],
  [{ output: '../up' }, "input 'output': '../up' is outside the workspace"],
  [{ baseline: 'none.json' }, "input 'baseline': "],
  [{ 'query-folder': 'none' }, "input 'query-folder': "],
] as const)('bad input is refused before anything is made: %j', async (inputs, message) => {
  const ran = await run(inputs as Record<string, string>);
  expect(ran.exitCode).toBe(2);
  expect(ran.message).toContain(message);
  expect(existsSync(path.join(workspace, '.headgate', 'warehouse-benchmark'))).toBe(false);
});
