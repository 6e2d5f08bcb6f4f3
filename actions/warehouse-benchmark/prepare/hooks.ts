import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import type { PrepareContext } from '../prepare.ts';
import { parseWarehouse, type Warehouse } from '../warehouse/choose.ts';
import type { DuckdbDetails, PrepareDetails, Prepared } from './details.ts';
import { PREPARE_INPUTS, type PREPARE_OUTPUTS } from './inputs.ts';
import { describePlan, outcomeOf } from './outcome.ts';

/** Each engine's part is loaded only where it is used. */
const duckdb = () => import('./duckdb.ts');
const redshift = () => import('./redshift.ts');

export async function plan(context: PrepareContext): Promise<Plan<PrepareDetails>> {
  const warehouse = warehouseOf(context);
  return warehouse.engine === 'duckdb'
    ? await (await duckdb()).plan(warehouse.scaleFactor)
    : await (await redshift()).plan(context, warehouse);
}

export const describe = describePlan;

export async function apply(context: PrepareContext, { details }: Plan<PrepareDetails>): Promise<Prepared> {
  return isDuckdb(details)
    ? await (await duckdb()).apply(context, details)
    : await (await redshift()).apply(context, details);
}

/** Reads the capacity back, and counts all tables. */
export async function confirm(
  context: PrepareContext,
  { details }: Plan<PrepareDetails>,
  prepared: Prepared,
): Promise<Outcome<keyof typeof PREPARE_OUTPUTS>> {
  if (isDuckdb(details)) await (await duckdb()).check(context, details);
  else await (await redshift()).check(context, details);
  return outcomeOf(details, prepared);
}

function isDuckdb(details: PrepareDetails): details is DuckdbDetails {
  return details.engine === 'duckdb';
}

function warehouseOf(context: PrepareContext): Warehouse {
  const { inputs } = context;
  return parseWarehouse(context, {
    rpus: inputs.rpus !== undefined,
    'when-done': inputs['when-done'] !== PREPARE_INPUTS['when-done'].default,
    namespace: inputs.namespace !== undefined,
    'subnet-ids': inputs['subnet-ids'].length > 0,
    'security-group-ids': inputs['security-group-ids'].length > 0,
    'share-name': inputs['share-name'] !== undefined,
    'share-database': inputs['share-database'] !== PREPARE_INPUTS['share-database'].default,
  });
}
