import { expect, test } from '@jest/globals';
import { reportMarkdown, type SummaryFile } from '../../../../actions/warehouse-benchmark/report/markdown.ts';
import { type BenchmarkReport, LABEL } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { totalsOf } from '../../../../actions/warehouse-benchmark/report/totals.ts';
import { plain } from '../../../../lib/report/plain.ts';
import { articleReport, executionOf, reportOf, richReport } from './samples.ts';

const markdown = (report: BenchmarkReport, files?: readonly SummaryFile[]) =>
  reportMarkdown(report, totalsOf(report), files);
const shown = (report: BenchmarkReport) => plain(markdown(report));

test('the verdict comes first, the label is always there', () => {
  const lines = shown(articleReport()).split('\n');
  expect(lines.slice(0, 5)).toEqual([
    '### Warehouse benchmark: passed',
    '',
    '594 of 594 executions passed.',
    '',
    `*${LABEL}*`,
  ]);
  expect(shown(richReport())).toContain(LABEL);
  expect(shown({ ...richReport(), label: 'An official result' })).not.toContain('official');
});

test('every total stands with its value, its count and its formula', () => {
  const text = shown(articleReport(0.36));
  for (const line of [
    '| Single user: sum | 15m11.000s | 99 of 99 queries |',
    '| Single user: mean | 9.202 s | 99 of 99 queries |',
    '| Single user: slowest, query 67 | 1m41.000s | 99 of 99 queries |',
    '| Concurrent: wall clock | 28m35.000s | 495 of 495 executions |',
    '| Concurrent: queries an hour | 1,039 | 495 of 495 executions |',
    '| Cost: concurrent | $21.95 | 495 of 495 executions |',
    'How each total came about',
    '| Single user: mean | 911.000 s / 99 queries = 9.202 s |',
    '| Cost: single user | 128 RPUs × 911.000 s / 3,600 × $0.36 = $11.66 |',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(
    /\| Single user: p90 \| rank 1 \+ 0\.9 × \(99 − 1\) = 89\.20 of 99 queries, linear interpolation \(type 7\) = /,
  );
});

test('a total that is not known says so', () => {
  const { concurrentWallMs: _, ...report } = articleReport();
  expect(shown(report)).toContain('| Concurrent: wall clock | not known | 495 of 495 executions |');
});

test('the ten slowest, with what the engine tells of them', () => {
  const text = shown(richReport());
  expect(text).toContain(
    [
      '**The slowest queries of the single user**',
      '',
      '| Query | Median | Least | Spread | Queue | Compile | Execution |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| 67 | 1m42.000s | 1m41.000s | 2.000 s |  |  |  |',
      '| 14 | 2.000 s |  |  |  |  |  |',
      '| 1 | 1.200 s | 1.000 s | 400.0 ms | 15.00 ms | 45.00 ms | 1.140 s |',
    ].join('\n'),
  );
  const [, slowest = ''] = shown(articleReport()).split('**The slowest queries of the single user**');
  expect(slowest.split('\n\n')[1]!.split('\n')).toHaveLength(2 + 10);
});

test('failures stand with place and message, and no sign of a message acts', () => {
  const source = markdown(richReport());
  expect(plain(source)).toContain('| 14 | session 2 | gave a wrong answer | 4.000 s | 99 rows instead of 100 |');
  expect(source).not.toMatch(/<script>|@mona|[^&]#12|<b>/);
  // All in one line of the table, with the pipe as text.
  expect(source).toMatch(/\| 14 \| single user, pass 2 \| failed \| 500\.0 ms \| [^\n]*\\\\u0000[^\n]* \|\n/);
});

test('numbers stand as they are, and money is no mathematics', () => {
  const source = markdown(articleReport(0.36));
  expect(source).toContain('| Single user: mean | 9.202 s | 99 of 99 queries |');
  expect(source).not.toMatch(/\$\d/);
  expect(source).toContain('= \\$&#8203;11.66 |');
});

test('of many failures the first are shown', () => {
  const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
  const executions = numbers.map((query) =>
    executionOf({ query, durationMs: 1, status: 'failed', message: 'm'.repeat(600) }),
  );
  const text = shown(reportOf({ numbers }, executions));
  expect(text).toContain('And 10 more; executions.csv has them all.');
  expect(text).toContain(`| ${'m'.repeat(500)}… |`);
  expect(text).not.toContain('m'.repeat(501));
});

test('a failing warm-up is told, what did not run too', () => {
  const report = reportOf({ numbers: [1], iterations: 2, warmUps: 1 }, [
    executionOf({ part: 'warm-up', query: 1, durationMs: 1, status: 'failed', message: 'not ready' }),
    executionOf({ query: 1, durationMs: 1 }),
  ]);
  expect(shown(report)).toContain('| 1 | warm-up, pass 1 | failed | 1.000 ms | not ready |');
  expect(shown(report)).toContain('1 of 2 executions did not run.');
});

test('files beside it are linked, pictures are shown; without them there is neither', () => {
  const files = [
    { title: 'Time a query', path: 'charts/query-times.svg', isPicture: true },
    { title: 'report.json', path: 'report.json', isPicture: false },
  ];
  expect(markdown(articleReport(), files)).toContain(
    'Files: [Time a query](<charts/query-times.svg>), [report.json](<report.json>)\n\n![Time a query](<charts/query-times.svg>)\n',
  );
  expect(markdown(articleReport())).not.toContain('](');
});

test('the setting tells what was run on what', () => {
  const text = shown(richReport());
  for (const line of [
    '| Run | `sample-run` broken off, and gone on with |',
    '| Engine | Redshift Serverless with 128 RPUs |',
    '| Workgroup | `bench` `us-east-1` |',
    '| Scale factor | 3,000 |',
    '| Single user | 2 passes after 1 pass to warm up |',
    '| Longest a query | 5m0.000s |',
    '| Price of an RPU-hour | $0.375 |',
  ]) {
    expect(text).toContain(line);
  }
});

test('an imported report has no time at which it started', () => {
  const engine = { engine: 'imported', version: 'old scripts' } as const;
  const text = shown(reportOf({ numbers: [1], engine }, [executionOf({ query: 1, durationMs: 1 })]));
  expect(text).toContain('| Engine | imported from old scripts |');
  expect(text).not.toContain('Started');
});

test('plans have no totals', () => {
  const text = shown(reportOf({ numbers: [1], mode: 'explain' }, [executionOf({ query: 1, durationMs: 1 })]));
  expect(text).toContain('The plans of 1 of 1 queries were stored. Nothing was measured.');
  expect(text).toContain(LABEL);
  expect(text).not.toMatch(/Single user|slowest|How each total/);
});
