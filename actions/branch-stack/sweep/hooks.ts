import { destroyStack } from '../../../lib/aws/cloudformation/delete-stack.ts';
import type { StackState } from '../../../lib/aws/cloudformation/stack.ts';
import { type Branches, readBranches } from '../../../lib/branches/alive-branches.ts';
import { sourceRepository } from '../../../lib/branches/source-repository.ts';
import { errorMessage, OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Json, Log } from '../../../lib/hosts/host.ts';
import { type Owner, readOwnership } from '../../../lib/naming/ownership.ts';
import type { Outcome, Plan, PlanRequest } from '../../../lib/operation/define.ts';
import { mapBounded } from '../../../lib/parallel.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import { type OwnStack, ownStacks } from '../own-stacks.ts';
import type { SWEEP_OUTPUTS, SweepContext } from '../sweep.ts';
import { decide } from './decision.ts';

interface Candidate {
  readonly [key: string]: Json;
  readonly stackName: string;
  readonly stackId: string;
  readonly branch: string;
  readonly reason: 'gone' | 'expired';
}

type Details = { readonly [key: string]: Json } & {
  readonly destroy: readonly Candidate[];
  /** Over `max-destroyed`; the next run takes them. */
  readonly later: readonly Candidate[];
  readonly kept: number;
};

interface Swept {
  readonly candidate: Candidate;
  readonly outcome: 'destroyed' | 'kept' | 'failed';
  readonly why: string;
}

const NEVER = 'its stack must never be destroyed';

type SweepOutcome = Outcome<keyof typeof SWEEP_OUTPUTS>;

export async function plan(context: SweepContext, { at }: PlanRequest): Promise<Plan<Details>> {
  const { inputs, aws, host } = context;
  const repository = sourceRepository(inputs.repository, await host.surroundings());
  // Stacks first, branches after: a branch that is made in between is seen alive.
  const found: OwnStack[] = [];
  for await (const own of ownStacks(await aws.cloudFormation(), repository)) found.push(own);
  const branches = await readBranches(context.host, context.inputs, NEVER);

  const due = found
    .flatMap((own) => {
      const decision = decide(own, branches, at);
      return 'destroy' in decision ? [{ own, reason: decision.destroy }] : [];
    })
    .sort((a, b) => (a.own.owner.created < b.own.owner.created ? -1 : 1))
    .map(({ own: { stack, owner }, reason }) => ({
      stackName: stack.name,
      stackId: stack.id,
      branch: owner.branch,
      reason,
    }));
  const destroy = due.slice(0, inputs['max-destroyed']);
  const later = due.slice(inputs['max-destroyed']);
  const summary = `${repository} has ${found.length} branch stacks in ${aws.region}; ${due.length} of them nobody needs any more.`;
  return {
    summary,
    actions: destroy.map(({ stackName, reason, branch }) => ({
      verb: 'delete',
      what: 'stack',
      name: stackName,
      detail: `branch '${branch}': ${reason}`,
    })),
    notes: later.length === 0 ? [] : [`${later.length} more wait for the next run ('max-destroyed')`],
    details: { repository, region: aws.region, destroy, later, kept: found.length - due.length },
    ...(due.length === 0 ? { nothing: `${summary} Nothing to sweep.` } : {}),
  };
}

export function describe({ details, summary }: Plan<Details>): SweepOutcome {
  return {
    summary,
    outputs: { destroyed: String(details.destroy.length), kept: String(details.kept), failed: '0' },
    report: report(
      'Sweep, planned',
      summary,
      details.destroy.map((candidate) => ({ candidate, outcome: 'would be destroyed', why: candidate.reason })),
    ),
  };
}

/** Destroys in parallel; each stack is looked at again first, and one that fails does not stop the others. */
export async function apply(context: SweepContext, { details }: Plan<Details>): Promise<readonly Swept[]> {
  const branches = await readBranches(context.host, context.inputs, NEVER);
  return await mapBounded(details.destroy, context.inputs.parallel, (candidate) =>
    sweepOne(context, candidate, branches),
  );
}

async function sweepOne(context: SweepContext, candidate: Candidate, branches: Branches): Promise<Swept> {
  const { inputs } = context;
  if (candidate.reason === 'gone' && branches.alive.has(candidate.branch)) {
    return { candidate, outcome: 'kept', why: 'the branch is there again' };
  }
  try {
    await destroyStack(
      { ...context, log: prefixed(context.log, candidate.stackName) },
      {
        stackName: candidate.stackName,
        roleArn: inputs['stack-role-arn'],
        timeout: inputs.timeout * 1000,
        emptyBuckets: inputs['empty-buckets'],
        emptyRepositories: inputs['empty-repositories'],
        guard: (stack) => checkStillDue(stack, candidate, branches, context.clock.now()),
      },
    );
    await context.host.deployment({ environment: candidate.stackName, state: 'inactive', branch: candidate.branch });
    return { candidate, outcome: 'destroyed', why: candidate.reason };
  } catch (error) {
    if (error instanceof StillNeeded) return { candidate, outcome: 'kept', why: error.explanation.what };
    return { candidate, outcome: 'failed', why: errorMessage(error) };
  }
}

/** The stack was renewed or made anew since the sweep was planned. */
class StillNeeded extends Refused {}

function checkStillDue(stack: StackState, candidate: Candidate, branches: Branches, at: Date): void {
  const ownership = readOwnership(stack.tags);
  const owner: Owner | undefined = ownership.kind === 'ours' ? ownership.owner : undefined;
  const due =
    owner !== undefined && stack.id === candidate.stackId && 'destroy' in decide({ stack, owner }, branches, at);
  if (!due) throw new StillNeeded({ what: 'it was renewed or made again in the meantime' });
}

export async function confirm(
  context: SweepContext,
  { details, summary }: Plan<Details>,
  swept: readonly Swept[],
): Promise<SweepOutcome> {
  const count = (outcome: Swept['outcome']) => swept.filter((one) => one.outcome === outcome).length;
  const said = `${count('destroyed')} stacks destroyed, ${details.kept + count('kept')} kept, ${count('failed')} failed.`;
  const markdown = report('Sweep', `${summary} ${said}`, swept);
  for (const { candidate, outcome, why } of swept) context.log.info(`  ${outcome} ${candidate.stackName}: ${why}`);
  if (count('failed') > 0) {
    throw new OperationFailed({
      what: `${said} ${swept.flatMap(({ candidate, outcome, why }) => (outcome === 'failed' ? [`${candidate.stackName}: ${why}`] : [])).join('; ')}`,
      cause: 'see the reason of each',
      next: 'Free what is named; the next sweep tries again',
      report: markdown,
      data: { swept },
    });
  }
  return {
    summary: said,
    outputs: { destroyed: String(count('destroyed')), kept: String(details.kept + count('kept')), failed: '0' },
    report: markdown,
    result: JSON.parse(JSON.stringify(swept)) as Json,
  };
}

function report(
  title: string,
  summary: string,
  rows: readonly { candidate: Candidate; outcome: string; why: string }[],
): string {
  const lines = rows.map(({ candidate, outcome, why }) => [
    code(candidate.branch),
    code(candidate.stackName),
    outcome,
    text(why),
  ]);
  return `### ${title}\n\n${text(summary)}\n\n${rows.length === 0 ? '' : table(['Branch', 'Stack', 'Outcome', 'Why'], lines)}`;
}

/** Lines of stacks that go at the same time are told apart by the stack's name; folding them would mix them up. */
function prefixed(log: Log, name: string): Log {
  const line = (message: string) => `${name}: ${message.trimStart()}`;
  return {
    debug: (message) => log.debug(line(message)),
    info: (message) => log.info(line(message)),
    warning: (message) => log.warning(line(message)),
    error: (message) => log.error(line(message)),
    group: async (_title, work) => await work(),
  };
}
