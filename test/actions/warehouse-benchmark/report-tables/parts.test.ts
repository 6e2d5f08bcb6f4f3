import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LABEL } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { durationText } from '../../../../actions/warehouse-benchmark/report-tables/duration-text.ts';
import {
  clearStatements,
  makeStatements,
  nameBefore,
  rowStatements,
} from '../../../../actions/warehouse-benchmark/report-tables/statements.ts';
import { codePoint } from '../../../support/code-point.ts';
import { executionOf, reportOf } from '../report/samples.ts';

// What is written into the report tables, as texts.

describe('a duration', () => {
  test.each([
    [0, '00:00:00.000'],
    [7, '00:00:00.007'],
    // The article's scripts wrote 00:00:05.5326, 00:00:10.1 and 00:01:41.101000 for these.
    [5326, '00:00:05.326'],
    [10_000, '00:00:10.000'],
    [101_000, '00:01:41.000'],
    [59_999.6, '00:01:00.000'],
    // Theirs began again after a day.
    [90_061_001, '25:01:01.001'],
    [400 * 3_600_000, '400:00:00.000'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });

  test('of any length reads back as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (milliseconds) => {
        const [, hours, minutes, seconds, rest] = /^(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})$/.exec(
          durationText(milliseconds),
        )!;
        expect(Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(rest)).toBe(
          milliseconds,
        );
      }),
    );
  });
});

describe('statements', () => {
  test('make only what is missing, and drop nothing', () => {
    const kinds = [
      { kind: 'missing' },
      { kind: 'empty' },
      { kind: 'ours' },
      { kind: 'theirs', taken: ['sql', 'multisql'] },
    ] as const;
    const first = kinds.map((state) => makeStatements('r', state, 'Run-1').map((sql) => sql.slice(0, 60)));
    const made = [
      expect.stringMatching(/^create table if not exists "r"."headgate_runs" \(/),
      expect.stringMatching(/^create table if not exists "r"."sql" \(/),
      expect.stringMatching(/^create table if not exists "r"."multisql" \(/),
    ];
    expect(first).toEqual([
      ['create schema "r"', ...made],
      made,
      made,
      [
        'alter table "r"."sql" rename to "sql_before_run_1"',
        expect.stringMatching(/^alter table "r"."multisql" rename to/),
        ...made,
      ],
    ]);
    const all = [...kinds.flatMap((state) => makeStatements('r', state, 'x')), ...clearStatements('r', 'x')].join('\n');
    expect(all).not.toMatch(/\b(drop|truncate|cascade)\b/i);
  });

  test('a name of a table that makes room is a plain one of at most 127 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 200 }), (run) => {
        expect(nameBefore('multisql', run)).toMatch(/^multisql_before_[a-z0-9_]{0,111}$/);
      }),
    );
  });

  test('with rows are few, and each is below 100 KB', () => {
    const executions = Array.from({ length: 20 * 99 }, (_, i) =>
      executionOf({
        part: 'concurrent',
        session: 1 + Math.floor(i / 99),
        position: 1 + (i % 99),
        query: 1 + (i % 99),
        durationMs: i,
      }),
    );
    const statements = rowStatements('tpcds_reports', reportOf({ numbers: [], sessions: 20 }, executions));
    const sizes = statements.map((sql) => Buffer.byteLength(sql));
    expect(Math.max(...sizes)).toBeLessThan(100 * 1024);
    expect(statements.length).toBeLessThan(6);
    const rows = statements
      .slice(1)
      .join('')
      .match(/'\w+\.\d\d'/g);
    expect(rows).toHaveLength(20 * 99);
  });

  test('leave warm-ups out, and write texts as texts', () => {
    const report = {
      ...reportOf({ numbers: [1] }, [executionOf({ part: 'warm-up', query: 1, durationMs: 5 })]),
      run: "it's\\",
    };
    const [runs, ...rest] = rowStatements('r', report);
    expect(rest).toEqual([]);
    expect(runs).toContain("values (('it''s' || chr(92) || ''), cast(");
    expect(runs).toContain(LABEL);
  });
});
