import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import {
  type Clients,
  ENDLESS,
  ended,
  errorOf,
  HERE,
  makeWorkgroup,
  openSession,
  redshiftOf,
  rowsOf,
  run,
  started,
} from './redshift-client.ts';

// Sessions of the Redshift Data API: what they keep, when they are busy and how they end; statements side by side.

let aws: LocalAws;
let here: Clients;

beforeAll(async () => {
  await installDuckdb();
  aws = await startLocalAws();
  here = redshiftOf(aws);
}, 300_000);
afterAll(async () => {
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await makeWorkgroup(here);
});

async function statusOf(SessionId: string): Promise<string | undefined> {
  const { Sessions } = await here.data.listSessions({ SessionId });
  return Sessions![0]?.Status;
}

describe('a session', () => {
  test('keeps temporary tables and settings, which others do not see', async () => {
    const SessionId = await openSession(here, 'create temp table t as select 5 as a');
    expect(await rowsOf(here, 'select a from t', { SessionId })).toEqual([[5]]);
    expect((await run(here, 'select a from t')).Status).toBe('FAILED');
    expect((await run(here, 'select a from t', { SessionId: await openSession(here) })).Status).toBe('FAILED');
    await run(here, 'set enable_result_cache_for_session to off', { SessionId });
    expect(await rowsOf(here, 'show enable_result_cache_for_session', { SessionId })).toEqual([['off']]);
    expect(await rowsOf(here, 'show enable_result_cache_for_session')).toEqual([['on']]);
  });

  test('has a search path; schemas that are not there do no harm', async () => {
    await run(here, 'create schema sales');
    await run(here, 'create table sales.orders as select 1 as id');
    const SessionId = await openSession(here, "set search_path to '$user', missing, sales, public");
    expect(await rowsOf(here, 'select id from orders', { SessionId })).toEqual([[1]]);
    await run(here, 'create table made (a int)', { SessionId });
    expect((await run(here, 'select * from sales.made')).Status).toBe('FINISHED');
  });

  test('runs transactions', async () => {
    await run(here, 'create table t (a int)');
    const SessionId = await openSession(here, 'begin');
    await run(here, 'insert into t values (1)', { SessionId });
    expect(await rowsOf(here, 'select count(*) from t')).toEqual([[0]]);
    await run(here, 'commit', { SessionId });
    expect(await rowsOf(here, 'select count(*) from t')).toEqual([[1]]);
  });

  test('is busy while a statement runs, and takes no other one', async () => {
    const SessionId = await openSession(here);
    expect(await statusOf(SessionId)).toBe('AVAILABLE');
    const { Id } = await here.data.executeStatement({ Sql: ENDLESS, SessionId });
    await started(here.data, Id!);
    const { Sessions } = await here.data.listSessions({ SessionId });
    expect(Sessions).toMatchObject([{ Status: 'BUSY', CurrentStatementId: Id, Database: 'dev' }]);
    expect(await errorOf(here.data.executeStatement({ Sql: 'select 1', SessionId }))).toEqual({
      name: 'ValidationException',
      message: expect.stringContaining('busy'),
    });
    await here.data.cancelStatement({ Id: Id! });
    expect(await ended(here.data, Id!)).toMatchObject({ Status: 'ABORTED', SessionId });
    expect(await rowsOf(here, 'select 1', { SessionId })).toEqual([[1]]);
  });

  test('of two statements that come at once takes one', async () => {
    const SessionId = await openSession(here);
    const both = [1, 2].map(() => here.data.executeStatement({ Sql: ENDLESS, SessionId }));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('ends when it is not used for as long as it was to be kept', async () => {
    const SessionId = await openSession(here, 'select 1', 1);
    expect(await statusOf(SessionId)).toBe('AVAILABLE');
    while ((await statusOf(SessionId)) !== 'CLOSED');
    expect(await errorOf(here.data.executeStatement({ Sql: 'select 1', SessionId }))).toEqual({
      name: 'ValidationException',
      message: 'Session is not available',
    });
    expect((await here.data.listSessions({})).Sessions).toEqual([]);
    expect((await here.data.listSessions({ Status: 'CLOSED' })).Sessions).toHaveLength(1);
  });

  test('ends with a statement that asks for it, and with its workgroup', async () => {
    const first = await openSession(here);
    await run(here, 'select 1', { SessionId: first, SessionKeepAliveSeconds: 0 });
    expect(await statusOf(first)).toBe('CLOSED');
    const second = await openSession(here);
    await here.serverless.deleteWorkgroup({ workgroupName: HERE.WorkgroupName });
    expect(await statusOf(second)).toBe('CLOSED');
  });

  test('that is lost fails what runs in it and takes nothing more', async () => {
    const SessionId = await openSession(here);
    const { Id } = await here.data.executeStatement({ Sql: ENDLESS, SessionId });
    await started(here.data, Id!);
    await aws.endRedshiftSessions();
    expect(await ended(here.data, Id!)).toMatchObject({ Status: 'FAILED', Error: 'ERROR: The session was closed.' });
    expect(await errorOf(here.data.executeStatement({ Sql: 'select 1', SessionId }))).toEqual({
      name: 'ValidationException',
      message: 'Session is not available',
    });
  });

  test('that never was is told apart from one that has ended', async () => {
    const SessionId = '00000000-1111-2222-3333-444444444444';
    expect(await errorOf(here.data.executeStatement({ Sql: 'select 1', SessionId }))).toEqual({
      name: 'ValidationException',
      message: `Session with Id: ${SessionId} is invalid.`,
    });
    expect(await errorOf(here.data.listSessions({ SessionId }))).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('is not named together with where it is, and is kept for 24 hours at most', async () => {
    const SessionId = await openSession(here);
    const both = here.data.executeStatement({ Sql: 'select 1', SessionId, ...HERE });
    expect(await errorOf(both)).toMatchObject({ name: 'ValidationException' });
    const long = here.data.executeStatement({ Sql: 'select 1', ...HERE, SessionKeepAliveSeconds: 86_401 });
    expect(await errorOf(long)).toMatchObject({ name: 'ValidationException' });
  });

  test('is one of 500 at most', async () => {
    for (let i = 0; i < 10; i += 1) await Promise.all(Array.from({ length: 50 }, () => openSession(here)));
    expect(await errorOf(openSession(here))).toMatchObject({ name: 'ActiveSessionsExceededException' });
    const pages = new Set<string>();
    for (let NextToken: string | undefined; ; ) {
      const page = await here.data.listSessions({ NextToken });
      for (const session of page.Sessions!) pages.add(session.SessionId!);
      NextToken = page.NextToken;
      if (NextToken === undefined) break;
    }
    expect(pages.size).toBe(500);
  });
});

describe('statement_timeout', () => {
  test('ends a statement that runs longer, and the session goes on', async () => {
    const SessionId = await openSession(here, 'set statement_timeout to 200');
    const described = await run(here, ENDLESS, { SessionId });
    expect(described).toMatchObject({ Status: 'FAILED', Error: expect.stringContaining('statement_timeout') });
    expect(described.Duration).toBeGreaterThanOrEqual(200e6);
    expect(await rowsOf(here, 'select 1', { SessionId })).toEqual([[1]]);
  });

  test.each(['0', '86400000000', 'default'])('of %s lets it run', async (value) => {
    const SessionId = await openSession(here, 'set statement_timeout to 200');
    await run(here, `set statement_timeout to ${value}`, { SessionId });
    const { Id } = await here.data.executeStatement({ Sql: ENDLESS, SessionId, WaitTimeSeconds: 1 });
    expect((await here.data.describeStatement({ Id: Id! })).Status).toBe('STARTED');
  });
});

test('five sessions run at once, and more than the four threads that Node has by itself', async () => {
  const sessions = await Promise.all(Array.from({ length: 5 }, () => openSession(here)));
  const blocked = await Promise.all(
    sessions.map((SessionId) => here.data.executeStatement({ Sql: ENDLESS, SessionId })),
  );
  for (const { Id } of blocked) await started(here.data, Id!);
  // All five run endlessly, and there is still room for a sixth that ends.
  expect(await rowsOf(here, 'select 6')).toEqual([[6]]);
  for (const { Id } of blocked) await here.data.cancelStatement({ Id: Id! });
  const statuses = await Promise.all(blocked.map(async ({ Id }) => (await ended(here.data, Id!)).Status));
  expect(statuses).toEqual(Array(5).fill('ABORTED'));
});
