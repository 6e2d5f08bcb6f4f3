import { expect, test } from '@jest/globals';
import { WAREHOUSE_INPUTS } from '../../../../actions/warehouse-benchmark/inputs.ts';
import { parseWarehouse } from '../../../../actions/warehouse-benchmark/warehouse/choose.ts';
import { BadInput } from '../../../../lib/errors.ts';
import { parseInputs } from '../../../../lib/operation/inputs.ts';

async function choose(
  given: Readonly<Record<string, string>>,
  { isLocal = false, others = {} }: { isLocal?: boolean; others?: Readonly<Record<string, boolean>> } = {},
) {
  const inputs = await parseInputs(WAREHOUSE_INPUTS, (name) => given[name], { workspace: '/' });
  return parseWarehouse({ inputs, aws: { isLocal } }, others);
}

async function problems(...call: Parameters<typeof choose>): Promise<readonly string[]> {
  try {
    await choose(...call);
  } catch (error) {
    if (error instanceof BadInput) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

test('DuckDB at scale factor 0.01 when nothing is given', async () => {
  expect(await choose({})).toEqual({ engine: 'duckdb', scaleFactor: 0.01 });
  expect(await choose({ 'scale-factor': '10' })).toEqual({ engine: 'duckdb', scaleFactor: 10 });
});

test('the engine of a run without AWS is chosen without looking at AWS', () => {
  const aws = {
    get isLocal(): boolean {
      throw new Error('AWS was asked');
    },
  };
  const inputs = { engine: 'duckdb', 'scale-factor': undefined, workgroup: undefined, database: 'dev' } as const;
  const none = { schema: undefined, 'secret-arn': undefined };
  expect(parseWarehouse({ inputs: { ...inputs, ...none }, aws })).toMatchObject({ engine: 'duckdb' });
});

test.each([
  ['1000', false, 'ext_tpcds1000'],
  ['1', false, 'ext_tpcds1'],
  ['0.01', true, 'ext_tpcds0_01'],
])('Redshift at scale factor %s has its schema', async (scaleFactor, isLocal, schema) => {
  const given = { engine: 'redshift', workgroup: 'bench', 'scale-factor': scaleFactor };
  expect(await choose(given, { isLocal })).toEqual({
    engine: 'redshift',
    scaleFactor: Number(scaleFactor),
    workgroup: 'bench',
    database: 'dev',
    schema,
  });
  expect(await choose({ ...given, schema: 'own', database: 'sales' }, { isLocal })).toMatchObject({
    schema: 'own',
    database: 'sales',
  });
});

test('what Redshift needs is asked for together', async () => {
  expect(await problems({ engine: 'redshift' })).toEqual([
    "input 'workgroup': is required with 'engine: redshift'",
    "input 'scale-factor': is required with 'engine: redshift'; the data share on AWS Data Exchange has 1, 10, 100, 1000, 3000 and 10000",
  ]);
});

test.each([
  [{}, '100', false, "the engine 'duckdb' generates 0.01, 0.1, 1 and 10"],
  [{ engine: 'redshift', workgroup: 'bench' }, '0.01', false, 'the data share on AWS Data Exchange has 1, 10, 100'],
  [{ engine: 'redshift', workgroup: 'bench' }, '3000', true, 'the data share of the local AWS has 0.01, 0.1, 1 and 10'],
])('%j has no scale factor %s (local: %s)', async (given, scaleFactor, isLocal, whose) => {
  expect(await problems({ ...given, 'scale-factor': scaleFactor }, { isLocal })).toEqual([
    expect.stringContaining(`input 'scale-factor': '${scaleFactor}' is not there; ${whose}`),
  ]);
});

test('inputs of the other engine are refused, not ignored, with everything else that is wrong', async () => {
  const given = { workgroup: 'bench', database: 'sales', schema: 'own', 'scale-factor': '3000' };
  const why = "belongs to the engine 'redshift'; leave it out, or give 'engine: redshift'";
  expect(await problems(given, { others: { rpus: true, namespace: false } })).toEqual([
    `input 'workgroup': ${why}`,
    `input 'database': ${why}`,
    `input 'schema': ${why}`,
    `input 'rpus': ${why}`,
    expect.stringContaining("input 'scale-factor': '3000' is not there"),
  ]);
});
