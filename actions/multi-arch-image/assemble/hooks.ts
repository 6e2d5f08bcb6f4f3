import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import type { ASSEMBLE_OUTPUTS, AssembleContext } from '../assemble.ts';
import { applyAssembly, confirmAssembly } from './apply.ts';
import { type Connection, connect } from './connection.ts';
import type { AssembleDetails } from './details.ts';
import { planAssembly } from './plan.ts';
import { assembledOutcome, plannedOutcome } from './report.ts';

type AssembleOutcome = Outcome<keyof typeof ASSEMBLE_OUTPUTS>;

/** One connection a run, so that apply and confirm need not sign in again. */
const connections = new WeakMap<AssembleContext, Connection>();

export async function plan(context: AssembleContext): Promise<Plan<AssembleDetails>> {
  return await closingOnFailure(context, ({ registry }) => planAssembly(context, registry));
}

export function describe(plan: Plan<AssembleDetails>): AssembleOutcome {
  return plannedOutcome(plan);
}

export async function apply(context: AssembleContext, plan: Plan<AssembleDetails>): Promise<void> {
  await closingOnFailure(context, (connection) => applyAssembly(context, connection, plan.details));
}

export async function confirm(context: AssembleContext, plan: Plan<AssembleDetails>): Promise<AssembleOutcome> {
  await closingOnFailure(context, ({ registry }) => confirmAssembly(context, registry, plan.details));
  close(context);
  return assembledOutcome(plan);
}

async function closingOnFailure<T>(context: AssembleContext, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = connections.get(context) ?? connect(context);
  connections.set(context, connection);
  try {
    return await work(connection);
  } catch (error) {
    close(context);
    throw error;
  }
}

function close(context: AssembleContext): void {
  connections.get(context)?.registry.close();
  connections.delete(context);
}
