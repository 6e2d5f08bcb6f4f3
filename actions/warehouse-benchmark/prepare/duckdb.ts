import type { Plan } from '../../../lib/operation/define.ts';
import { connectDuckdb } from '../engine/duckdb/connect.ts';
import { hasData, makeData } from '../engine/duckdb/data.ts';
import type { PrepareContext } from '../prepare.ts';
import { checkTables } from '../warehouse/check-tables.ts';
import type { DuckdbDetails, Prepared } from './details.ts';

type Needs = Pick<PrepareContext, 'log' | 'signal'>;

/** Says whether the data is generated; looks only for its file. */
export async function plan(scaleFactor: number): Promise<Plan<DuckdbDetails>> {
  const isThere = await hasData(scaleFactor);
  const name = `scale factor ${scaleFactor}`;
  return {
    summary: `Have the data of ${name} ready for DuckDB.`,
    actions: isThere ? [] : [{ verb: 'create', what: 'data', name, detail: 'generated on this machine' }],
    notes: isThere ? ['The data is there. Its rows are counted all the same.'] : [],
    details: { engine: 'duckdb', scaleFactor, hasData: isThere },
  };
}

export async function apply({ log, signal }: Needs, { scaleFactor, hasData }: DuckdbDetails): Promise<Prepared> {
  if (hasData) return { done: [] };
  await makeData(scaleFactor, { log, signal });
  return { done: [`The data of scale factor ${scaleFactor} was generated.`] };
}

/** @throws OperationFailed when a table is missing, or has another number of rows */
export async function check({ log, signal }: Needs, { scaleFactor }: DuckdbDetails): Promise<void> {
  const engine = await connectDuckdb({ scaleFactor, log, signal });
  try {
    await checkTables(await engine.openSession('prepare'), { scaleFactor, schema: undefined, signal });
  } finally {
    await engine.close();
  }
}
