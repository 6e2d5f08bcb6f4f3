import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import compare from '../../../../actions/warehouse-benchmark/compare.ts';
import importOperation from '../../../../actions/warehouse-benchmark/import.ts';
import { readReport } from '../../../../actions/warehouse-benchmark/report/read.ts';
import type { BenchmarkReport } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { totalsOf } from '../../../../actions/warehouse-benchmark/report/totals.ts';
import { benchmarkReport, REDSHIFT } from '../compare/reports.ts';
import { openWorkspace, type Ran, type Workspace } from '../compare/run-operation.ts';
import { ARTICLE, articleSession, articleSingle, logLines } from './article.ts';
import { columnTime } from './script-times.ts';

// `warehouse-benchmark import` from the scripts' files to a report that `compare` takes.

let place: Workspace;

beforeEach(() => {
  place = openWorkspace();
});
afterEach(() => place.remove());

const GIVEN = { logs: 'log', 'scale-factor': '3000', rpus: '128' };

/** The folder `log` of the scripts after the article's run, with what else lies there. */
function writeArticle(): void {
  place.write('log/rollout_sql.log', logLines(0, articleSingle()));
  for (let session = 1; session <= ARTICLE.sessions; session += 1) {
    place.write(`log/rollout_testing_${session}.log`, logLines(session, articleSession(session)));
    place.write(`log/testing_session_${session}.log`, 'psql -v ON_ERROR_STOP=1 | wc -l\n');
    place.write(`log/end_testing_${session}.log`, '');
  }
}

async function imported(ran: Ran): Promise<BenchmarkReport> {
  return await readReport('report', path.join(place.path, ran.outputs.report ?? ''));
}

test("the article's run comes out with its figures: 911 s, a mean of 9.202 s, five sessions in 1,715 s", async () => {
  writeArticle();
  const ran = await place.run(importOperation, GIVEN);
  expect(ran.message).toBe('');
  expect(ran).toMatchObject({
    exitCode: 0,
    outputs: { executions: '594', 'single-user-ms': '911000', 'longest-session-ms': '1715000' },
  });
  const report = await imported(ran);
  expect(report).toMatchObject({
    run: ran.outputs['run-id'],
    setting: { scaleFactor: 3000, sessions: 5, iterations: 1, warmUps: 0, engine: { engine: 'imported', rpus: 128 } },
  });
  expect(report.setting.queries.numbers).toHaveLength(99);
  const { single, concurrent } = totalsOf(report);
  expect([single?.sum.value, single?.max.value, single?.max.query]).toEqual([911_000, 101_000, 67]);
  expect(single?.mean.value).toBeCloseTo(9202, 0);
  expect([concurrent?.largestSessionSum.value, concurrent?.wallClock.value]).toEqual([1_715_000, undefined]);
  expect(
    place.read(path.join(path.dirname(ran.outputs.report ?? ''), 'junit.xml')).match(/<testcase /g)?.length,
  ).toBeGreaterThan(98);
});

test('the old figures stand beside the repaired ones', async () => {
  place.write('log/rollout_sql.log', '101|.01|100|1970-01-01 00:00:05.5326\n102|.02|7|1970-01-01 00:01:41.101000\n');
  const ran = await place.run(importOperation, GIVEN);
  expect(ran.exitCode).toBe(0);
  expect(ran.report).toContain('| Sum of the single user | 1m46.634s | 1m46.326s | −307.6 ms |');
  expect(ran.report).toContain('| Mean of the single user | 53.317 s | 53.163 s | −153.8 ms |');
  expect(ran.report).toContain('<summary>The 2 largest of 2 corrections</summary>');
  expect(ran.report).toContain('| q01 | single user | 5.533 s | 5.326 s | −206.6 ms |');
  expect(ran.lines.join('\n')).toContain('The files do not tell when the queries ran');
  expect((await imported(ran)).executions).toEqual([
    {
      part: 'single',
      session: 1,
      iteration: 1,
      position: 1,
      query: 1,
      status: 'passed',
      durationMs: 5326,
      startMs: 0,
      wallMs: 5326,
      statements: 1,
      rows: 100,
      answer: 'unknown',
    },
    expect.objectContaining({ query: 2, position: 2, durationMs: 101_000, rows: 7 }),
  ]);
});

test('the same files give the same report in the same place, whether logs or tables', async () => {
  writeArticle();
  const first = await place.run(importOperation, GIVEN);
  const text = place.read(first.outputs.report ?? '');
  expect((await place.run(importOperation, GIVEN)).outputs).toEqual(first.outputs);
  expect(place.read(first.outputs.report ?? '')).toBe(text);

  place.write(
    'sql.csv',
    `id,description,tuples,duration\n${logLines(0, articleSingle(), columnTime).replaceAll('|', ',')}`,
  );
  const sessions = [1, 2, 3, 4, 5].map((session) => logLines(session, articleSession(session), columnTime)).join('');
  place.write('multisql.txt', sessions);
  const tables = await place.run(importOperation, { ...GIVEN, logs: 'sql.csv\nmultisql.txt' });
  expect([tables.message, tables.outputs]).toEqual(['', first.outputs]);
});

describe('as a baseline', () => {
  /** A run of ours on the same capacity, each query so many times as long as in the article's. */
  function runOf(factor: number): BenchmarkReport {
    const single = Object.fromEntries(articleSingle().map(({ query, ms }) => [query, [ms * factor]]));
    const sessions = [1, 2, 3, 4, 5].map((session) =>
      Object.fromEntries(articleSession(session).map(({ query, ms }) => [query, ms * factor])),
    );
    return benchmarkReport({ single, sessions, concurrentWallMs: ARTICLE.sessionMs * factor });
  }

  test('it is compared with a run of the same queries and capacity, and what is not known is said', async () => {
    writeArticle();
    const baseline = (await place.run(importOperation, GIVEN)).outputs.report ?? '';
    place.write('same.json', runOf(1));
    const same = await place.run(compare, { report: 'same.json', baseline });
    expect([same.exitCode, same.message, same.outputs.verdict]).toEqual([0, '', 'same']);
    expect(same.report).toContain('Concurrent part, longest session');
    expect(same.lines.join('\n')).toContain('which texts and parameters its queries had is not known');
    place.write('slow.json', runOf(1.5));
    const slow = await place.run(compare, { report: 'slow.json', baseline });
    expect(slow).toMatchObject({ exitCode: 1, outputs: { regressions: '99', ratio: '1.5000' } });
    expect(slow.message).toContain('concurrent part (longest session): slower: 42m52.500s, 28m35.000s in the baseline');
  });

  test('other capacities and an unknown one are refused', async () => {
    writeArticle();
    place.write('same.json', runOf(1));
    const other = (await place.run(importOperation, { ...GIVEN, rpus: '64' })).outputs.report ?? '';
    const { rpus: _, ...unknown } = GIVEN;
    const without = (await place.run(importOperation, unknown)).outputs.report ?? '';
    expect((await place.run(compare, { report: 'same.json', baseline: other })).message).toContain(
      `capacity: ${REDSHIFT.rpus} RPUs against 64 RPUs in the baseline`,
    );
    expect((await place.run(compare, { report: 'same.json', baseline: without })).message).toContain(
      'capacity: 128 RPUs against RPUs not known in the baseline',
    );
    const both = await place.run(compare, { report: without, baseline: without });
    expect([both.exitCode, both.lines.join('\n')]).toEqual([
      0,
      expect.stringContaining('The capacity of neither report is known'),
    ]);
  });
});

test('a run that stopped at a failing query: what is there is read, and what is missing is named', async () => {
  place.write('log/rollout_sql.log', logLines(0, articleSingle()));
  place.write('log/rollout_testing_1.log', logLines(1, articleSession(1).slice(0, 90)));
  const ran = await place.run(importOperation, GIVEN);
  expect(ran).toMatchObject({ exitCode: 0, outputs: { executions: '189' } });
  expect(ran.lines.join('\n')).toMatch(
    /Not in the files, because the scripts end a session at the first query that fails: q\d\d of session 1, .* and 4 more\./,
  );
  expect(totalsOf(await imported(ran)).verdict).toMatchObject({
    outcome: 'failed',
    counts: { passed: 189, 'not-run': 9 },
  });
});

describe('refused', () => {
  test('files that are not there, hold no log, or lead out of the workspace, all together', async () => {
    place.write('empty/notes.md', 'x');
    place.write('binary.log', 'x');
    symlinkSync('/etc/hostname', path.join(place.path, 'link.log'));
    const ran = await place.run(importOperation, { ...GIVEN, logs: 'nowhere\nempty\nlink.log' });
    expect([ran.exitCode, ran.message.split('\n')]).toEqual([
      2,
      [
        "input 'logs': 'nowhere': there is no such file or folder; correct the path",
        "input 'logs': 'empty': the folder has no 'rollout_sql.log' or 'rollout_testing_<session>.log'; name other files by their paths",
        "input 'logs': 'link.log': a symbolic link leads out of the workspace; copy the file into it",
      ],
    ]);
  });

  test('times of EXPLAIN', async () => {
    place.write('log/rollout_sql.log', logLines(0, articleSingle()).replaceAll('|100|', '|0|'));
    const ran = await place.run(importOperation, GIVEN);
    expect([ran.exitCode, ran.message]).toEqual([2, expect.stringContaining('these are the times of plans')]);
  });

  test('a table that lost digits, with the way out', async () => {
    place.write(
      'sql.csv',
      logLines(
        0,
        [
          { query: 1, ms: 5326 },
          { query: 67, ms: 1_234_567 },
        ],
        columnTime,
      ),
    );
    const ran = await place.run(importOperation, { ...GIVEN, logs: 'sql.csv' });
    expect([ran.exitCode, ran.message]).toEqual([
      2,
      expect.stringContaining("'sql.csv', line 2: '1970-01-01 00:20:34.123457' may stand for 1234565 ms"),
    ]);
    expect(ran.message).toContain("give the file 'rollout_*.log' of the run too");
  });

  test('a price without a capacity', async () => {
    const { rpus: _, ...unknown } = GIVEN;
    const ran = await place.run(importOperation, { ...unknown, 'price-per-rpu-hour': '0.36' });
    expect([ran.exitCode, ran.message]).toEqual([
      2,
      "input 'price-per-rpu-hour': tells no costs without 'rpus'; give both or neither",
    ]);
  });

  test('wrong inputs, all together', async () => {
    const ran = await place.run(importOperation, {
      logs: '[]',
      'scale-factor': '5',
      rpus: '12',
      longest: '1',
      output: '..',
    });
    expect(ran.exitCode).toBe(2);
    expect(ran.message.match(/^input '[a-z-]+'/gm)).toEqual([
      "input 'logs'",
      "input 'scale-factor'",
      "input 'rpus'",
      "input 'longest'",
      "input 'output'",
    ]);
  });
});
