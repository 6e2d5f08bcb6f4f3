import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import {
  connectRedshift,
  type RedshiftRequest,
} from '../../../../actions/warehouse-benchmark/engine/redshift/connect.ts';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import { type Clients, makeWorkgroup, REGION, redshiftOf, rowsOf, run } from '../../../local-aws/redshift-client.ts';
import { jumpingClock } from '../../../support/test-clock.ts';
import { never, requestOf, rowsIn, withEngine } from './warehouse.ts';

// Redshift as an engine of the benchmark, over the real Data API of the local AWS.

let aws: LocalAws;
let outside: Clients;

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
});

const within = <T>(work: (engine: Engine) => Promise<T>, more: Partial<RedshiftRequest> = {}) =>
  withEngine(requestOf(aws, more), work);

/** The operations of the Data API that were called while `work` ran. */
async function during(work: () => Promise<unknown>): Promise<string[]> {
  const before = aws.calls().at(-1)?.n ?? 0;
  await work();
  return aws.calls(before).map(({ operation }) => operation);
}

test('the facts are those that a measurement depends on', async () => {
  const { facts } = await within(async (engine) => engine, { schema: 'ext_tpcds1' });
  expect(facts).toEqual({
    engine: 'redshift',
    version: expect.stringMatching(/^v\d+\.\d+\.\d+$/),
    rpus: 8,
    region: REGION,
    workgroup: 'bench',
    database: 'dev',
    schema: 'ext_tpcds1',
  });
});

describe('a statement', () => {
  test('gives its rows as texts, their number and its duration in the engine', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const sql = `select 7::int, 2.50::decimal(7,2), 1e25::double, date '2002-05-14', true, null, 'text'`;
      expect(await rowsIn(session, sql)).toEqual([
        ['7', '2.50', '10000000000000000000000000', '2002-05-14', 'true', null, 'text'],
      ]);
      const { durationMs, rows, id } = await session.run('select * from range(5)', { signal: never });
      expect(rows).toBe(5);
      // Nanoseconds of the service: a statement takes more than a microsecond, and this one less than a minute.
      expect(durationMs).toBeGreaterThan(0.001);
      expect(durationMs).toBeLessThan(60_000);
      expect(id).toMatch(/^\d+$/);
    });
  });

  test('keeps all digits of whole numbers up to 2^53, and of decimals', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const sql = 'select 9007199254740991::bigint, 12345678901234567890.12::decimal(38,2), 0.1::double';
      expect(await rowsIn(session, sql)).toEqual([['9007199254740991', '12345678901234567890.12', '0.1']]);
    });
  });

  test('takes two calls, and those of its pages when the rows are wanted', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const sql = 'select range, range * 2 from range(2500) order by 1';
      expect(await during(() => session.run(sql, { signal: never }))).toEqual([
        'ExecuteStatement',
        'DescribeStatement',
      ]);
      const pages: number[] = [];
      const onRows = (rows: readonly unknown[]) => void pages.push(rows.length);
      const calls = await during(() => session.run(sql, { signal: never, onRows }));
      expect(pages).toEqual([1000, 1000, 500]);
      expect(calls).toEqual(['ExecuteStatement', 'DescribeStatement', ...Array(3).fill('GetStatementResult')]);
    });
  });

  test('that takes long is waited for with long polling', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const sql = 'select count(*) from range(5000) a, range(5000) b where a.range + b.range = 7';
      const calls = await during(async () => {
        expect((await session.run(sql, { signal: never })).rows).toBe(1);
      });
      expect(calls).toEqual(['ExecuteStatement', 'DescribeStatement']);
    });
  });

  test('that changes rows tells how many, and one without a result has none', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      expect(await rowsIn(session, 'create table t (a int)')).toEqual([]);
      const onRows = () => {
        throw new Error('there are no rows');
      };
      const inserted = await session.run('insert into t values (1), (2)', { signal: never, onRows });
      expect(inserted.rows).toBe(2);
    });
  });
});

describe('a session', () => {
  test('has the result cache off, the search path set, and a label for the history', async () => {
    await run(outside, 'create schema ext_tpcds1');
    await run(outside, 'create table ext_tpcds1.date_dim as select 73049 as d');
    const request = requestOf(aws, { schema: 'ext_tpcds1', run: "r'1; x" });
    await withEngine(request, async (engine) => {
      const session = await engine.openSession('single 1');
      expect(await rowsIn(session, 'show enable_result_cache_for_session')).toEqual([['off']]);
      expect(await rowsIn(session, 'select d from date_dim')).toEqual([['73049']]);
      const history = await rowsOf(
        outside,
        `select query_label from sys_query_history where query_text like '%date_dim'`,
      );
      expect(history).toEqual([['headgate-r-1-x-single-1']]);
    });
  });

  test('is opened with three calls, and stays for five minutes after its last statement', async () => {
    await within(async (engine) => {
      const calls = await during(() => engine.openSession('user-1'));
      expect(calls).toEqual(['BatchExecuteStatement', 'DescribeStatement', 'GetStatementResult']);
      const { Sessions: sessions } = await outside.data.listSessions({});
      expect(sessions).toMatchObject([{ Status: 'AVAILABLE', SessionAliveSeconds: 300 }]);
    });
  });

  test('keeps what is its own: five run side by side', async () => {
    await within(async (engine) => {
      const sessions = await Promise.all([1, 2, 3, 4, 5].map((n) => engine.openSession(`user-${n}`)));
      await Promise.all(sessions.map((each, n) => rowsIn(each, `create temp table mine as select ${n} as n`)));
      const seen = await Promise.all(sessions.map((each) => rowsIn(each, 'select n from mine')));
      expect(seen.flat(2)).toEqual(['0', '1', '2', '3', '4']);
    });
  });

  test('ends soon after it was closed, and so do all with the engine', async () => {
    const engine = await connectRedshift(requestOf(aws));
    const [first] = [await engine.openSession('user-1'), await engine.openSession('user-2')];
    await first!.close();
    await engine.close();
    const { Sessions: sessions = [] } = await outside.data.listSessions({ Status: 'CLOSED' });
    const open = (await outside.data.listSessions({})).Sessions!;
    expect(sessions.length + open.length).toBe(2);
    expect(open.every(({ SessionAliveSeconds: seconds }) => seconds === 1)).toBe(true);
    await expect(first!.run('select 1', { signal: never })).rejects.toThrow('takes no statement: it was closed');
  });
});

describe('the history', () => {
  test('tells the parts of a duration in milliseconds', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const { id, durationMs } = await session.run('select count(*) from range(100000)', { signal: never });
      const details = await engine.details([id!, id!]);
      expect([...details.keys()]).toEqual([id]);
      const { executionMs, queueMs, compileMs, fromCache } = details.get(id!)!;
      // The view has microseconds where the API has nanoseconds.
      expect(executionMs).toBeCloseTo(durationMs, 2);
      expect(queueMs).toBeGreaterThanOrEqual(0);
      expect([compileMs, fromCache]).toEqual([0, false]);
    });
  });

  test('shows that no answer came from the cache, also where others use it; those of a session that does are told', async () => {
    const sql = 'select count(*) from range(1000)';
    await run(outside, sql);
    const cached = (await run(outside, sql)).RedshiftQueryId;
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const { id } = await session.run(sql, { signal: never });
      const details = await engine.details([String(cached), id!]);
      expect([details.get(String(cached))?.fromCache, details.get(id!)?.fromCache]).toEqual([true, false]);
    });
  });

  test('is waited for half a minute, and then done without', async () => {
    const clock = jumpingClock();
    const request = requestOf(aws, { clock });
    await withEngine(request, async (engine) => {
      const session = await engine.openSession('user-1');
      const { id } = await session.run('select 1', { signal: never });
      const details = await engine.details(['999999999', id!]);
      expect([...details.keys()]).toEqual([id]);
      expect(clock.slept).toEqual(expect.arrayContaining([1000, 2000, 4000, 8000, 15_000]));
      expect(request.lines).toContain(
        'warning: The history of the warehouse has nothing of 1 of 2 statements; their queue, compile and execution times are left out',
      );
    });
  });

  test('is not asked for nothing', async () => {
    await within(async (engine) => {
      expect(await during(() => engine.details([]))).toEqual([]);
    });
  });
});

test('the calls need these permissions and no others', async () => {
  const before = aws.calls().at(-1)?.n ?? 0;
  await within(async (engine) => {
    const session = await engine.openSession('user-1');
    await rowsIn(session, 'select 1');
    await expect(session.run('select missing', { signal: never })).rejects.toThrow('missing');
    const aborted = new AbortController();
    const running = session.run('select count(*) from range(1e8::bigint) a, range(1e8::bigint) b', {
      signal: aborted.signal,
    });
    while (!(await outside.data.listStatements({ Status: 'STARTED' })).Statements!.length);
    aborted.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
  });
  const calls = aws.calls(before).filter(({ userAgent }) => userAgent.includes('headgate'));
  const actions = new Set(calls.flatMap(({ iamAction, alsoNeeds = [] }) => [iamAction, ...alsoNeeds]));
  expect([...actions].sort()).toEqual([
    'redshift-data:BatchExecuteStatement',
    'redshift-data:CancelStatement',
    'redshift-data:DescribeStatement',
    'redshift-data:ExecuteStatement',
    'redshift-data:GetStatementResult',
    'redshift-data:ListSessions',
    'redshift-serverless:GetCredentials',
  ]);
});
