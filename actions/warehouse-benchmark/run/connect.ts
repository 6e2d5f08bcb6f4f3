import type { Context } from '../../../lib/operation/define.ts';
import type { Engine } from '../engine/engine.ts';
import type { Warehouse } from '../warehouse/choose.ts';

type Needs = Pick<Context, 'aws' | 'clock' | 'log' | 'signal'>;

interface Use {
  /** Name of the run. */
  readonly run: string;
  /** Base capacity of the workgroup, for the facts of the report. */
  readonly rpus: number;
  /** How many run statements at a time. */
  readonly sessions: number;
}

/** Connects to the warehouse that was chosen. For DuckDB the data is generated first, where it is not there yet. */
export async function connect(warehouse: Warehouse, { run, rpus, sessions }: Use, needs: Needs): Promise<Engine> {
  if (warehouse.engine === 'redshift') {
    const { connectRedshift } = await import('../engine/redshift/connect.ts');
    const { workgroup, database, schema, secretArn } = warehouse;
    return await connectRedshift({ ...needs, workgroup, database, schema, secretArn, rpus, run });
  }
  const { scaleFactor } = warehouse;
  const { hasData, makeData } = await import('../engine/duckdb/data.ts');
  if (!(await hasData(scaleFactor))) await makeData(scaleFactor, needs);
  const { connectDuckdb } = await import('../engine/duckdb/connect.ts');
  return await connectDuckdb({ ...needs, scaleFactor, sessions: Math.max(sessions, 1) });
}
