import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import type { FaultEffect } from '../../local-aws/fault-rules.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { ACCOUNT, type Clients, HERE, makeWorkgroup, redshiftOf, rowsOf, run } from './redshift-client.ts';
import { messageOf } from './support.ts';

// Faults of Redshift Serverless and the Data API strike before or after the call is carried out.

const RESET = /ECONNRESET|socket hang up/;

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

const faults: [FaultEffect, message: RegExp, carriedOut: number][] = [
  [{ fault: 'throttle' }, /^ThrottlingException/, 0],
  [{ fault: 'server-error' }, /^InternalFailure/, 0],
  [{ fault: 'reset' }, RESET, 0],
  [{ fault: 'unreachable' }, RESET, 0],
  [{ fault: 'reset-after' }, RESET, 1],
];

test.each(faults)('%j at statements of the Data API', async (effect, message, carriedOut) => {
  await run(here, 'create table t (a int)');
  aws.setFaults({ rules: [{ ...effect, service: 'redshift-data' }] });
  const call = here.data.executeStatement({ Sql: 'insert into t values (1)', ...HERE });
  expect(await messageOf(call)).toMatch(message);
  aws.clearFaults();
  // What was submitted before has a smaller number, so this waits for nothing: it asks until it is there.
  while ((await here.data.listStatements({ Status: 'FINISHED' })).Statements!.length < 1 + carriedOut);
  expect(await rowsOf(here, 'select count(*) from t')).toEqual([[carriedOut]]);
});

test.each(faults)('%j at namespaces', async (effect, message, carriedOut) => {
  aws.setFaults({ rules: [{ ...effect, service: 'redshift-serverless' }] });
  expect(await messageOf(here.serverless.createNamespace({ namespaceName: 'other' }))).toMatch(message);
  aws.clearFaults();
  expect((await here.serverless.listNamespaces({})).namespaces).toHaveLength(1 + carriedOut);
});

test('in one Region do not reach another, and latency only delays', async () => {
  aws.setFaults({ rules: [{ fault: 'throttle', service: 'redshift-serverless', region: 'us-east-1' }] });
  expect((await here.serverless.listNamespaces({})).namespaces).toHaveLength(1);
  const there = redshiftOf(aws, ACCOUNT, 'us-east-1');
  expect(await messageOf(there.serverless.listNamespaces({}))).toMatch(/^ThrottlingException/);
  aws.setFaults({ rules: [{ fault: 'latency', milliseconds: 150, service: 'redshift-data' }] });
  const before = performance.now();
  await run(here, 'select 1');
  expect(performance.now() - before).toBeGreaterThan(300);
});

test('a call that is repeated with its token after a lost answer runs once', async () => {
  await run(here, 'create table t (a int)');
  const asked = { Sql: 'insert into t values (1)', ...HERE, ClientToken: 'again' };
  aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'ExecuteStatement', times: 1 }] });
  await messageOf(here.data.executeStatement(asked));
  const { Id } = await here.data.executeStatement({ ...asked, WaitTimeSeconds: 30 });
  expect((await here.data.describeStatement({ Id: Id! })).Status).toBe('FINISHED');
  expect(await rowsOf(here, 'select count(*) from t')).toEqual([[1]]);
});
