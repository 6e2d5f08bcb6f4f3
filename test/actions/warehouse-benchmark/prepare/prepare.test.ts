import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeWorkgroup, rowsOf, run } from '../../../local-aws/redshift-client.ts';
import { NAMESPACE, ON_REDSHIFT, openWorkplace, WORKGROUP, type Workplace } from '../workplace.ts';

// `warehouse-benchmark prepare` on the local AWS, with the smallest data. Derived from TPC-DS.

let place: Workplace;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.aws.reset());

const workgroup = async () => (await place.clients.serverless.getWorkgroup({ workgroupName: WORKGROUP })).workgroup!;
const writes = (since: number) =>
  place
    .calls(since)
    .map(({ operation }) => operation)
    .filter((operation) => /^(Create|Update|Delete)/.test(operation));

describe('a workgroup that is missing', () => {
  const asked = { ...ON_REDSHIFT, namespace: NAMESPACE, rpus: '16' };

  test('is made in the namespace, closed and tagged, with the data in an external schema; a second run changes nothing', async () => {
    await place.clients.serverless.createNamespace({ namespaceName: NAMESPACE });
    const first = await place.prepare(asked);
    expect(first).toMatchObject({
      exitCode: 0,
      outputs: {
        status: 'prepared',
        engine: 'redshift',
        'scale-factor': '0.01',
        workgroup: WORKGROUP,
        database: 'dev',
        schema: 'ext_tpcds0_01',
        rpus: '16',
      },
    });
    expect(first.outputs).not.toHaveProperty('rpus-before');
    expect(first.report).toContain('24 tables of scale factor 0.01');

    const made = await workgroup();
    expect(made).toMatchObject({
      status: 'AVAILABLE',
      baseCapacity: 16,
      publiclyAccessible: false,
      namespaceName: NAMESPACE,
    });
    const { tags } = await place.clients.serverless.listTagsForResource({ resourceArn: made.workgroupArn });
    expect(Object.fromEntries(tags!.map(({ key, value }) => [key, value]))).toEqual({
      'headgate:made-by': 'warehouse-benchmark',
      'headgate:repository': 'github.com/octo-org/shop',
      'headgate:version': '1.2.3',
    });
    expect(await rowsOf(place.clients, 'select count(*) from ext_tpcds0_01.store_sales')).toEqual([[28_810]]);

    const before = place.lastCall();
    const second = await place.prepare(asked);
    expect(second).toMatchObject({
      exitCode: 0,
      outputs: { status: 'nothing', rpus: '16', 'rpus-before': '16' },
      lines: expect.arrayContaining([expect.stringContaining('Nothing to change')]),
    });
    expect(writes(before)).toEqual([]);
  });

  test('needs a namespace and a capacity, which are asked for together', async () => {
    const ran = await place.prepare(ON_REDSHIFT);
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toBe(
      "input 'namespace': is required, because there is no workgroup 'bench' in eu-west-1 yet\n" +
        "input 'rpus': is required, because there is no workgroup 'bench' in eu-west-1 yet",
    );
  });

  test('is not made in a namespace that is not there', async () => {
    const ran = await place.prepare(asked);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("There is no namespace 'bench' in eu-west-1");
    expect(writes(0)).toEqual([]);
  });
});

describe('a workgroup that is there', () => {
  beforeEach(() => makeWorkgroup(place.clients));

  test('is resized, and the capacity of before is told', async () => {
    const ran = await place.prepare({ ...ON_REDSHIFT, rpus: '32' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'prepared', rpus: '32', 'rpus-before': '8' } });
    expect(await workgroup()).toMatchObject({ status: 'AVAILABLE', baseCapacity: 32 });
  });

  test('stays as it is without rpus, and takes a schema of another name', async () => {
    const before = place.lastCall();
    const ran = await place.prepare({ ...ON_REDSHIFT, schema: 'sales', 'share-database': 'shared' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { schema: 'sales', rpus: '8', 'rpus-before': '8' } });
    expect(writes(before)).toEqual([]);
    expect(await rowsOf(place.clients, 'select count(*) from shared.tpcds0_01.date_dim')).toEqual([[73_049]]);
  });

  test('is not in another namespace', async () => {
    const ran = await place.prepare({ ...ON_REDSHIFT, namespace: 'another' });
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toContain("'another' is not that of the workgroup 'bench', which is 'bench'");
  });

  test('is not resized above its maximum', async () => {
    await place.clients.serverless.updateWorkgroup({ workgroupName: WORKGROUP, maxCapacity: 16 });
    const ran = await place.prepare({ ...ON_REDSHIFT, rpus: '32' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("The workgroup 'bench' has a maximum capacity of 16 RPUs, which is less than 32");
  });

  test('a plan runs no statement and changes nothing; the same plan is carried out', async () => {
    const workspace = place.workspace();
    const before = place.lastCall();
    const planned = await place.prepare(
      { ...ON_REDSHIFT, rpus: '16', 'dry-run': 'offline', 'plan-file': 'plan.json' },
      { workspace },
    );
    expect(planned).toMatchObject({ exitCode: 0, outputs: { status: 'planned', rpus: '16', 'rpus-before': '8' } });
    expect(planned.report).toContain('from 8 to 16 RPUs');
    expect(planned.report).toContain('if missing');
    expect(planned.report).toContain('Only the workgroup was looked at');
    expect(place.calls(before).map(({ operation }) => operation)).toEqual(['GetWorkgroup']);

    const ran = await place.prepare({ ...ON_REDSHIFT, rpus: '16', 'apply-plan': 'plan.json' }, { workspace });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'prepared', rpus: '16' } });
    const again = await place.prepare({ ...ON_REDSHIFT, rpus: '16', 'apply-plan': 'plan.json' }, { workspace });
    expect(again.exitCode).toBe(1);
    expect(again.message).toContain('The plan no longer fits');
  });
});

describe('data that is not what it should be', () => {
  beforeEach(() => makeWorkgroup(place.clients));

  test('a schema of another scale factor is told by its rows', async () => {
    await place.prepare({ ...ON_REDSHIFT, schema: 'tpcds' });
    const ran = await place.prepare({ ...ON_REDSHIFT, schema: 'tpcds', 'scale-factor': '1' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("The tables in the schema 'tpcds' are not those of scale factor 1");
    expect(ran.message).toContain('they are those of scale factor 0.01');
  });

  test('a schema that is something else is not touched', async () => {
    await run(place.clients, 'create schema sales');
    await run(place.clients, 'create table sales.orders as select 1 as a');
    const ran = await place.prepare({ ...ON_REDSHIFT, schema: 'sales' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("The schema 'sales' in the database 'dev' is a local schema; it is not touched");
    expect(await rowsOf(place.clients, 'select a from sales.orders')).toEqual([[1]]);
  });

  test('an external schema that shows another database is not touched', async () => {
    await run(place.clients, 'create database second');
    await run(place.clients, "create external schema sales from redshift database 'second'");
    const ran = await place.prepare({ ...ON_REDSHIFT, schema: 'sales' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("shows the database 'second', not 'tpcds_db'");
  });

  test('a database of that name that is somebody else’s is not touched', async () => {
    await run(place.clients, 'create database tpcds_db');
    const ran = await place.prepare(ON_REDSHIFT);
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("The database 'tpcds_db' could not be made from the data share 'tpcds'");
    expect(ran.message).toContain("give another 'share-database'");
  });

  test('a share of another name is not there', async () => {
    const ran = await place.prepare({ ...ON_REDSHIFT, 'share-name': 'sales' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("sees no data share 'sales'");
    expect(ran.message).toContain('Subscribe to "TPC-DS Benchmark Data" on AWS Data Exchange');
  });

  test('a share that is a database already is used under its name', async () => {
    await place.prepare({ ...ON_REDSHIFT, 'share-database': 'shared', schema: 'one' });
    const ran = await place.prepare({ ...ON_REDSHIFT, schema: 'two' });
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain("The data share 'tpcds' is the database 'shared' already, not 'tpcds_db'");
  });
});

describe('calls that fail now and then', () => {
  beforeEach(() => makeWorkgroup(place.clients));

  test('throttling, lost answers and errors of the service do not end it', async () => {
    place.aws.setFaults({
      rules: [
        { fault: 'throttle', service: 'redshift-serverless', every: 3, times: 2 },
        { fault: 'reset-after', service: 'redshift-data', operation: 'ExecuteStatement', every: 4, times: 2 },
        {
          fault: 'server-error',
          status: 503,
          service: 'redshift-data',
          operation: 'DescribeStatement',
          every: 3,
          times: 2,
        },
      ],
    });
    const ran = await place.prepare({ ...ON_REDSHIFT, rpus: '16' });
    expect(place.calls().filter(({ fault }) => fault !== undefined)).not.toEqual([]);
    place.aws.clearFaults();
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'prepared', rpus: '16' } });
    expect(await workgroup()).toMatchObject({ baseCapacity: 16 });
  });
});
