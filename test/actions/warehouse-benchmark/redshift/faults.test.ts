import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Engine, SessionLost, StatementFailed } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import {
  connectRedshift,
  type RedshiftRequest,
} from '../../../../actions/warehouse-benchmark/engine/redshift/connect.ts';
import { LONGEST_STATEMENT } from '../../../../actions/warehouse-benchmark/engine/redshift/statement-size.ts';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import type { Clock } from '../../../../lib/operation/define.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import {
  type Clients,
  ENDLESS,
  makeWorkgroup,
  openSession,
  redshiftOf,
  run,
} from '../../../local-aws/redshift-client.ts';
import { jumpingClock, quickClock } from '../../../support/test-clock.ts';
import { failureOf, never, requestOf, rowsIn, withEngine } from './warehouse.ts';

// What goes wrong with Redshift: statements, sessions, limits, the connection, and a run that is broken off.

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

/** Waits until a statement runs somewhere, and gives its id. */
async function running(): Promise<string> {
  for (;;) {
    const { Statements: [statement] = [] } = await outside.data.listStatements({ Status: 'STARTED' });
    if (statement !== undefined) return statement.Id!;
  }
}

describe('a failing query', () => {
  test.each([
    ['select missing', 'missing'],
    ['select * from no_such_table', 'no_such_table'],
    ['no sql at all', 'syntax error'],
  ])('%s says what the warehouse says, with the id, and the session goes on', async (sql, words) => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const failure = await failureOf(session.run(sql, { signal: never }));
      expect(failure).toBeInstanceOf(StatementFailed);
      expect(failure).toMatchObject({ kind: 'failed', durationMs: expect.any(Number) });
      expect(failure.message).toContain(words);
      expect(failure.message).toMatch(/\(statement [0-9a-f-]{36}\)$/);
      expect(await rowsIn(session, 'select 1')).toEqual([['1']]);
    });
  });

  test('that is longer than 100 KB is not sent', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const before = aws.calls().at(-1)!.n;
      const failure = await failureOf(session.run(' '.repeat(LONGEST_STATEMENT + 1), { signal: never }));
      expect(failure).toMatchObject({ name: 'StatementFailed', kind: 'failed' });
      expect(failure.message).toContain('102401 bytes');
      expect(aws.calls(before)).toEqual([]);
    });
  });

  test('that somebody else cancels is no time-out', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const failing = failureOf(session.run(ENDLESS, { signal: never, timeoutMs: 600_000 }));
      await outside.data.cancelStatement({ Id: await running() });
      expect(await failing).toMatchObject({ name: 'StatementFailed', kind: 'failed' });
    });
  });
});

describe('a time-out', () => {
  test('is kept by the engine, is set once, and the session goes on', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const before = aws.calls().at(-1)!.n;
      const failure = await failureOf(session.run(ENDLESS, { signal: never, timeoutMs: 200 }));
      expect(failure).toMatchObject({ name: 'StatementFailed', kind: 'timed-out' });
      expect(failure.message).toMatch(/^ended after 200 ms, as asked \(statement /);
      expect((failure as StatementFailed).durationMs).toBeGreaterThanOrEqual(200);
      await session.run('select 1', { signal: never, timeoutMs: 200 });
      const operations = aws.calls(before).map(({ operation }) => operation);
      expect(operations.filter((operation) => operation === 'ExecuteStatement')).toHaveLength(3);
      expect(operations).not.toContain('CancelStatement');
      expect(await rowsIn(session, 'show statement_timeout')).toEqual([['0']]);
    });
  });

  test('that the engine does not keep is kept from here', async () => {
    // Two hours go by on this side alone, after the statement was submitted.
    let looks = Number.NEGATIVE_INFINITY;
    const hurrying: Clock = {
      now: () => {
        looks += 1;
        return new Date(Date.now() + (looks > 1 ? 7_200_000 : 0));
      },
      sleep: quickClock.sleep,
    };
    await within(
      async (engine) => {
        const session = await engine.openSession('user-1');
        await session.run('select 1', { signal: never, timeoutMs: 3_600_000 });
        const before = aws.calls().at(-1)!.n;
        looks = 0;
        const failure = await failureOf(session.run(ENDLESS, { signal: never, timeoutMs: 3_600_000 }));
        expect(failure).toMatchObject({ name: 'StatementFailed', kind: 'timed-out' });
        expect(aws.calls(before).map(({ operation }) => operation)).toEqual([
          'ExecuteStatement',
          'CancelStatement',
          'DescribeStatement',
        ]);
        expect(await rowsIn(session, 'select 1')).toEqual([['1']]);
      },
      { clock: hurrying },
    );
  });
});

describe('a lost session', () => {
  test.each([
    [
      'between two statements',
      async (engine: Engine) => {
        const session = await engine.openSession('user-1');
        await aws.endRedshiftSessions();
        return await failureOf(session.run('select 1', { signal: never }));
      },
    ],
    [
      'while a statement runs',
      async (engine: Engine) => {
        const session = await engine.openSession('user-1');
        const failing = failureOf(session.run(ENDLESS, { signal: never, timeoutMs: 600_000 }));
        await running();
        await aws.endRedshiftSessions();
        return await failing;
      },
    ],
    [
      'that the service has forgotten',
      async (engine: Engine) => {
        const session = await engine.openSession('user-1');
        await aws.reset();
        await makeWorkgroup(outside);
        return await failureOf(session.run('select 1', { signal: never }));
      },
    ],
  ])('%s is told apart from a failing query, and a new one takes its place', async (_, lose) => {
    await within(async (engine) => {
      const lost = await lose(engine);
      expect(lost).toBeInstanceOf(SessionLost);
      expect(lost.message).toMatch(/^The session headgate-run-\w+-user-1 has ended: /);
      const next = await engine.openSession('user-1');
      expect(await rowsIn(next, 'show enable_result_cache_for_session')).toEqual([['off']]);
    });
  });

  test('takes no further statement, without asking again', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      await aws.endRedshiftSessions();
      await failureOf(session.run('select 1', { signal: never }));
      const before = aws.calls().at(-1)!.n;
      expect(await failureOf(session.run('select 1', { signal: never }))).toBeInstanceOf(SessionLost);
      expect(aws.calls(before)).toEqual([]);
    });
  });

  test('is not one that is only busy for a moment', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const { Sessions: [open] = [] } = await outside.data.listSessions({});
      const { Id } = await outside.data.executeStatement({ Sql: ENDLESS, SessionId: open!.SessionId! });
      const waiting = rowsIn(session, 'select 1');
      const isRefused = () =>
        aws.calls().some(({ operation, status }) => operation === 'ExecuteStatement' && status === 400);
      while (!isRefused()) await outside.data.listSessions({});
      await outside.data.cancelStatement({ Id: Id! });
      expect(await waiting).toEqual([['1']]);
    });
  });
});

describe('throttling and a poor connection', () => {
  test.each([
    { fault: 'throttle', every: 5, times: 3 } as const,
    { fault: 'reset', every: 3 } as const,
    { fault: 'reset-after', every: 3 } as const,
    { fault: 'server-error', every: 3 } as const,
  ])('%j: every statement runs once', async (effect) => {
    await run(outside, 'create table t (a int)');
    aws.setFaults({ rules: [{ ...effect, service: 'redshift-data' }] });
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      for (const n of [1, 2, 3, 4]) await session.run(`insert into t values (${n})`, { signal: never });
      expect(await rowsIn(session, 'select a from t order by a')).toEqual([['1'], ['2'], ['3'], ['4']]);
    });
    const faults = aws.calls().filter(({ fault }) => fault !== undefined);
    expect(faults.length).toBeGreaterThanOrEqual(3);
  });
});

describe('too many sessions', () => {
  async function fill(): Promise<void> {
    for (let i = 0; i < 10; i += 1) await Promise.all(Array.from({ length: 50 }, () => openSession(outside)));
  }

  test('are waited for two minutes; then it is said what to do', async () => {
    const clock = jumpingClock();
    const engine = await connectRedshift(requestOf(aws, { clock }));
    await fill();
    const failure = await failureOf(engine.openSession('user-1'));
    expect(failure).toBeInstanceOf(OperationFailed);
    expect(failure.message).toBe(
      "The workgroup 'bench' takes no further session: ActiveSessionsExceededException: The workgroup has 500 sessions, which is the limit. (request id headgate-local). " +
        'Likely cause: sessions of runs that were broken off, or of other users (a workgroup takes 500). ' +
        "Next: Sessions of broken runs end by themselves 5 minutes after their last statement. Look with 'aws redshift-data list-sessions --workgroup-name bench', then run again",
    );
    expect(clock.slept).toEqual([1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000]);
    // As soon as there is room, it goes on.
    const freeing: Clock = { now: clock.now, sleep: async () => await aws.endRedshiftSessions() };
    const second = await connectRedshift(requestOf(aws, { clock: freeing }));
    expect(await rowsIn(await second.openSession('user-1'), 'select 1')).toEqual([['1']]);
    await second.close();
  }, 60_000);
});

describe('a run that is broken off', () => {
  test('ends its statement, and rejects with the reason', async () => {
    const stop = new AbortController();
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const failing = failureOf(session.run(ENDLESS, { signal: stop.signal }));
      const id = await running();
      const reason = new Error('cancelled by the host');
      stop.abort(reason);
      expect(await failing).toBe(reason);
      expect((await outside.data.describeStatement({ Id: id })).Status).toBe('ABORTED');
    });
  });

  test('also when the answer to the submission had not come yet', async () => {
    const stop = new AbortController();
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      // The statement is carried out, and the answer is lost again and again.
      aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'ExecuteStatement' }] });
      const failing = failureOf(session.run(ENDLESS, { signal: stop.signal }));
      const id = await running();
      stop.abort(new Error('cancelled by the host'));
      expect((await failing).message).toBe('cancelled by the host');
      expect((await outside.data.describeStatement({ Id: id })).Status).toBe('ABORTED');
      aws.clearFaults();
    });
  });

  test('before a statement sends nothing', async () => {
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const before = aws.calls().at(-1)!.n;
      const signal = AbortSignal.abort(new Error('cancelled before'));
      expect((await failureOf(session.run('select 1', { signal }))).message).toBe('cancelled before');
      expect(aws.calls(before)).toEqual([]);
    });
  });

  test('while rows are read, ends that', async () => {
    const stop = new AbortController();
    await within(async (engine) => {
      const session = await engine.openSession('user-1');
      const onRows = () => stop.abort(new Error('enough'));
      const sql = 'select range from range(5000)';
      expect((await failureOf(session.run(sql, { signal: stop.signal, onRows }))).message).toBe('enough');
      const pages = aws.calls().filter(({ operation }) => operation === 'GetStatementResult');
      // One is the setting that was read back.
      expect(pages).toHaveLength(3);
    });
  });

  test('leaves nothing running when the engine is closed', async () => {
    const engine = await connectRedshift(requestOf(aws));
    const sessions = [await engine.openSession('user-1'), await engine.openSession('user-2')];
    const failing = sessions.map((session) => failureOf(session.run(ENDLESS, { signal: never })));
    while ((await outside.data.listStatements({ Status: 'STARTED' })).Statements!.length < 2);
    await engine.close();
    expect((await Promise.all(failing)).map(({ name }) => name)).toEqual(['StatementFailed', 'StatementFailed']);
    const { Statements: left } = await outside.data.listStatements({ Status: 'STARTED' });
    // The session's parting statement may still be there, for a moment.
    expect(left!.filter(({ QueryString }) => QueryString === ENDLESS)).toEqual([]);
  });
});

describe('a place that is not there', () => {
  test.each([
    [
      { workgroup: 'no-such' },
      /^The database 'dev' of the workgroup 'no-such' in eu-west-1 runs no statement: .*doesn't exist/,
    ],
    [
      { database: 'missing' },
      /^The database 'missing' of the workgroup 'bench' in eu-west-1 runs no statement: FATAL: database "missing" does not exist/,
    ],
  ])('%j', async (place, message) => {
    const failure = await failureOf(connectRedshift(requestOf(aws, place)));
    expect(failure).toBeInstanceOf(OperationFailed);
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain("or run 'headgate warehouse-benchmark prepare' first");
  });

  test('a workgroup that went away is told when a session is opened', async () => {
    await within(async (engine) => {
      await run(outside, 'create database other');
      await outside.serverless.deleteWorkgroup({ workgroupName: 'bench' });
      expect((await failureOf(engine.openSession('user-1'))).message).toContain('bench');
    });
  });
});

test('a schema without tables is found out by the first query', async () => {
  await within(
    async (engine) => {
      const session = await engine.openSession('user-1');
      const failure = await failureOf(session.run('select count(*) from store_sales', { signal: never }));
      expect(failure).toMatchObject({ name: 'StatementFailed', kind: 'failed' });
      expect(failure.message).toContain('store_sales');
    },
    { schema: 'ext_tpcds1' },
  );
});
