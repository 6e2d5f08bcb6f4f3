import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Engine, Session } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import { connectRedshift } from '../../../../actions/warehouse-benchmark/engine/redshift/connect.ts';
import { checkTables, scaleFactorOf } from '../../../../actions/warehouse-benchmark/warehouse/check-tables.ts';
import { tableRows } from '../../../../actions/warehouse-benchmark/warehouse/table-rows.ts';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import { installTpcds } from '../../../../engines/duckdb/install-tpcds.ts';
import { connectAws } from '../../../../lib/aws/clients.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { type LocalAws, startLocalAws } from '../../../../local-aws/start.ts';
import {
  ACCOUNT,
  type Clients,
  ended,
  HERE,
  makeWorkgroup,
  REGION,
  redshiftOf,
  rowsOf,
  run,
} from '../../../local-aws/redshift-client.ts';
import { quickClock } from '../../../support/test-clock.ts';

// Row counts against the scale factor, in a workgroup of the local AWS.

const SHARE = "datashare tpcds of namespace '7f1c2b4e-0000-4000-8000-000000000001'";
const signal = new AbortController().signal;

let aws: LocalAws;
let here: Clients;
let engine: Engine;
let session: Session;

beforeAll(async () => {
  await installDuckdb();
  await installTpcds();
  aws = await startLocalAws();
  here = redshiftOf(aws);
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: REGION });
  await makeWorkgroup(here, 'bench');
  await run(here, `create database tpcds_db from ${SHARE}`);
  await run(here, "create external schema right from redshift database 'tpcds_db' schema 'tpcds0_01'");
  const silent = () => {};
  engine = await connectRedshift({
    aws: connectAws({
      region: REGION,
      roleToAssume: undefined,
      allowedAccountIds: [],
      identityToken: async () => undefined,
      userAgent: { version: '1.2.3', operation: 'tables test' },
    }),
    clock: quickClock,
    log: { debug: silent, info: silent, warning: silent, error: silent, group: async (_, work) => await work() },
    signal,
    workgroup: 'bench',
    database: 'dev',
    schema: 'right',
    rpus: 8,
    run: 'check',
  });
  session = await engine.openSession('check');
}, 300_000);
afterAll(async () => {
  await engine?.close();
  here?.data.destroy();
  here?.serverless.destroy();
  await aws?.stop();
});

/** A schema of our own with some of the tables, one of them with fewer rows. */
async function makeSchema(name: string, tables: readonly string[], short?: string): Promise<void> {
  const Sqls = tables.map((table) => {
    const limit = table === short ? ' limit 1' : '';
    return `create table ${name}.${table} as select * from "right".${table}${limit}`;
  });
  const { Id } = await here.data.batchExecuteStatement({ ...HERE, Sqls: [`create schema ${name}`, ...Sqls] });
  expect((await ended(here.data, Id!)).Status).toBe('FINISHED');
}

const check = (schema: string | undefined, scaleFactor = 0.01) => checkTables(session, { scaleFactor, schema, signal });
const ALL = [...(tableRows(0.01)?.keys() ?? [])];

describe('tables', () => {
  test('that are right pass, by schema and by search path', async () => {
    expect(ALL).toHaveLength(24);
    await expect(check('right')).resolves.toBeUndefined();
    await expect(check(undefined)).resolves.toBeUndefined();
  });

  test('of another scale factor are told by their rows, and which it is', async () => {
    await expect(check('right', 10)).rejects.toThrow(OperationFailed);
    await expect(check('right', 10)).rejects.toThrow(
      /not those of scale factor 10: call_center has 1 rows in place of 24, .* and \d+ more. Likely cause: they are those of scale factor 0\.01/,
    );
  });

  test('that are missing are named, all of them', async () => {
    const lost = ['item', 'web_site'];
    await makeSchema(
      'partly',
      ALL.filter((table) => !lost.includes(table)),
    );
    await expect(check('partly')).rejects.toThrow("The tables item, web_site are not there in the schema 'partly': ");
  });

  test('with rows missing are named with both numbers', async () => {
    await makeSchema('short', ALL, 'item');
    await expect(check('short')).rejects.toThrow(
      "The tables in the schema 'short' are not those of scale factor 0.01: item has 1 rows in place of 180. Likely cause: a load ended in the middle",
    );
    expect(await rowsOf(here, 'select count(*) from short.item')).toEqual([[1]]);
  });

  test('of a schema that is not there are missing altogether', async () => {
    await expect(check('nowhere')).rejects.toThrow(
      /The tables of TPC-DS are not there in the schema 'nowhere': .*Likely cause: the schema is not there/,
    );
  });
});

test('each scale factor is known by its own rows', () => {
  for (const scaleFactor of [0.01, 0.1, 1, 10, 100, 1000, 3000, 10000]) {
    const counts = new Map([...(tableRows(scaleFactor) ?? [])].map(([table, { rows }]) => [table, rows]));
    expect(scaleFactorOf(counts)).toBe(scaleFactor);
    expect(scaleFactorOf(new Map([...counts, ['store_sales', 7]]))).toBeUndefined();
  }
});
