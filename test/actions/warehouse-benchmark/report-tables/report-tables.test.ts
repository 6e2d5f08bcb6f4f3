import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Engine, Session } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import { connectRedshift } from '../../../../actions/warehouse-benchmark/engine/redshift/connect.ts';
import type { BenchmarkReport } from '../../../../actions/warehouse-benchmark/report/report.ts';
import {
  checkReportTables,
  writeReportTables,
} from '../../../../actions/warehouse-benchmark/report-tables/report-tables.ts';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import { OperationFailed, Refused } from '../../../../lib/errors.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import { type Clients, makeWorkgroup, redshiftOf, rowsOf, run } from '../../../local-aws/redshift-client.ts';
import { failureOf, never, requestOf } from '../redshift/warehouse.ts';
import { executionOf, reportOf } from '../report/samples.ts';

// The results as tables in the warehouse, on the local AWS; what is somebody else's stays.

const PLACE = { schema: 'tpcds_reports', replace: false, signal: never };

let aws: LocalAws;
let outside: Clients;
let engine: Engine;
let session: Session;

beforeAll(async () => {
  await installDuckdb();
  aws = await startLocalAws();
  outside = redshiftOf(aws);
}, 300_000);
afterAll(async () => {
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await makeWorkgroup(outside);
  engine = await connectRedshift(requestOf(aws));
  session = await engine.openSession('reports');
});

function measured(runName = 'run-1', durationMs = 5326): BenchmarkReport {
  const report = reportOf({ numbers: [7, 67], sessions: 2 }, [
    executionOf({ part: 'warm-up', query: 7, durationMs: 9999 }),
    executionOf({ part: 'single', query: 7, position: 1, durationMs, rows: 100 }),
    executionOf({ part: 'single', query: 67, position: 2, durationMs: 101_000, rows: 0, status: 'failed' }),
    executionOf({ part: 'concurrent', query: 67, session: 2, position: 1, durationMs: 90_061_001, rows: 3 }),
  ]);
  const setting = {
    ...report.setting,
    engine: { engine: 'redshift', version: '1', rpus: 128, schema: 'ext_tpcds3000' },
    scaleFactor: 3000,
  } as const;
  return { ...report, run: runName, startedAt: '2026-11-22T19:49:00.250Z', setting };
}

const write = (report: BenchmarkReport, more: Partial<typeof PLACE> = {}) =>
  writeReportTables(session, { ...PLACE, ...more, report });
const rows = (sql: string) => rowsOf(outside, sql);
const tables = async () =>
  (await rows(`select tablename from pg_catalog.pg_tables where schemaname = 'tpcds_reports' order by 1`)).flat();
/** What the article's scripts leave behind. */
async function article(): Promise<void> {
  await run(outside, 'create schema tpcds_reports');
  await run(outside, `create table tpcds_reports.sql as select 101 as id, 'theirs' as description`);
}

describe('a report', () => {
  test('becomes rows with right durations, in three tables', async () => {
    await checkReportTables(session, PLACE);
    await write(measured());
    const columns = 'run, id, description, session, iteration, tuples, duration_ms, duration, status';
    expect(await rows(`select ${columns} from tpcds_reports.sql order by id`)).toEqual([
      ['run-1', 101, 'ext_tpcds3000.07', 1, 1, 100, 5326, '00:00:05.326', 'passed'],
      ['run-1', 102, 'ext_tpcds3000.67', 1, 1, 0, 101_000, '00:01:41.000', 'failed'],
    ]);
    expect(await rows(`select ${columns} from tpcds_reports.multisql`)).toEqual([
      ['run-1', 101, 'ext_tpcds3000.67', 2, 1, 3, 90_061_001, '25:01:01.001', 'passed'],
    ]);
    const runs = 'select run, started, scale_factor, rpus, label from tpcds_reports.headgate_runs';
    expect(await rows(runs)).toEqual([
      [
        'run-1',
        '2026-11-22 19:49:00.25',
        3000,
        128,
        expect.stringMatching(/^Derived from TPC-DS\. Not comparable with published TPC-DS results/),
      ],
    ]);
  });

  test('that is written again replaces its own rows, and leaves those of other runs', async () => {
    await write(measured('run-1'));
    await write(measured('run-2'));
    await write(measured('run-1', 7000));
    expect(await rows('select run, duration_ms from tpcds_reports.sql where id = 101 order by run')).toEqual([
      ['run-1', 7000],
      ['run-2', 5326],
    ]);
    expect(await rows('select count(*) from tpcds_reports.headgate_runs')).toEqual([[2]]);
    expect(await rows('select count(*) from tpcds_reports.multisql')).toEqual([[2]]);
  });

  test('of plans is no measurement, and writes nothing', async () => {
    const report = measured();
    await write({ ...report, setting: { ...report.setting, mode: 'explain' } });
    expect(await tables()).toEqual([]);
  });

  test('with thousands of rows is written whole', async () => {
    const executions = Array.from({ length: 20 * 99 }, (_, i) =>
      executionOf({
        part: 'concurrent',
        session: 1 + Math.floor(i / 99),
        position: 1 + (i % 99),
        query: 1 + (i % 99),
        durationMs: i,
      }),
    );
    await write({ ...measured(), executions });
    expect(
      await rows('select count(*), count(distinct session), min(id), max(id) from tpcds_reports.multisql'),
    ).toEqual([[1980, 20, 101, 199]]);
  });
});

describe('the check before a run', () => {
  test('leaves nothing, whether there is a schema or not', async () => {
    await checkReportTables(session, PLACE);
    expect(await rows(`select count(*) from pg_catalog.pg_namespace where nspname = 'tpcds_reports'`)).toEqual([[0]]);
    await run(outside, 'create schema tpcds_reports');
    await checkReportTables(session, PLACE);
    expect(await tables()).toEqual([]);
  });

  test('leaves what is ours, and what is theirs, as it was', async () => {
    await write(measured());
    await checkReportTables(session, PLACE);
    expect(await rows('select count(*) from tpcds_reports.sql')).toEqual([[2]]);
    await run(outside, 'drop table tpcds_reports.headgate_runs');
    await checkReportTables(session, { ...PLACE, replace: true });
    expect(await tables()).toEqual(['multisql', 'sql']);
  });

  test('finds out that a table of ours was changed', async () => {
    await write(measured());
    await run(outside, 'alter table tpcds_reports.sql rename column run to other');
    const failure = await failureOf(checkReportTables(session, PLACE));
    expect(failure).toBeInstanceOf(OperationFailed);
    expect(failure.message).toMatch(
      /^The schema 'tpcds_reports' cannot take the results: .*"?run"?.*\. Likely cause: the user may not create or change tables there, or the tables have other columns\. Next: Grant it CREATE/,
    );
    // The session takes statements as before: the transaction is over.
    await run(outside, 'alter table tpcds_reports.sql rename column other to run');
    await write(measured('run-2'));
    expect(await rows('select count(*) from tpcds_reports.sql')).toEqual([[4]]);
  });
});

describe("somebody else's schema", () => {
  test.each([
    ['the check', () => checkReportTables(session, PLACE)],
    ['writing', () => write(measured())],
  ])('is refused by %s, with what to do', async (_, attempt) => {
    await article();
    const failure = await failureOf(attempt());
    expect(failure).toBeInstanceOf(Refused);
    expect(failure.message).toBe(
      "The schema 'tpcds_reports' has tables of other scripts (sql) and no table 'headgate_runs', so that it is not one of ours. " +
        'Likely cause: the scripts of the article, or somebody else, keep something there. ' +
        "Next: Give another 'reports-schema', or 'replace-reports: true', which renames 'sql' and 'multisql' that are in the way and drops nothing",
    );
    expect(await rows('select * from tpcds_reports.sql')).toEqual([[101, 'theirs']]);
  });

  test('with other tables, or views, is refused as well', async () => {
    await run(outside, 'create schema tpcds_reports');
    await run(outside, 'create view tpcds_reports.overview as select 1 as a');
    expect((await failureOf(checkReportTables(session, PLACE))).message).toContain("'tpcds_reports' has other tables");
  });

  test("keeps its tables under other names with 'replace-reports'", async () => {
    await article();
    await write(measured('Run-1'), { replace: true });
    expect(await tables()).toEqual(['headgate_runs', 'multisql', 'sql', 'sql_before_run_1']);
    expect(await rows('select * from tpcds_reports.sql_before_run_1')).toEqual([[101, 'theirs']]);
    expect(await rows('select count(*) from tpcds_reports.sql')).toEqual([[2]]);
    // From now on it is ours.
    await write(measured('run-2'));
    expect(await rows('select count(*) from tpcds_reports.sql')).toEqual([[4]]);
  });
});

test('a failure in the middle leaves nothing of the call', async () => {
  await write(measured());
  await run(outside, 'alter table tpcds_reports.multisql drop column status');
  expect(await failureOf(write(measured('run-2')))).toBeInstanceOf(OperationFailed);
  expect(await rows('select run from tpcds_reports.headgate_runs')).toEqual([['run-1']]);
  expect(await rows('select count(*) from tpcds_reports.sql')).toEqual([[2]]);
});

test('a lost session in the middle leaves nothing of the call, and is told as such', async () => {
  await write(measured());
  let statements = 0;
  const losing: Session = {
    close: () => session.close(),
    run: async (sql, request) => {
      statements += 1;
      if (sql.startsWith('insert')) await aws.endRedshiftSessions();
      return await session.run(sql, request);
    },
  };
  const failure = await failureOf(writeReportTables(losing, { ...PLACE, report: measured('run-1', 1) }));
  expect(failure.name).toBe('SessionLost');
  expect(statements).toBeGreaterThan(3);
  expect(await rows('select duration_ms from tpcds_reports.sql where id = 101')).toEqual([[5326]]);
});
