import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { executionsCsv } from '../../../../actions/warehouse-benchmark/report/csv.ts';
import { writeReportFiles } from '../../../../actions/warehouse-benchmark/report/files.ts';
import { readReport } from '../../../../actions/warehouse-benchmark/report/read.ts';
import type { BenchmarkReport } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { totalsOf } from '../../../../actions/warehouse-benchmark/report/totals.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { drawing } from '../../../lib/report/chart-drawing.ts';
import { elements, parseXml } from '../../../lib/report/xml-tree.ts';
import { codePoint } from '../../../support/code-point.ts';
import { articleReport, executionOf, reportOf, richReport } from './samples.ts';

const root = mkdtempSync(path.join(tmpdir(), 'benchmark-files-'));
afterAll(() => rmSync(root, { recursive: true }));
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(root, 'run-'));
});

const text = (file: string) => readFileSync(file, 'utf8');

test('a report is written in all its forms, and nothing else is left', async () => {
  const report = richReport();
  const target = path.join(directory, 'a', 'b');
  const files = await writeReportFiles({ report, directory: target, baseline: articleReport() });
  expect(files).toEqual({
    report: path.join(target, 'report.json'),
    executions: path.join(target, 'executions.csv'),
    summary: path.join(target, 'summary.md'),
    junit: path.join(target, 'junit.xml'),
    charts: ['query-times.svg', 'sessions.svg', 'baseline.svg'].map((file) => path.join(target, 'charts', file)),
  });
  expect(readdirSync(target, { recursive: true }).sort()).toEqual([
    'charts',
    'charts/baseline.svg',
    'charts/query-times.svg',
    'charts/sessions.svg',
    'executions.csv',
    'junit.xml',
    'report.json',
    'summary.md',
  ]);
  expect(await readReport('report', files.report)).toEqual(report);
  expect(JSON.parse(text(files.report))).toMatchObject({
    totals: { single: { mean: { value: 51_600, counted: 2, of: 3, formula: '103.200 s / 2 queries = 51.600 s' } } },
  });
  for (const chart of files.charts) drawing(text(chart));
  expect(text(files.report).split('\n')[1]).toBe('  "format": "headgate-warehouse-benchmark",');
});

test('writing again gives the same bytes, and a picture that the new report does not have goes', async () => {
  const report = richReport();
  const first = await writeReportFiles({ report, directory, baseline: report });
  const before = [first.report, first.executions, first.summary, first.junit, ...first.charts].map(text);
  const again = await writeReportFiles({ report, directory, baseline: report });
  expect([again.report, again.executions, again.summary, again.junit, ...again.charts].map(text)).toEqual(before);

  const single = reportOf({ numbers: [1] }, [executionOf({ query: 1, durationMs: 7 })]);
  writeFileSync(path.join(directory, 'charts', 'mine.svg'), 'kept');
  await writeReportFiles({ report: single, directory });
  expect(readdirSync(path.join(directory, 'charts')).sort()).toEqual(['mine.svg', 'query-times.svg']);
});

test('a directory that cannot be written to is told', async () => {
  mkdirSync(path.join(directory, 'report.json'));
  const error = await writeReportFiles({ report: articleReport(), directory }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OperationFailed);
  expect((error as OperationFailed).explanation).toMatchObject({
    what: expect.stringContaining(`The report could not be written into ${directory}: `),
    next: 'Make room, or name another directory, and run again',
  });
});

test('a report that the reader would refuse is written all the same, so that no measurement is lost', async () => {
  const report = reportOf({ numbers: [1] }, [executionOf({ query: 1, durationMs: 7, rows: -1 })]);
  const files = await writeReportFiles({ report, directory });
  expect(JSON.parse(text(files.report))).toMatchObject({ executions: [{ durationMs: 7, rows: -1 }] });
});

describe('charts', () => {
  const svg = async (report: BenchmarkReport, name: string, baseline?: BenchmarkReport) => {
    await writeReportFiles({ report, directory, ...(baseline === undefined ? {} : { baseline }) });
    return drawing(text(path.join(directory, 'charts', name)));
  };
  const faults = (chart: ReturnType<typeof drawing>) =>
    elements(chart, 'text').flatMap((each) => (each.attributes.class === 'fault' ? [each.text] : []));

  test('show every query, the failed one too', async () => {
    const chart = await svg(richReport(), 'query-times.svg');
    expect(faults(chart)).toEqual(['2.00 failed']);
    expect(elements(chart, 'desc')[0]!.text).toBe(
      'A bar for each of 3 queries, in the order of their numbers. 2 of them passed. The slowest: query 67 with 1m42.000s, query 14 with 2.000 s, query 1 with 1.200 s.',
    );
  });

  test('show sessions side by side, and the baseline', async () => {
    const report = richReport();
    expect(faults(await svg(report, 'sessions.svg'))).toEqual(['203 2 of 3 passed', '203 2 of 3 passed']);
    const chart = await svg(articleReport(), 'baseline.svg', report);
    const bars = elements(chart, 'rect').filter(({ children }) => children.length > 0);
    expect(bars).toHaveLength(99 + 3);
  });

  test('of runs without the single user are of the sessions, in milliseconds where that is the size', async () => {
    const executions = [1, 2, 3].map((session) =>
      executionOf({ part: 'concurrent', session, query: 5, position: 1, durationMs: 10 * session }),
    );
    const chart = await svg(reportOf({ numbers: [5], iterations: 0, sessions: 3 }, executions), 'query-times.svg');
    expect(elements(chart, 'title')[0]!.text).toBe('Time a query, median over the sessions');
    expect(elements(chart, 'text').map((each) => each.text)).toEqual(expect.arrayContaining(['milliseconds', '20.0']));
  });
});

describe('JUnit', () => {
  const junit = async (report: BenchmarkReport) =>
    parseXml(text((await writeReportFiles({ report, directory })).junit));

  test('has one case a query, of the single user and of each session, with its failure', async () => {
    const document = await junit(richReport());
    expect(document.attributes).toMatchObject({ tests: '9', failures: '3', errors: '0' });
    const cases = elements(document, 'testcase');
    expect(cases.map(({ attributes }) => `${attributes.classname} ${attributes.name} ${attributes.time}`)).toEqual([
      'warehouse-benchmark.single query 1 1.200000',
      'warehouse-benchmark.single query 14 2.000000',
      'warehouse-benchmark.single query 67 102.000000',
      'warehouse-benchmark.concurrent.session-1 query 1 3.000000',
      'warehouse-benchmark.concurrent.session-1 query 14 300.000000',
      'warehouse-benchmark.concurrent.session-1 query 67 200.001000',
      'warehouse-benchmark.concurrent.session-2 query 1 3.000000',
      'warehouse-benchmark.concurrent.session-2 query 14 4.000000',
      'warehouse-benchmark.concurrent.session-2 query 67 200.002000',
    ]);
    expect(elements(document, 'failure').map(({ attributes }) => [attributes.type, attributes.message])).toEqual([
      ['failed', expect.stringMatching(/^pass 2: failed: =cmd\|/)],
      ['timed-out', 'timed out: ended after 5 minutes'],
      ['wrong-answer', 'gave a wrong answer: 99 rows instead of 100'],
    ]);
    expect(cases[0]!.children[0]!.text).toBe(
      'pass 1: 1.000 s in the engine, 1.000 s with reading, 100 rows, answer right\npass 2: 1.400 s in the engine, 1.400 s with reading, 100 rows, answer right',
    );
  });

  test('calls what did not run an error', async () => {
    const report = reportOf({ numbers: [1, 2], iterations: 2 }, [executionOf({ query: 1, durationMs: 7 })]);
    const errors = elements(await junit(report), 'error').map(({ attributes }) => attributes.message);
    expect(errors).toEqual(['ran 1 of 2 times', 'ran 0 of 2 times']);
  });
});

describe('CSV', () => {
  const csv = (message: string) =>
    executionsCsv(reportOf({ numbers: [1] }, [executionOf({ query: 1, durationMs: 1.5, status: 'failed', message })]));

  test('has a header and a line an execution', () => {
    expect(csv('gone')).toBe(
      'part,session,iteration,position,query,status,duration_ms,start_ms,wall_ms,statements,rows,queue_ms,compile_ms,execution_ms,answer,repeats,message\r\n' +
        'single,1,1,1,1,failed,1.5,0,1.5,1,100,,,,right,,gone\r\n',
    );
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', ' =1', '"=1', '|calc'])(
    '%j is no formula',
    (message) => {
      expect(csvRows(csv(message))[1]!.at(-1)).toBe(`'${message}`);
    },
  );

  test('any message is one cell', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), (message) => {
        const rows = csvRows(csv(message));
        expect(rows).toHaveLength(2);
        expect(rows[1]).toHaveLength(17);
        expect([message, `'${message}`]).toContain(rows[1]!.at(-1));
        expect(rows[1]!.at(-1)).not.toMatch(/^[=+\-@]/);
      }),
    );
  });
});

/** Reads CSV as RFC 4180 says. */
function csvRows(csv: string): string[][] {
  const rows: string[][] = [[]];
  const cells = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  for (let match = cells.exec(csv); match !== null; match = cells.exec(csv)) {
    const [, cell = '', end] = match;
    rows.at(-1)!.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === '\r\n') rows.push([]);
    if (cells.lastIndex === csv.length) break;
  }
  expect(cells.lastIndex).toBe(csv.length);
  return rows.slice(0, -1);
}

test('plans have no charts, and their Markdown is short', async () => {
  const report = reportOf({ numbers: [1, 2], mode: 'explain' }, [
    executionOf({ query: 1, durationMs: 1 }),
    executionOf({ query: 2, durationMs: 1, status: 'failed', message: 'no such table' }),
  ]);
  const files = await writeReportFiles({ report, directory });
  expect(files.charts).toEqual([]);
  expect(existsSync(path.join(directory, 'charts'))).toBe(false);
  expect(text(files.summary)).toContain('The plans of 1 of 2 queries were stored; 1 could not be planned.');
  expect(text(files.summary)).toContain('[plans](<plans/>)');
  expect(totalsOf(report)).not.toHaveProperty('single');
});
