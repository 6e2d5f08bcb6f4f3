import { destroyStack } from '../../../lib/aws/cloudformation/delete-stack.ts';
import { destructionOf } from '../../../lib/aws/cloudformation/destruction-inputs.ts';
import type { HeldResource } from '../../../lib/aws/cloudformation/held.ts';
import { leftBehindJson, leftBehindReport, warnLeftBehind } from '../../../lib/aws/cloudformation/left-behind.ts';
import { planDestruction } from '../../../lib/aws/cloudformation/planned-destruction.ts';
import { describeStack } from '../../../lib/aws/cloudformation/stack.ts';
import { matchesAny } from '../../../lib/branches/patterns.ts';
import { badInput, OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Surroundings } from '../../../lib/hosts/host.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { code } from '../../../lib/report/markdown.ts';
import type { DESTROY_OUTPUTS, DestroyContext } from '../destroy.ts';
import { checkOwnership } from '../ownership.ts';
import { findSubject, type Subject } from '../subject.ts';
import { destroyFailure } from './failure.ts';

type DestroyOutcome = Outcome<keyof typeof DESTROY_OUTPUTS>;

type Details = {
  readonly stackName: string | null;
  readonly branch: string | null;
  readonly region: string | null;
  readonly existing: string | null;
  readonly buckets: readonly string[];
  readonly repositories: readonly string[];
  readonly retain: readonly string[];
  readonly force: boolean;
};

interface Applied {
  readonly subject: Subject;
  readonly found: boolean;
  /** What `retain` and `force` left behind. */
  readonly left: readonly HeldResource[];
}

export async function plan(context: DestroyContext): Promise<Plan<Details>> {
  const subject = await subjectToDestroy(context);
  if ('skip' in subject) return nothing(subject.skip, null, null);
  const { stackName, branch } = subject;
  const stack = await describeStack(await context.aws.cloudFormation(), stackName);
  if (stack === undefined)
    return nothing(
      `Branch ${quote(branch)} has no stack ${stackName} in ${context.aws.region}; nothing to destroy.`,
      stackName,
      branch,
    );
  checkOwnership(stack, subject);
  const { retain, force } = context.inputs;
  const { contents, actions, notes } = await planDestruction(context, stack, destructionOf(context.inputs));
  return {
    summary: `Destroy the stack ${stackName} of branch ${quote(branch)} in ${context.aws.region}.`,
    actions,
    notes,
    details: { stackName, branch, region: context.aws.region, existing: stack.status, ...contents, retain, force },
  };
}

function nothing(why: string, stackName: string | null, branch: string | null): Plan<Details> {
  return {
    summary: why,
    nothing: why,
    actions: [],
    notes: [],
    details: {
      stackName,
      branch,
      region: null,
      existing: null,
      buckets: [],
      repositories: [],
      retain: [],
      force: false,
    },
  };
}

export function describe(plan: Plan<Details>): DestroyOutcome {
  const { stackName } = plan.details;
  if (stackName === null) return { summary: plan.summary, outputs: { status: 'skipped' } };
  const status = plan.nothing === undefined ? 'planned' : 'missing';
  return { summary: plan.summary, outputs: { 'stack-name': stackName, status } };
}

export async function apply(context: DestroyContext): Promise<Applied> {
  const subject = await subjectToDestroy(context);
  if ('skip' in subject) throw new Error('A plan with nothing to do was applied');
  const { inputs } = context;
  const left: HeldResource[] = [];
  try {
    const found = await destroyStack(context, {
      stackName: subject.stackName,
      roleArn: inputs['stack-role-arn'],
      timeout: inputs.timeout * 1000,
      ...destructionOf(inputs),
      guard: (stack) => checkOwnership(stack, subject),
      onLeftBehind: (resources) => {
        left.push(...resources);
        warnLeftBehind(context.log, resources);
      },
    });
    return { subject, found, left };
  } catch (error) {
    throw await destroyFailure(context, subject.stackName, error);
  }
}

export async function confirm(context: DestroyContext, { subject, found, left }: Applied): Promise<DestroyOutcome> {
  const { stackName, branch } = subject;
  const again = await describeStack(await context.aws.cloudFormation(), stackName);
  if (again !== undefined) {
    throw new OperationFailed({
      what: `The stack ${stackName} was destroyed, but there is one again, in ${again.status}`,
      cause: 'the branch was pushed at the same time',
      next: 'Put deploy and destroy of a branch into one concurrency or resource group, and run again',
      ...(left.length === 0 ? {} : { report: report(subject, left), data: { leftBehind: left } }),
    });
  }
  const recorded = await context.host.deployment({ environment: stackName, state: 'inactive', branch });
  if (!recorded.done) context.log.debug(`No deployment record: ${recorded.note}`);
  const rest = left.length === 0 ? '' : ` Left behind: ${left.map(({ logicalId }) => logicalId).join(', ')}.`;
  return {
    summary: `The stack ${stackName} ${found ? 'is gone' : 'was gone already'}.${rest}`,
    outputs: {
      'stack-name': stackName,
      status: found ? 'destroyed' : 'missing',
      'left-behind': String(left.length),
    },
    report: report(subject, left),
    result: { leftBehind: leftBehindJson(left) },
  };
}

function report({ stackName, branch }: Subject, left: readonly HeldResource[]): string {
  return [`### Destroyed: stack ${code(stackName)} of branch ${code(branch)}`, ...leftBehindReport(left)].join('\n\n');
}

/**
 * The branch whose stack may be destroyed.
 *
 * @throws Refused for the default branch and for protected branches
 * @throws BadInput when the default branch is not known
 */
async function subjectToDestroy({ inputs, host }: DestroyContext): Promise<Subject | { skip: string }> {
  const surroundings = await host.surroundings();
  const subject = await findSubject(inputs, surroundings, 'destroy');
  if ('skip' in subject) return subject;
  await refuseProtected(subject.branch, inputs, surroundings);
  return subject;
}

async function refuseProtected(
  branch: string,
  inputs: DestroyContext['inputs'],
  surroundings: Surroundings,
): Promise<void> {
  const defaultBranch = inputs['default-branch'] ?? surroundings.defaultBranch;
  if (defaultBranch === undefined) {
    throw badInput(
      'default-branch',
      'is required: the default branch is not known here, and its stack must never be destroyed',
    );
  }
  const isDefault = branch === defaultBranch || branch === surroundings.defaultBranch;
  if (!isDefault && !(await matchesAny(branch, inputs.protected))) return;
  throw new Refused({
    what: `Branch ${quote(branch)} is ${isDefault ? 'the default branch' : "named by 'protected'"}; its stack is not destroyed`,
    cause: isDefault ? 'the event or the input names the default branch' : "a pattern of 'protected' matches",
    next: "Delete the stack by hand if that is really meant, or change 'protected'; nothing was changed",
  });
}
