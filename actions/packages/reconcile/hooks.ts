import { openSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { badInput } from '../../../lib/errors.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { openReader, type RegionReader } from '../comparison/region-reader.ts';
import { type Selection, selectionOf } from '../comparison/selection.ts';
import type { ReconcileContext } from '../reconcile.ts';
import { regionsOf } from '../regions.ts';
import { checkHealed } from './check.ts';
import { type Healed, type Healer, heal } from './heal.ts';
import { describePlan, judge } from './outcome.ts';
import { planHealing, type ReconcileDetails } from './plan.ts';

/** What the hooks of one run share: one set of connections and tokens. It is no part of the plan. */
interface Work {
  /** The Region that is whole comes first. */
  readonly readers: readonly RegionReader[];
  readonly selection: Selection;
  readonly session: ReturnType<typeof openSession>;
}

const works = new WeakMap<ReconcileContext, Work>();

function workOf(context: ReconcileContext): Work {
  const known = works.get(context);
  if (known !== undefined) return known;
  const { inputs, aws } = context;
  const selection = selectionOf(inputs);
  const regions = regionsOf(aws, inputs.replicas);
  if (regions.length < 2) {
    throw badInput('replicas', 'is required: name the other Regions, one alone lacks nothing');
  }
  const from = inputs.from ?? aws.region;
  const whole = regions.find(({ region }) => region === from);
  if (whole === undefined) {
    throw badInput(
      'from',
      `${quote(from)} is none of the Regions; write ${regions.map(({ region }) => region).join(', ')}`,
    );
  }
  const session = openSession(context);
  const ordered = [whole, ...regions.filter((region) => region !== whole)];
  const readers = ordered.map((each) => openReader({ ...context, session }, each.aws, inputs.parallel));
  const work = { readers, selection, session };
  works.set(context, work);
  return work;
}

export async function plan(context: ReconcileContext): Promise<Plan<ReconcileDetails>> {
  const { readers, selection, session } = workOf(context);
  const names = readers.map(({ region }) => region);
  context.log.info(`Comparing ${names.slice(1).join(', ')} with ${names[0]}.`);
  try {
    return await planHealing(context, readers, selection);
  } finally {
    session.close();
  }
}

export const describe = describePlan;

export async function apply(context: ReconcileContext, { details }: Plan<ReconcileDetails>): Promise<Healed> {
  try {
    return await heal(healerOf(context), details);
  } finally {
    workOf(context).session.close();
  }
}

export async function confirm(context: ReconcileContext, made: Plan<ReconcileDetails>, healed: Healed) {
  try {
    return await judge(context.host, made, await checkHealed(healerOf(context), made.details, healed));
  } finally {
    workOf(context).session.close();
  }
}

function healerOf(context: ReconcileContext): Healer {
  const { readers, session } = workOf(context);
  return {
    publisher: { ...context, session },
    repositories: new Map(readers.map(({ region, repository }) => [region, repository])),
    parallel: context.inputs.parallel,
  };
}
