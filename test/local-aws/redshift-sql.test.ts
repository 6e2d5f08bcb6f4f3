import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { readRequest } from '../../local-aws/redshift/redshift-sql.ts';
import { bare, namedParameters, withParameters } from '../../local-aws/redshift/sql.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, errorOf, HERE, makeWorkgroup, openSession, redshiftOf, rowsOf, run } from './redshift-client.ts';

// What Redshift SQL has and DuckDB has not: settings, databases, external schemas, data shares and system views.

const SHARE = "tpcds of account '000000000000' namespace '7f1c2b4e-0000-4000-8000-000000000001'";

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

test.each([
  ["SET query_group TO 'power run'", { kind: 'set', setting: 'query_group', value: 'power run' }],
  ['-- why\n set enable_result_cache_for_session=off;', { setting: 'enable_result_cache_for_session', value: 'off' }],
  ['set statement_timeout to default', { kind: 'set', setting: 'statement_timeout', value: undefined }],
  ['RESET query_group', { kind: 'set', setting: 'query_group', value: undefined }],
  ['set search_path to "Sales", public', { kind: 'search-path', schemas: ['sales', 'public'] }],
  ['create database x', { kind: 'create-database', name: 'x' }],
  [`create database x from datashare ${SHARE}`, { kind: 'database-from-share', name: 'x', share: 'tpcds' }],
  [
    "CREATE EXTERNAL SCHEMA IF NOT EXISTS e FROM REDSHIFT DATABASE 'd' SCHEMA 's'",
    { kind: 'external-schema', name: 'e', ifNotExists: true, database: 'd', schema: 's' },
  ],
  ["create external schema e from redshift database 'd'", { schema: 'public', ifNotExists: false }],
  ['drop schema if exists e', { kind: 'drop-schema', name: 'e', ifExists: true }],
  ['drop schema e cascade', { kind: 'sql' }],
  ["select 'set query_group to x'", { kind: 'sql' }],
])('%s is understood', (sql, request) => {
  expect(readRequest(sql)).toMatchObject(request);
});

test('parameters are found outside of texts, names, comments and casts', () => {
  const sql = `select :a, ':b', ":c", x::int /* :d */ -- :e\n, :a_1`;
  expect([...namedParameters(sql)]).toEqual(['a', 'a_1']);
  expect(withParameters('select :a, :b', new Map([['a', "it's :b"]]))).toBe("select 'it''s :b', :b");
  expect(bare(' /* x */ -- y\n select 1 ;\n')).toBe('select 1');
});

describe('databases', () => {
  test('are made, used side by side and dropped', async () => {
    await run(here, 'create database second');
    await run(here, 'create table t as select 2 as a', { Database: 'second' });
    await run(here, 'create table t as select 1 as a');
    expect(await rowsOf(here, 'select * from t')).toEqual([[1]]);
    expect(await rowsOf(here, 'select * from second.public.t union all select * from t order by 1')).toEqual([
      [1],
      [2],
    ]);
    expect((await run(here, 'create database second')).Error).toContain('already exists');
    expect((await run(here, 'drop database second')).Status).toBe('FINISHED');
    expect((await here.data.listDatabases(HERE)).Databases).toEqual(['dev']);
  });

  test('of another namespace are others', async () => {
    await makeWorkgroup(here, 'other');
    await run(here, 'create table t (a int)');
    expect((await run(here, 'select * from t', { WorkgroupName: 'other' })).Status).toBe('FAILED');
  });

  test('that are listed must be there', async () => {
    const call = here.data.listSchemas({ ...HERE, Database: 'missing' });
    expect(await errorOf(call)).toMatchObject({ message: 'FATAL: database "missing" does not exist' });
  });
});

describe('external schemas', () => {
  beforeEach(async () => {
    await run(here, 'create database second');
    await run(here, 'create table t as select 7 as a', { Database: 'second' });
  });

  test('show the tables of another database', async () => {
    await run(here, "create external schema ext from redshift database 'second' schema 'public'");
    expect(await rowsOf(here, 'select a from ext.t')).toEqual([[7]]);
    const SessionId = await openSession(here, 'set search_path to ext');
    expect(await rowsOf(here, 'select a from t', { SessionId })).toEqual([[7]]);
    const sql = "select schema_type from svv_all_schemas where database_name = 'dev' and schema_name = 'ext'";
    expect(await rowsOf(here, sql)).toEqual([['external']]);
    expect((await run(here, 'drop schema ext')).Status).toBe('FINISHED');
    expect((await run(here, 'select a from ext.t')).Status).toBe('FAILED');
  });

  test('are not made twice, nor from what is not there', async () => {
    const create = (rest: string, more = '') => run(here, `create external schema ${more} ext from redshift ${rest}`);
    expect((await create("database 'missing'")).Error).toContain('"missing" does not exist');
    expect((await create("database 'second' schema 'missing'")).Error).toContain('"missing" does not exist');
    await create("database 'second'");
    expect((await create("database 'second'")).Error).toContain('already exists');
    expect((await create("database 'second'", 'if not exists')).Status).toBe('FINISHED');
  });
});

describe('the data share with TPC-DS', () => {
  test('is shown, becomes a database, and has its data at the first use', async () => {
    const shown = 'select share_name, producer_account, producer_namespace, consumer_database from svv_datashares';
    expect(await rowsOf(here, shown)).toEqual([
      ['tpcds', '000000000000', '7f1c2b4e-0000-4000-8000-000000000001', null],
    ]);
    expect((await run(here, `create database tpcds_db from datashare ${SHARE}`)).Status).toBe('FINISHED');
    expect((await rowsOf(here, shown))[0]![3]).toBe('tpcds_db');
    expect((await here.data.listSchemas({ ...HERE, Database: 'tpcds_db' })).Schemas).toEqual([
      'tpcds0_01',
      'tpcds0_1',
      'tpcds1',
      'tpcds10',
    ]);
    await run(here, "create external schema ext_tpcds from redshift database 'tpcds_db' schema 'tpcds0_01'");
    expect(await rowsOf(here, 'select count(*) from ext_tpcds.store_sales')).toEqual([[28_810]]);
    expect(await rowsOf(here, 'select count(*) from tpcds_db.tpcds0_01.date_dim')).toEqual([[73_049]]);
    expect((await here.data.listTables({ ...HERE, SchemaPattern: 'ext_tpcds' })).Tables).toHaveLength(24);
  }, 120_000);

  test('cannot be written to', async () => {
    await run(here, `create database tpcds_db from datashare ${SHARE}`);
    // By its own name, too: the file is in the cache, and every local AWS of this machine reads it.
    for (const table of ['tpcds_db.tpcds0_01.date_dim', 'tpcds_data_tpcds0_01.main.date_dim']) {
      expect((await run(here, `delete from ${table}`)).Status).toBe('FAILED');
    }
    expect(await rowsOf(here, 'select count(*) from tpcds_db.tpcds0_01.date_dim')).toEqual([[73_049]]);
  }, 120_000);

  test('there is no other one', async () => {
    const described = await run(here, "create database x from datashare sales of namespace 'unknown'");
    expect(described).toMatchObject({ Status: 'FAILED', Error: expect.stringContaining('does not exist') });
  });
});

test('sys_query_history tells what ran, with its label', async () => {
  const SessionId = await openSession(here, "set query_group to 'power'");
  const good = await run(here, 'select 1 as one', { SessionId });
  const bad = await run(here, 'select missing', { SessionId });
  const sql = `select query_id, query_label, query_type, status, result_cache_hit, returned_rows,
    elapsed_time = queue_time + execution_time, elapsed_time > 0, trim(query_text) from sys_query_history
    where query_id >= :id order by query_id limit 2`;
  const Parameters = [{ name: 'id', value: String(good.RedshiftQueryId) }];
  expect(await rowsOf(here, sql, { Parameters })).toEqual([
    [good.RedshiftQueryId, 'power', 'SELECT', 'success', false, 1, true, true, 'select 1 as one'],
    [bad.RedshiftQueryId, 'power', 'SELECT', 'failed', false, 0, true, true, 'select missing'],
  ]);
});

test('sys_query_history tells what Redshift would answer from its result cache', async () => {
  const hits = async (...sqls: readonly [sql: string, SessionId?: string][]) => {
    const ids: number[] = [];
    for (const [sql, SessionId] of sqls) {
      ids.push((await run(here, sql, SessionId === undefined ? {} : { SessionId })).RedshiftQueryId!);
    }
    const sql = `select query_id from sys_query_history where result_cache_hit and query_id in (${ids.join()})`;
    const found = (await rowsOf(here, sql)).flat();
    return ids.map((id) => found.includes(id));
  };
  await run(here, 'create table t (a int)');
  const off = await openSession(here, 'set enable_result_cache_for_session to off');
  const count = 'select count(*) from t';
  expect(await hits([count], [count], [count, off], ['select count(*) + 1 from t'])).toEqual([
    false,
    true,
    false,
    false,
  ]);
  // Where it was run without the cache only, there is nothing to take.
  expect(await hits(['select 5', off], ['select 5', off], ['select 5'], ['select 5'])).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(await hits(['insert into t values (1)'], [count], [count])).toEqual([false, false, true]);
});

test('EXPLAIN gives a plan, a line a row', async () => {
  const { Id } = await run(here, 'explain select count(*) from range(10)');
  const { ColumnMetadata, Records } = await here.data.getStatementResult({ Id: Id! });
  expect(ColumnMetadata!.map(({ name }) => name)).toEqual(['QUERY PLAN']);
  expect(Records!.length).toBeGreaterThan(3);
});

test.each([
  ['set statement_timeout to soon', 'invalid value'],
  ['set enable_result_cache_for_session to perhaps', 'Boolean'],
  ['set no_such_parameter to 1', 'no_such_parameter'],
])('%s fails', async (sql, message) => {
  expect(await run(here, sql)).toMatchObject({ Status: 'FAILED', Error: expect.stringContaining(message) });
});
