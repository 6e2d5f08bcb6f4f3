import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { installTpcds } from '../../engines/duckdb/install-tpcds.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, ended, makeWorkgroup, openSession, redshiftOf, run } from './redshift-client.ts';

// The 99 queries that are derived from TPC-DS, through the Data API and by DuckDB itself. They come with the extension: where
// that cannot be installed this suite fails and says so. Not comparable with published TPC-DS results.

interface Direct {
  runAndReadAll(sql: string): Promise<{ getRowsJson(): unknown[][] }>;
}

let aws: LocalAws;
let here: Clients;
let direct: Direct & { closeSync(): void };
let queries: string[];

beforeAll(async () => {
  const [duckdb, extension] = [await installDuckdb(), await installTpcds()];
  const { DuckDBInstance } = createRequire(join(duckdb, 'index.js'))('@duckdb/node-api');
  direct = await (await DuckDBInstance.create(':memory:')).connect();
  await direct.runAndReadAll(`load '${extension}'`);
  await direct.runAndReadAll('call dsdgen(sf = 0.01)');
  const texts = await direct.runAndReadAll('select query from tpcds_queries() order by query_nr');
  queries = texts.getRowsJson().map(([text]) => String(text));
  aws = await startLocalAws();
  here = redshiftOf(aws);
  await makeWorkgroup(here);
  const share = "datashare tpcds of namespace '7f1c2b4e-0000-4000-8000-000000000001'";
  await run(here, `create database tpcds_db from ${share}`);
  const { Status, Error: error } = await run(
    here,
    "create external schema ext_tpcds from redshift database 'tpcds_db' schema 'tpcds0_01'",
  );
  if (Status !== 'FINISHED') throw new Error(`The TPC-DS data could not be made: ${error}`);
}, 300_000);
afterAll(async () => {
  direct?.closeSync();
  await aws?.stop();
});

test('all 99 finish with as many rows as DuckDB gives, in one session and in five at once', async () => {
  expect(queries).toHaveLength(99);
  const expected: number[] = [];
  for (const query of queries) expected.push((await direct.runAndReadAll(query)).getRowsJson().length);
  const stream = async () => {
    const SessionId = await openSession(here, 'set search_path to ext_tpcds');
    const rows: number[] = [];
    for (const Sql of queries) {
      const { Id } = await here.data.executeStatement({ Sql, SessionId, WaitTimeSeconds: 30 });
      const { Status, ResultRows, Error: error } = await ended(here.data, Id!);
      if (Status !== 'FINISHED') throw new Error(`Query ${rows.length + 1}: ${Status} ${error}`);
      rows.push(ResultRows!);
    }
    return rows;
  };
  expect(await stream()).toEqual(expected);
  expect(await Promise.all(Array.from({ length: 5 }, stream))).toEqual(Array(5).fill(expected));
}, 240_000);
