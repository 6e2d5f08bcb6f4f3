import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import {
  ACCOUNT,
  type Clients,
  ENDLESS,
  ended,
  errorOf,
  HERE,
  makeWorkgroup,
  redshiftOf,
  rowsOf,
  run,
  started,
  WORKGROUP,
} from './redshift-client.ts';

// The Redshift Data API of the local AWS: statements, batches, their states and results.

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

describe('a statement', () => {
  test('is described with its duration, size and query id', async () => {
    const described = await run(here, "select 1 as n, 'two' as t", { StatementName: 'small' });
    expect(described).toMatchObject({
      Status: 'FINISHED',
      HasResultSet: true,
      ResultRows: 1,
      ResultSize: 4,
      Database: 'dev',
      WorkgroupName: WORKGROUP,
      QueryString: "select 1 as n, 'two' as t",
    });
    expect(described.CreatedAt).toBeInstanceOf(Date);
    expect(described.UpdatedAt!.getTime()).toBeGreaterThanOrEqual(described.CreatedAt!.getTime());
    // Nanoseconds: no statement takes less than a microsecond.
    expect(described.Duration).toBeGreaterThan(1_000);
    expect(described.RedshiftQueryId).toBeGreaterThan(0);
  });

  test('that changes rows tells how many, and has no result set', async () => {
    await run(here, 'create table t (a int)');
    const inserted = await run(here, 'insert into t values (1), (2), (3)');
    expect(inserted).toMatchObject({ Status: 'FINISHED', HasResultSet: false, ResultRows: 3 });
    expect(await errorOf(here.data.getStatementResult({ Id: inserted.Id! }))).toEqual({
      name: 'ResourceNotFoundException',
      message: 'Query does not have result. Please check query status with DescribeStatement.',
    });
  });

  test('gives typed fields and says the types of its columns', async () => {
    const sql = `select 7::int as i, 9007199254740991::bigint as l, 1.5::double as d, 2.50::decimal(7,2) as n, true as b,
      date '2020-02-29' as day, null::varchar as nothing, 'text' as t`;
    const { Id } = await run(here, sql);
    const { Records, ColumnMetadata, TotalNumRows } = await here.data.getStatementResult({ Id: Id! });
    expect(Records).toEqual([
      [
        { longValue: 7 },
        { longValue: 9007199254740991 },
        { doubleValue: 1.5 },
        { stringValue: '2.50' },
        { booleanValue: true },
        { stringValue: '2020-02-29' },
        { isNull: true },
        { stringValue: 'text' },
      ],
    ]);
    expect(ColumnMetadata!.map(({ name, typeName }) => `${name} ${typeName}`)).toEqual([
      'i int4',
      'l int8',
      'd float8',
      'n numeric',
      'b bool',
      'day date',
      'nothing varchar',
      't varchar',
    ]);
    expect(ColumnMetadata![3]).toMatchObject({ precision: 7, scale: 2 });
    expect(TotalNumRows).toBe(1);
  });

  test('an empty result has columns and no rows', async () => {
    const { Id, HasResultSet, ResultRows } = await run(here, 'select 1 as n where false');
    expect([HasResultSet, ResultRows]).toEqual([true, 0]);
    const { Records, ColumnMetadata } = await here.data.getStatementResult({ Id: Id! });
    expect([Records, ColumnMetadata!.length]).toEqual([[], 1]);
  });

  test('takes parameters, which are texts and no SQL', async () => {
    const sql = "select :a::int + 1, :b, ':a', 1 -- :c";
    const Parameters = [
      { name: 'a', value: '41' },
      { name: 'b', value: "it's; drop table t" },
    ];
    expect(await rowsOf(here, sql, { Parameters })).toEqual([[42, "it's; drop table t", ':a', 1]]);
    const unused = here.data.executeStatement({ Sql: 'select 1', ...HERE, Parameters });
    expect(await errorOf(unused)).toMatchObject({ name: 'ValidationException' });
    const missing = here.data.executeStatement({ Sql: 'select :x', ...HERE });
    expect(await errorOf(missing)).toMatchObject({ name: 'ValidationException' });
  });

  test.each([
    ['select missing', 'missing'],
    ['select * from no_such_table', 'no_such_table'],
    ['no sql at all', 'syntax error'],
    ['-- only a comment', 'The statement is empty.'],
    ['select 1; select 2', 'A statement must be a single one'],
  ])('%s fails with a message', async (sql, message) => {
    const described = await run(here, sql);
    expect(described).toMatchObject({ Status: 'FAILED', HasResultSet: false });
    expect(described.Error).toContain(message);
  });

  test('fails when its database is not there', async () => {
    const described = await run(here, 'select 1', { Database: 'missing' });
    expect(described).toMatchObject({ Status: 'FAILED', Error: 'FATAL: database "missing" does not exist' });
  });

  test('submitted again with the same token is the same one', async () => {
    await run(here, 'create table t (a int)');
    const asked = { Sql: 'insert into t values (1)', ...HERE, ClientToken: 'once' };
    const [first, second] = [await here.data.executeStatement(asked), await here.data.executeStatement(asked)];
    expect(second.Id).toBe(first.Id);
    await ended(here.data, first.Id!);
    expect(await rowsOf(here, 'select count(*) from t')).toEqual([[1]]);
  });

  test('tells its state at once when the call waits for it', async () => {
    const answer = await here.data.executeStatement({ Sql: 'select 1', ...HERE, WaitTimeSeconds: 30 });
    expect(answer).toMatchObject({ Status: 'FINISHED', HasResultSet: true });
    const short = await here.data.executeStatement({ Sql: ENDLESS, ...HERE, WaitTimeSeconds: 1 });
    expect(short.Status).toBe('STARTED');
    const long = here.data.executeStatement({ Sql: 'select 1', ...HERE, WaitTimeSeconds: 31 });
    expect(await errorOf(long)).toMatchObject({ name: 'ValidationException' });
  });

  test('of 100 KB is run, a longer one is refused', async () => {
    const sized = (bytes: number) => `select 1 --${'x'.repeat(bytes - 11)}`;
    expect((await run(here, sized(102_400))).Status).toBe('FINISHED');
    const longer = here.data.executeStatement({ Sql: sized(102_401), ...HERE });
    expect(await errorOf(longer)).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('100 KB'),
    });
  });

  test('is unknown to other accounts and Regions', async () => {
    const { Id } = await run(here, 'select 1');
    for (const other of [redshiftOf(aws, '444455556666'), redshiftOf(aws, ACCOUNT, 'us-east-1')]) {
      expect(await errorOf(other.data.describeStatement({ Id: Id! }))).toMatchObject({
        name: 'ResourceNotFoundException',
      });
      expect((await other.data.listStatements({ Status: 'ALL' })).Statements).toEqual([]);
    }
  });
});

describe('calls are refused', () => {
  const refused: [string, object, string, string][] = [
    ['without a workgroup', { Database: 'dev' }, 'ValidationException', "'WorkgroupName' is missing"],
    ['without a database', { WorkgroupName: WORKGROUP }, 'ValidationException', "'Database' is missing"],
    [
      'for a workgroup that is not there',
      { ...HERE, WorkgroupName: 'no' },
      'ValidationException',
      "endpoint doesn't exist",
    ],
    ['for a cluster', { ClusterIdentifier: 'c', Database: 'dev' }, 'NotImplemented', 'ClusterIdentifier'],
  ];
  test.each(refused)('%s', async (_, place, name, message) => {
    const call = here.data.executeStatement({ Sql: 'select 1', ...place });
    expect(await errorOf(call)).toEqual({ name, message: expect.stringContaining(message) });
  });

  test('a workgroup is found by its ARN, too', async () => {
    const { workgroup } = await here.serverless.getWorkgroup({ workgroupName: WORKGROUP });
    const { Status } = await run(here, 'select 1', { WorkgroupName: workgroup!.workgroupArn });
    expect(Status).toBe('FINISHED');
  });
});

describe('CancelStatement', () => {
  test('ends a statement that runs', async () => {
    const { Id } = await here.data.executeStatement({ Sql: ENDLESS, ...HERE });
    await started(here.data, Id!);
    expect((await here.data.cancelStatement({ Id: Id! })).Status).toBe(true);
    expect(await ended(here.data, Id!)).toMatchObject({ Status: 'ABORTED' });
  });

  test('ends one that was only just submitted', async () => {
    const { Id } = await here.data.executeStatement({ Sql: ENDLESS, ...HERE });
    await here.data.cancelStatement({ Id: Id! });
    expect(await ended(here.data, Id!)).toMatchObject({ Status: 'ABORTED' });
  });

  test('is refused for one that has finished', async () => {
    const { Id } = await run(here, 'select 1');
    expect(await errorOf(here.data.cancelStatement({ Id: Id! }))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('already in FINISHED state'),
    });
  });
});

describe('a batch', () => {
  const batch = (Sqls: string[], rest: object = {}) => here.data.batchExecuteStatement({ Sqls, ...HERE, ...rest });

  test('runs in order, and each statement has its own result', async () => {
    const { Id } = await batch([
      'create table t (a int)',
      'insert into t values (1), (2)',
      'select a from t order by a',
    ]);
    const described = await ended(here.data, Id!);
    expect(described).toMatchObject({ Status: 'FINISHED', HasResultSet: true });
    expect(described.SubStatements!.map((each) => [each.Id, each.Status, each.ResultRows])).toEqual([
      [`${Id}:1`, 'FINISHED', 0],
      [`${Id}:2`, 'FINISHED', 2],
      [`${Id}:3`, 'FINISHED', 2],
    ]);
    const { Records } = await here.data.getStatementResult({ Id: `${Id}:3` });
    expect(Records).toEqual([[{ longValue: 1 }], [{ longValue: 2 }]]);
    expect(await here.data.describeStatement({ Id: `${Id}:2` })).toMatchObject({
      Status: 'FINISHED',
      QueryString: 'insert into t values (1), (2)',
    });
    expect(await errorOf(here.data.getStatementResult({ Id: Id! }))).toMatchObject({ name: 'ValidationException' });
  });

  test('is one transaction: with a failure nothing is kept', async () => {
    await run(here, 'create table t (a int)');
    const { Id } = await batch(['insert into t values (1)', 'select missing', 'insert into t values (2)']);
    const described = await ended(here.data, Id!);
    expect(described).toMatchObject({ Status: 'FAILED', Error: expect.stringContaining('missing') });
    expect(described.SubStatements!.map(({ Status }) => Status)).toEqual(['FINISHED', 'FAILED', 'ABORTED']);
    expect(await rowsOf(here, 'select count(*) from t')).toEqual([[0]]);
  });

  test('with AUTO_COMMIT goes on after a failure', async () => {
    await run(here, 'create table t (a int)');
    const sqls = ['insert into t values (1)', 'select missing', 'insert into t values (2)'];
    const described = await ended(here.data, (await batch(sqls, { ExecutionMode: 'AUTO_COMMIT' })).Id!);
    expect(described.SubStatements!.map(({ Status }) => Status)).toEqual(['FINISHED', 'FAILED', 'FINISHED']);
    expect(await rowsOf(here, 'select count(*) from t')).toEqual([[2]]);
  });

  test('has 1 to 40 statements, each of which may use the parameters', async () => {
    const Parameters = [{ name: 'a', value: '5' }];
    const { Id } = await batch(['select 1', 'select :a::int'], { Parameters });
    await ended(here.data, Id!);
    expect((await here.data.getStatementResult({ Id: `${Id}:2` })).Records).toEqual([[{ longValue: 5 }]]);
    for (const count of [0, 41]) {
      expect(await errorOf(batch(Array(count).fill('select 1')))).toMatchObject({ name: 'ValidationException' });
    }
  });

  test('can be cancelled', async () => {
    const { Id } = await batch(['select 1', ENDLESS, 'select 2']);
    await started(here.data, Id!);
    await here.data.cancelStatement({ Id: Id! });
    const { Status, SubStatements } = await ended(here.data, Id!);
    expect([Status, SubStatements!.at(-1)!.Status]).toEqual(['ABORTED', 'ABORTED']);
  });
});

test('CSV is given by GetStatementResultV2, and only to those who asked for it', async () => {
  const sql = `select 1 as a, 'say "x", y' as b, null as c union all select 2, 'plain', 3 order by 1`;
  const { Id } = await run(here, sql, { ResultFormat: 'CSV' });
  const { Records, ResultFormat, TotalNumRows } = await here.data.getStatementResultV2({ Id: Id! });
  expect(Records).toEqual([{ CSVRecords: '1,"say ""x"", y",\n2,plain,3\n' }]);
  expect([ResultFormat, TotalNumRows]).toEqual(['CSV', 2]);
  expect(await errorOf(here.data.getStatementResult({ Id: Id! }))).toMatchObject({ name: 'ValidationException' });
  const { Id: json } = await run(here, sql);
  expect(await errorOf(here.data.getStatementResultV2({ Id: json! }))).toMatchObject({ name: 'ValidationException' });
});

describe('ListStatements', () => {
  test('gives the finished ones, the newest first and in pages', async () => {
    for (const name of ['q-1', 'q-2', 'q-3', 'other']) await run(here, 'select 1', { StatementName: name });
    await run(here, 'select missing', { StatementName: 'q-4' });
    const first = await here.data.listStatements({ StatementName: 'q-', MaxResults: 2 });
    await run(here, 'select 1', { StatementName: 'q-5' });
    const second = await here.data.listStatements({ StatementName: 'q-', MaxResults: 2, NextToken: first.NextToken });
    const names = (page: typeof first) => page.Statements!.map(({ StatementName }) => StatementName);
    expect([names(first), names(second), second.NextToken]).toEqual([['q-3', 'q-2'], ['q-1'], undefined]);
    expect(names(await here.data.listStatements({ Status: 'FAILED' }))).toEqual(['q-4']);
    expect(names(await here.data.listStatements({ Status: 'ALL', StatementName: 'q-4' }))).toEqual(['q-4']);
    expect(names(await here.data.listStatements({ Database: 'missing' }))).toEqual([]);
  });
});

test('databases, schemas, tables and columns are listed', async () => {
  await run(here, 'create database second');
  await run(here, 'create schema sales');
  await run(here, 'create table sales.orders (id bigint not null, price decimal(9,2), sold timestamp)');
  await run(here, 'create view sales.open_orders as select * from sales.orders');
  await run(here, 'create table customers (name varchar)');
  const { data } = here;
  expect((await data.listDatabases(HERE)).Databases).toEqual(['dev', 'second']);
  expect((await data.listSchemas(HERE)).Schemas).toEqual(['public', 'sales']);
  expect((await data.listSchemas({ ...HERE, SchemaPattern: 's%' })).Schemas).toEqual(['sales']);
  const tables = await data.listTables({ ...HERE, TablePattern: '%orders', MaxResults: 1 });
  const rest = await data.listTables({ ...HERE, TablePattern: '%orders', NextToken: tables.NextToken });
  expect([...tables.Tables!, ...rest.Tables!]).toEqual([
    { schema: 'sales', name: 'open_orders', type: 'VIEW' },
    { schema: 'sales', name: 'orders', type: 'TABLE' },
  ]);
  const { ColumnList } = await data.describeTable({ ...HERE, Schema: 'sales', Table: 'orders' });
  expect(ColumnList!.map(({ name, typeName, nullable }) => [name, typeName, nullable])).toEqual([
    ['id', 'int8', 0],
    ['price', 'numeric', 1],
    ['sold', 'timestamp', 1],
  ]);
  expect(ColumnList![1]).toMatchObject({ precision: 9, scale: 2 });
});

test('calls are recorded with the actions that they need', async () => {
  const from = aws.calls().at(-1)!.n;
  const { Id } = await run(here, 'select 1', { ResultFormat: 'CSV' });
  await here.data.getStatementResultV2({ Id: Id! });
  await run(here, 'select 1', { SecretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:own' });
  const needs = aws.calls(from).map(({ operation, iamAction, alsoNeeds = [] }) => [operation, iamAction, ...alsoNeeds]);
  expect(needs).toEqual([
    ['ExecuteStatement', 'redshift-data:ExecuteStatement', 'redshift-serverless:GetCredentials'],
    ['DescribeStatement', 'redshift-data:DescribeStatement'],
    ['GetStatementResultV2', 'redshift-data:GetStatementResult'],
    ['ExecuteStatement', 'redshift-data:ExecuteStatement', 'secretsmanager:GetSecretValue'],
    ['DescribeStatement', 'redshift-data:DescribeStatement'],
  ]);
});

test('a reset forgets all of it', async () => {
  const { Id } = await run(here, 'create table t (a int)');
  await aws.reset();
  expect(await errorOf(here.data.describeStatement({ Id: Id! }))).toMatchObject({ name: 'ResourceNotFoundException' });
  await makeWorkgroup(here);
  expect((await run(here, 'select * from t')).Status).toBe('FAILED');
});
