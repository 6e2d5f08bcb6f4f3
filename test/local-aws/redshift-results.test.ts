import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { StatementStore } from '../../local-aws/redshift/statement-store.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, makeWorkgroup, openSession, redshiftOf, rowsOf, run } from './redshift-client.ts';

// Large results: pages, memory that does not grow with the rows, failures half way, and how long results are kept.

const MEGABYTE = 1024 * 1024;

let aws: LocalAws;
let here: Clients;

beforeAll(async () => {
  await installDuckdb();
  aws = await startLocalAws();
  here = redshiftOf(aws);
  await makeWorkgroup(here);
}, 300_000);
afterAll(async () => {
  await aws?.stop();
});

/** The resident memory of the process that runs DuckDB, in bytes. */
function engineMemory(): number {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return {
          status: readFileSync(`/proc/${pid}/status`, 'utf8'),
          line: readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
        };
      } catch {
        return { status: '', line: '' };
      }
    })
    .find(({ status, line }) => status.includes(`PPid:\t${process.pid}\n`) && line.includes('engine-program.js'));
  return Number(/VmHWM:\s+(\d+)/.exec(found?.status ?? '')?.[1]) * 1024;
}

test('a result comes in pages of 1,000 rows, each once and in order', async () => {
  const { Id } = await run(here, 'select range as n from range(2500) order by 1');
  const numbers: number[] = [];
  const sizes: number[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await here.data.getStatementResult({ Id: Id!, NextToken });
    expect(page.TotalNumRows).toBe(2500);
    sizes.push(page.Records!.length);
    numbers.push(...page.Records!.map(([field]) => field!.longValue!));
    NextToken = page.NextToken;
    if (NextToken === undefined) break;
  }
  expect(sizes).toEqual([1000, 1000, 500]);
  expect(numbers).toEqual(Array.from({ length: 2500 }, (_, i) => i));
});

test('wide rows make shorter pages, as a page has a megabyte', async () => {
  const { Id } = await run(here, "select repeat('é', 30000) as t from range(100)");
  const { Records, NextToken, TotalNumRows } = await here.data.getStatementResult({ Id: Id! });
  expect(Records!.length).toBeLessThan(40);
  expect([Records![0]![0]!.stringValue!.length, TotalNumRows]).toEqual([30_000, 100]);
  expect(NextToken).toBeDefined();
});

test('memory does not grow with the rows of a result, in DuckDB nor in the gateway', async () => {
  const rows = (count: number) => run(here, `select range as n, 'some text ' || range as t from range(${count})`);
  await rows(50_000);
  const before = engineMemory();
  const heapBefore = process.memoryUsage().rss;
  const { Id, ResultSize } = await rows(1_000_000);
  expect(ResultSize).toBeGreaterThan(20 * MEGABYTE);
  await here.data.getStatementResult({ Id: Id! });
  // The file has some 70 MB.
  expect(before).toBeGreaterThan(0);
  expect(engineMemory() - before).toBeLessThan(60 * MEGABYTE);
  expect(process.memoryUsage().rss - heapBefore).toBeLessThan(30 * MEGABYTE);
});

describe('a statement that fails half way through its rows', () => {
  const bad = "select case when i = 1500000 then error('the row is bad') else i end from range(2000000) t(i)";

  test('has failed, with the reason', async () => {
    const described = await run(here, bad);
    expect(described).toMatchObject({ Status: 'FAILED', Error: 'Invalid Input Error: the row is bad' });
    expect(described.HasResultSet).toBe(false);
  });

  test('has failed in a transaction too, which tells no reason any more', async () => {
    const SessionId = await openSession(here, 'begin');
    expect(await run(here, bad, { SessionId })).toMatchObject({
      Status: 'FAILED',
      Error: 'The result ended half way, and DuckDB does not tell why.',
    });
    expect((await run(here, 'rollback', { SessionId })).Status).toBe('FINISHED');
    expect(await rowsOf(here, 'select 1', { SessionId })).toEqual([[1]]);
  });

  test('has failed when its time was over meanwhile', async () => {
    const SessionId = await openSession(here, 'set statement_timeout to 300');
    const described = await run(here, 'select i from range(100000000000) t(i)', { SessionId });
    expect(described).toMatchObject({ Status: 'FAILED', Error: expect.stringContaining('statement_timeout') });
  });
});

test('DuckDB ends with the process that has started it, also while a statement runs', async () => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'redshift-orphan-parent.ts')], {
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

/** True until the process has ended; one that nobody has waited for yet has ended, too. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('statements are kept for 24 hours and tokens for 8, and 500 may be active', () => {
  let now = 1_000_000;
  const store = new StatementStore(() => now);
  const submission = {
    owner: 'a/r',
    workgroup: 'w',
    database: 'dev',
    name: undefined,
    secretArn: undefined,
    format: 'JSON',
    parameters: [],
    sqls: [{ sql: 'select 1', bound: 'select 1' }],
    isBatch: false,
    mode: 'TRANSACTION',
  } as const;
  const first = store.add(submission);
  store.rememberToken('a/r', 'token', first);
  first.status = 'FINISHED';
  for (let i = 0; i < 500; i += 1) {
    store.requireRoom('a/r', 'w');
    store.add(submission);
  }
  expect(() => store.requireRoom('a/r', 'w')).toThrow(
    expect.objectContaining({ code: 'ActiveStatementsExceededException' }),
  );
  store.requireRoom('a/r', 'other');
  expect(store.byToken('a/r', 'token')).toBe(first);
  now += 8 * 3_600_000;
  expect(store.byToken('a/r', 'token')).toBeUndefined();
  now += 16 * 3_600_000;
  expect(() => store.get('a/r', first.id)).toThrow(expect.objectContaining({ code: 'ResourceNotFoundException' }));
  expect(store.list('a/r')).toHaveLength(500);
});
