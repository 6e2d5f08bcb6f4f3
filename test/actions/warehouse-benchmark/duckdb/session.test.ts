import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectDuckdb } from '../../../../actions/warehouse-benchmark/engine/duckdb/connect.ts';
import type { DuckdbEngine } from '../../../../actions/warehouse-benchmark/engine/duckdb/duckdb-engine.ts';
import {
  type Row,
  type Session,
  SessionLost,
  StatementFailed,
  type StatementRequest,
} from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import { ENDLESS, keptLog, peakMemory, runs } from './support.ts';

const { signal } = new AbortController();
const connect = () => connectDuckdb({ scaleFactor: 0.01, sessions: 20, log: keptLog(), signal });
let engine: DuckdbEngine;
let session: Session;

beforeAll(async () => {
  engine = await connect();
  session = await engine.openSession('user');
}, 120_000);
afterAll(() => engine?.close());

async function rowsOf(sql: string, on = session): Promise<Row[]> {
  const rows: Row[] = [];
  const result = await on.run(sql, { signal, onRows: (batch) => rows.push(...batch) });
  expect(result.rows).toBe(rows.length);
  return rows;
}

async function failureOf(sql: string, request: Partial<StatementRequest> = {}): Promise<StatementFailed> {
  const error: unknown = await session.run(sql, { signal, ...request }).catch((thrown: unknown) => thrown);
  if (!(error instanceof StatementFailed)) throw new Error(`It did not fail as a statement: ${String(error)}`);
  return error;
}

describe('values', () => {
  test.each([
    ['null', null],
    ['42', '42'],
    ['9007199254740993::bigint', '9007199254740993'],
    ['170141183460469231731687303715884105727::hugeint', '170141183460469231731687303715884105727'],
    ['1.50::decimal(5, 2)', '1.50'],
    ['0.1::double', '0.1'],
    ['1e-7::double', '0.0000001'],
    ['-2.5e-10::double', '-0.00000000025'],
    ['1.5e25::double', '15000000000000000000000000'],
    ["'nan'::double", 'NaN'],
    ["date '2002-05-14'", '2002-05-14'],
    ["timestamp '2002-05-14 01:02:03'", '2002-05-14 01:02:03'],
    ["timestamptz '2002-05-14 01:02:03+02'", '2002-05-13 23:02:03+00'],
    ["time '01:02:03'", '01:02:03'],
    ['true', 'true'],
    ["'ü''\"\n'", 'ü\'"\n'],
    ['[1, 2]', '[1,2]'],
  ])('%s', async (sql, value) => {
    expect(await rowsOf(`select ${sql}`)).toEqual([[value]]);
  });

  test('a plan has a line a row', async () => {
    const plan = await rowsOf('explain select count(*) from store_sales where ss_quantity > 5');
    expect(plan.every((row) => row.length === 1)).toBe(true);
    expect(plan.length).toBeGreaterThan(5);
    expect(plan.flat().join('\n')).toContain('store_sales');
  });
});

describe('a statement that fails', () => {
  test.each([
    ['selec 1', /^Parser Error: syntax error at or near "selec"/],
    ['select * from nothing_here', /^Catalog Error: Table with name nothing_here does not exist!/],
    ['select no_column from item', /^Binder Error: Referenced column "no_column" not found/],
    ["select cast('x' as integer)", /^Conversion Error: Could not convert string 'x' to INT32/],
    ['drop table item', /^Invalid Input Error: Cannot execute statement of type "DROP".*read-only mode/],
    [
      "select * from read_csv('https://127.0.0.1/x.csv')",
      /^Missing Extension Error: File .* requires the extension httpfs to be loaded/,
    ],
    ['', /^There is no statement in the text\.$/],
    ['-- nothing', /^There is no statement in the text\.$/],
    ['select 1; select 2', /^One statement is expected and 2 are given\.$/],
  ])('%s', async (sql, message) => {
    const error = await failureOf(sql);
    expect(error.kind).toBe('failed');
    expect(error.message).toMatch(message);
    expect(error.durationMs).toBeGreaterThan(0);
  });

  test('half way through its rows is not taken for one that has ended', async () => {
    const sql = "select case when i = 1500000 then error('the row is bad') else i end from range(2000000) t(i)";
    expect(await failureOf(sql)).toMatchObject({ kind: 'failed', message: 'Invalid Input Error: the row is bad' });
    const read: Row[][] = [];
    const error = await failureOf(sql, { onRows: (batch) => read.push([...batch]) });
    expect(error.message).toBe('Invalid Input Error: the row is bad');
    expect(read.length).toBeGreaterThan(1);
    expect(read.flat().at(-1)).not.toEqual(['1999999']);
  });

  test('leaves its session as it was', async () => {
    await failureOf('selec 1');
    expect(await rowsOf('select 1')).toEqual([['1']]);
  });
});

describe('a statement that is ended', () => {
  test('by its time-out says so and how long it ran', async () => {
    const error = await failureOf(ENDLESS, { timeoutMs: 100 });
    expect(error.kind).toBe('timed-out');
    expect(error.message).toBe('Ended after its time-out of 100 ms');
    expect(error.durationMs).toBeGreaterThanOrEqual(99);
    expect(await rowsOf('select 1')).toEqual([['1']]);
  });

  test('while its rows are read is not taken for one that has ended', async () => {
    const error = await failureOf('select i from range(100000000000) t(i)', { timeoutMs: 100 });
    expect(error.kind).toBe('timed-out');
  });

  test('has time enough with a time-out that no timer takes', async () => {
    expect(await session.run('select 1', { signal, timeoutMs: 2 ** 40 })).toMatchObject({ rows: 1 });
  });

  test('by the run rejects with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('the run was cancelled');
    const sql = 'select i from range(100000000000) t(i)';
    const running = session.run(sql, { signal: controller.signal, onRows: () => controller.abort(reason) });
    await expect(running).rejects.toBe(reason);
    await expect(session.run('select 1', { signal: controller.signal })).rejects.toBe(reason);
    expect(await rowsOf('select 1')).toEqual([['1']]);
  });

  test('by an error of who reads its rows rejects with that', async () => {
    const reason = new Error('cannot read this');
    const reading = session.run('select i from range(100000000000) t(i)', {
      signal,
      onRows: () => {
        throw reason;
      },
    });
    await expect(reading).rejects.toBe(reason);
    expect(await rowsOf('select 1')).toEqual([['1']]);
  });

  test('with its session ends', async () => {
    const other = await engine.openSession('other');
    const running = other.run(ENDLESS, { signal }).catch((error: unknown) => error);
    await other.close();
    expect(await running).toMatchObject({ kind: 'failed', message: expect.stringContaining('Interrupted') });
    await expect(other.run('select 1', { signal })).rejects.toThrow('The session is closed.');
  });
});

test('20 sessions that are busy do not keep another one waiting', async () => {
  const controller = new AbortController();
  const busy = await Promise.all(Array.from({ length: 20 }, (_, user) => engine.openSession(`user ${user}`)));
  const running = busy.map((each) => each.run(ENDLESS, { signal: controller.signal }).catch((error: unknown) => error));
  // Their statements never end by themselves: with fewer threads than sessions these would wait for ever.
  for (let n = 0; n < 10; n += 1) expect(await rowsOf(`select ${n}`)).toEqual([[String(n)]]);
  controller.abort(new Error('enough'));
  expect(await Promise.all(running)).toEqual(Array(20).fill(new Error('enough')));
  await Promise.all(busy.map((each) => each.close()));
});

test('settings and temporary tables stay in their session', async () => {
  const other = await engine.openSession('other');
  await rowsOf('create temporary table mine as select 7 as x', other);
  expect(await rowsOf('select x from mine', other)).toEqual([['7']]);
  await expect(failureOf('select x from mine')).resolves.toMatchObject({ kind: 'failed' });
});

test('neither process keeps rows that are sent', async () => {
  const peaks: { child: number; own: number }[] = [];
  for (const rows of [100_000, 1_000_000]) {
    const own = await connect();
    const reader = await own.openSession('reader');
    let counted = 0;
    const sql = `select 'the text of row ' || i from range(${rows}) t(i)`;
    await reader.run(sql, { signal });
    const onRows = (batch: readonly Row[]) => {
      counted += batch.length;
    };
    await reader.run(sql, { signal, onRows });
    expect(counted).toBe(rows);
    peaks.push({ child: peakMemory(own.pid), own: peakMemory(process.pid) });
    await own.close();
  }
  const [few, many] = peaks;
  // As JavaScript has them, the rows are 100 MB; young objects may wait for their collection.
  expect(many!.child - few!.child).toBeLessThan(60);
  expect(many!.own - few!.own).toBeLessThan(60);
}, 120_000);

describe('when the process ends', () => {
  test('its sessions are lost, and the next session has a new one', async () => {
    const sessions = await Promise.all([1, 2, 3].map((user) => engine.openSession(`user ${user}`)));
    const running = sessions.map((each) => each.run(ENDLESS, { signal }).catch((error: unknown) => error));
    const { pid } = engine;
    process.kill(pid!, 'SIGKILL');
    for (const error of await Promise.all(running)) {
      expect(error).toBeInstanceOf(SessionLost);
      expect((error as Error).message).toBe(
        'The process of DuckDB has ended (SIGKILL, which is what the system does when memory runs out)',
      );
    }
    await expect(sessions[0]!.run('select 1', { signal })).rejects.toThrow(SessionLost);
    await sessions[0]!.close();

    const [one, other] = await Promise.all([engine.openSession('one'), engine.openSession('other')]);
    expect(await rowsOf('select 1', one)).toEqual([['1']]);
    expect(await rowsOf('select 2', other)).toEqual([['2']]);
    expect(engine.pid).not.toBe(pid);
  });

  test('closing ends it, whatever runs in it, and leaves no file', async () => {
    const own = await connect();
    const { pid } = own;
    const running = (await own.openSession('user')).run(ENDLESS, { signal }).catch((error: unknown) => error);
    await own.close();
    expect(await running).toBeInstanceOf(SessionLost);
    expect(runs(pid)).toBe(false);
    await expect(own.openSession('user')).rejects.toThrow('DuckDB was closed.');
  });

  test('it never outlives a killed parent, also while a statement runs', async () => {
    const parent = spawn(process.execPath, [join(import.meta.dirname, 'orphan-parent.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(runs(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'close');
    // It is no child of ours, so nobody tells; where it stays, the test's time runs out.
    while (runs(pid)) await setImmediate();
    expect(runs(pid)).toBe(false);
  });

  test('it has nothing of our environment but what programs need', () => {
    const names = readFileSync(`/proc/${engine.pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0])
      .filter((name) => name !== '');
    const allowed = [
      'PATH',
      'HOME',
      'TMPDIR',
      'UV_THREADPOOL_SIZE',
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
    ];
    expect(names.filter((name) => !allowed.includes(name!))).toEqual([]);
    expect(names).toContain('PATH');
  });
});
