import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Fingerprinter } from '../../../../actions/warehouse-benchmark/answers/fingerprint.ts';
import type { Fingerprint } from '../../../../actions/warehouse-benchmark/answers/fingerprint-types.ts';
import { connectDuckdb } from '../../../../actions/warehouse-benchmark/engine/duckdb/connect.ts';
import type { DuckdbEngine } from '../../../../actions/warehouse-benchmark/engine/duckdb/duckdb-engine.ts';
import type { Session } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import { keptLog, peakMemory } from './support.ts';

// DuckDB's process takes fingerprints from the memory of a column, Redshift's session from rows of texts. Both must agree.

const { signal } = new AbortController();
const connect = () => connectDuckdb({ scaleFactor: 0.01, log: keptLog(), signal });
let engine: DuckdbEngine;
let session: Session;

beforeAll(async () => {
  engine = await connect();
  session = await engine.openSession('user');
}, 120_000);
afterAll(() => engine?.close());

async function ofColumns(sql: string): Promise<Fingerprint> {
  const { fingerprint, rows } = await session.run(sql, { signal, fingerprint: true });
  expect(fingerprint?.rows).toBe(rows);
  return fingerprint!;
}

async function ofRows(sql: string): Promise<Fingerprint> {
  const fingerprinter = new Fingerprinter();
  await session.run(sql, { signal, onRows: (rows) => fingerprinter.add(rows) });
  return fingerprinter.result();
}

describe('the fingerprint of columns is that of their rows', () => {
  test.each([
    ['tinyint', 'unnest([null, 0, 1, -128, 127]::tinyint[])'],
    ['smallint', 'unnest([null, 0, 1, -32768, 32767]::smallint[])'],
    ['integer', 'unnest([null, 0, 7, -2147483648, 2147483647]::integer[])'],
    ['bigint', 'unnest([null, 0, -1, 4294967296, -4294967297, 9007199254740991, -9007199254740991]::bigint[])'],
    ['bigint beyond the safe integers', 'unnest([9007199254740993, -9223372036854775807, 5]::bigint[])'],
    ['hugeint', 'unnest([null, 0, -1, -4294967296, 9007199254740991, -9007199254740992]::hugeint[])'],
    [
      'hugeint beyond',
      'unnest([170141183460469231731687303715884105727, -170141183460469231731687303715884105727, 18446744073709551616, 2, -2]::hugeint[])',
    ],
    ['unsigned', 'unnest([0, 4294967295, null]::uinteger[])'],
    ['decimal of 16 bits', 'unnest([null, 0, 1.5, -99.99, 0.01, 20]::decimal(4, 2)[])'],
    ['decimal of 32 bits', 'unnest([null, 0, 1.5, -99999.9999]::decimal(9, 4)[])'],
    ['decimal of 64 bits', 'unnest([null, 0, 1.5, -9999999999.99999999, 0.00000010]::decimal(18, 8)[])'],
    [
      'decimal of 128 bits',
      "unnest(['0', '1.5', '-0.000001', '123456789012345678901234567890.123456', null]::decimal(38, 6)[])",
    ],
    [
      'decimal of many digits after the point',
      "unnest(['0.1', '-0.1234567890123456789012345', null]::decimal(30, 25)[])",
    ],
    ['decimal without any', 'unnest([10, -200, null]::decimal(18, 0)[])'],
    ['double', 'unnest([null, 0, -0.0, 0.1, 1e-7, -2.5e-10, 1.5e25, 1e300, 1/3]::double[])'],
    ['double beyond all numbers', "unnest(['nan', 'inf', '-inf', '1.5', null]::double[])"],
    ['float', 'unnest([0.1, -2.5, 1e20, null]::float[])'],
    [
      'date',
      "unnest([null, '2002-05-14', '0001-01-01', '9999-12-31', '12345-01-01', '1969-12-31', 'infinity']::date[])",
    ],
    ['date before Christ', "date '0044-03-15 (BC)'"],
    ['timestamp', "unnest([null, '2002-05-14 00:00:00', '2002-05-14 01:02:03.5']::timestamp[])"],
    ['timestamp with a zone', "timestamptz '2002-05-14 01:02:03+02'"],
    ['time', "time '01:02:03'"],
    ['boolean', 'unnest([true, false, null])'],
    ['short texts', "unnest(['', 'a', 'twelve chars', '  ', 't', '12', 'ü', null])"],
    ['long texts', "unnest(['thirteen char', repeat('é', 200), 'a' || repeat(' ', 20), '🦆 quacks in UTF-16', null])"],
    ['texts that read as numbers', "unnest(['00601', '1.50', '-2e3', null])"],
    ['nothing but NULL', 'unnest([null, null]::varchar[])'],
    ['NULL without a type', 'null'],
    ['list', 'unnest([[1, 2], [], null])'],
    ['struct', "{'a': 1, 'b': 'x'}"],
    ['interval', "interval '3 days'"],
    ['uuid', "'00000000-0000-4000-8000-000000000001'::uuid"],
    ['enum', "'b'::enum('a', 'b')"],
  ])('%s', async (_type, expression) => {
    const sql = `select ${expression}`;
    expect(await ofColumns(sql)).toEqual(await ofRows(sql));
  });

  test('also over many chunks, where texts and NULLs stand beside numbers', async () => {
    const sql = `select i::integer, nullif(i % 7, 3), (i % 1000)::decimal(18, 2) / 8, i / 7.0, 'row ' || i % 13,
        case when i % 5 = 0 then null else 'a longer text ' || i end, date '2000-01-01' + (i % 400)::integer
      from range(5000) t(i)`;
    expect(await ofColumns(sql)).toEqual(await ofRows(sql));
  });

  test('and for results without rows, and for plans', async () => {
    expect(await ofColumns('select 1 where false')).toEqual(await ofRows('select 1 where false'));
    const plan = 'explain select count(*) from item';
    expect(await ofColumns(plan)).toEqual(await ofRows(plan));
  });
});

test('a statement that fails half way through its rows has none', async () => {
  const sql = "select case when i = 1500000 then error('the row is bad') else i end from range(2000000) t(i)";
  await expect(session.run(sql, { signal, fingerprint: true })).rejects.toMatchObject({
    kind: 'failed',
    message: 'Invalid Input Error: the row is bad',
  });
});

test('a statement is ended while its fingerprint is taken, by its time-out and by the run', async () => {
  const sql = 'select i from range(100000000000) t(i)';
  await expect(session.run(sql, { signal, fingerprint: true, timeoutMs: 100 })).rejects.toMatchObject({
    kind: 'timed-out',
  });
  const controller = new AbortController();
  const reason = new Error('the run was cancelled');
  const running = session.run(sql, { signal: controller.signal, fingerprint: true });
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
  expect((await ofColumns('select 1')).rows).toBe(1);
});

test('neither process grows with the rows', async () => {
  const own = await connect();
  const reader = await own.openSession('reader');
  const peaksAfter = async (rows: number) => {
    const sql = `select i, 'the text of row ' || i, i / 7.0 from range(${rows}) t(i)`;
    expect(await reader.run(sql, { signal, fingerprint: true })).toMatchObject({ rows });
    return { child: peakMemory(own.pid), own: peakMemory(process.pid) };
  };
  const few = await peaksAfter(300_000);
  const many = await peaksAfter(1_000_000);
  await own.close();
  // As JavaScript has them, the further rows are more than 100 MB.
  expect(many.child - few.child).toBeLessThan(12);
  expect(many.own - few.own).toBeLessThan(12);
}, 120_000);
