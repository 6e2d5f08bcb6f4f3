import { destroyStack } from '../../../lib/aws/cloudformation/delete-stack.ts';
import { NO_CONTENTS } from '../../../lib/aws/cloudformation/delete-stack-contents.ts';
import { destructionOf } from '../../../lib/aws/cloudformation/destruction-inputs.ts';
import { explainHeld } from '../../../lib/aws/cloudformation/explain-held.ts';
import type { HeldResource } from '../../../lib/aws/cloudformation/held.ts';
import { type LeftBehind, warnLeftBehind } from '../../../lib/aws/cloudformation/left-behind.ts';
import { planDestruction } from '../../../lib/aws/cloudformation/planned-destruction.ts';
import { describeStack, type StackState } from '../../../lib/aws/cloudformation/stack.ts';
import { connectTargets, contextOf, onTargets, type Target, type TargetResult } from '../../../lib/aws/targets.ts';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome, Plan, PlannedAction } from '../../../lib/operation/define.ts';
import { code } from '../../../lib/report/markdown.ts';
import type { DESTROY_OUTPUTS, DestroyContext } from '../destroy.ts';
import { checkOwner, ownerOf } from '../ownership.ts';
import { countsOf, leftBehind, type Row, rowsJson, rowsTable, throwForRows } from '../rows.ts';
import { refuseTogether, unreadable } from '../target-problems.ts';

type DestroyOutcome = Outcome<keyof typeof DESTROY_OUTPUTS>;

type Details = {
  readonly [key: string]: Json;
  readonly stackName: string;
};

/** What a second run finds where this one succeeded. */
const AGAIN = 'a stack that is gone is then missing, which is no failure';

interface Planned {
  readonly details: { readonly [key: string]: Json };
  readonly actions: readonly PlannedAction[];
  readonly notes: readonly string[];
}

/**
 * Plans the deletion in every account and Region.
 *
 * @throws BadInput, Refused before anything is changed anywhere
 */
export async function plan(context: DestroyContext): Promise<Plan<Details>> {
  const { aws, inputs, signal } = context;
  const { 'stack-name': stackName, parallel } = inputs;
  const targets = connectTargets(aws, inputs);
  const guard = await guardOf(context);
  const results = await onTargets(targets, { parallel, signal }, (target) =>
    planTarget(contextOf(context, target, targets.length), target, targets.length, guard),
  );
  refuseTogether(results, stackName);
  const planned = results.map((result): Planned => {
    if (result.kind === 'done') return result.value;
    const { label } = result.target;
    const why = unreadable(result);
    return {
      details: { label, unreadable: why },
      actions: [],
      notes: [`${label} could not be read (${why}); it is tried again when the plan is carried out`],
    };
  });
  const places = targets.map(({ label }) => label).join(', ');
  const isMissing = results.every((result) => result.kind === 'done' && result.value.actions.length === 0);
  const missing = `There is no stack ${stackName} in ${places}; nothing to destroy.`;
  return {
    summary: isMissing ? missing : `Destroy the stack ${stackName} in ${places}.`,
    ...(isMissing ? { nothing: missing } : {}),
    actions: planned.flatMap(({ actions }) => actions),
    notes: planned.flatMap(({ notes }) => notes),
    details: {
      stackName,
      ...destructionOf(inputs),
      foreign: inputs['destroy-foreign'],
      targets: planned.map(({ details }) => details),
    },
  };
}

async function planTarget(
  context: DestroyContext,
  { label, aws }: Target,
  among: number,
  guard: (stack: StackState) => void,
): Promise<Planned> {
  const { inputs } = context;
  const stack = await describeStack(await aws.cloudFormation(), inputs['stack-name']);
  if (stack === undefined) {
    return { details: { label, existing: null, ...NO_CONTENTS }, actions: [], notes: [] };
  }
  guard(stack);
  const { contents, actions, notes } = await planDestruction(context, stack, {
    ...destructionOf(inputs),
    ...(among === 1 ? {} : { where: label }),
  });
  return { details: { label, existing: { id: stack.id, status: stack.status }, ...contents }, actions, notes };
}

export function describe({ details, summary, nothing }: Plan<Details>): DestroyOutcome {
  return {
    summary,
    outputs: { 'stack-name': details.stackName, status: nothing === undefined ? 'planned' : 'missing' },
  };
}

/**
 * Deletes the stack in every account and Region, and waits until it is gone.
 *
 * @throws OperationFailed when one stayed, after all were tried, with a report that says which stands where
 */
export async function apply(context: DestroyContext): Promise<readonly Row[]> {
  const { aws, inputs, signal } = context;
  const { 'stack-name': stackName, parallel } = inputs;
  const targets = connectTargets(aws, inputs);
  const guard = await guardOf(context);
  const left = new Map<Target, HeldResource[]>(targets.map((target) => [target, []]));
  const results = await onTargets(targets, { parallel, signal }, (target) => {
    const own = contextOf(context, target, targets.length);
    return destroyStack(own, {
      stackName,
      roleArn: inputs['stack-role-arn'],
      timeout: inputs.timeout * 1000,
      ...destructionOf(inputs),
      guard,
      onLeftBehind: (resources) => {
        left.get(target)?.push(...resources);
        warnLeftBehind(own.log, resources);
      },
    });
  });
  const rows = await Promise.all(
    results.map(async (result): Promise<Row> => {
      const row =
        result.kind === 'done'
          ? ({ label: result.target.label, result: result.value ? 'destroyed' : 'missing' } as const)
          : await failedRow(context, result);
      return { ...row, left: left.get(result.target) ?? [] };
    }),
  );
  throwForRows(rows, { stackName, report: report(stackName, rows), signal, again: AGAIN });
  return rows;
}

async function guardOf({ inputs, host }: DestroyContext): Promise<(stack: StackState) => void> {
  const owner = ownerOf(inputs.repository, await host.surroundings());
  const allow = { input: 'destroy-foreign', given: inputs['destroy-foreign'] };
  return (stack) => checkOwner(stack, owner, allow);
}

async function failedRow(
  context: DestroyContext,
  result: Exclude<TargetResult<unknown>, { readonly kind: 'done' }>,
): Promise<Row> {
  const { label, aws } = result.target;
  if (result.kind === 'not-tried') return { label, result: 'not tried' };
  const { inputs } = context;
  const { explanation, stack } = await explainHeld({ ...context, aws }, inputs['stack-name'], result.error, inputs);
  return { label, result: 'failed', ...(stack === undefined ? {} : { status: stack.status }), explanation };
}

/**
 * Looks once more whether the stack is gone everywhere.
 *
 * @throws OperationFailed when there is one again, or when that cannot be told
 */
export async function confirm(context: DestroyContext, destroyed: readonly Row[]): Promise<DestroyOutcome> {
  const { aws, inputs, signal } = context;
  const { 'stack-name': stackName, parallel } = inputs;
  const results = await onTargets(connectTargets(aws, inputs), { parallel, signal }, async ({ aws: there, label }) => {
    const again = await describeStack(await there.cloudFormation(), stackName);
    if (again === undefined) return;
    throw new OperationFailed({
      what: `The stack ${stackName} was destroyed in ${label}, but there is one again, in ${again.status}`,
      cause: 'another job deployed it at the same time',
      next: 'Put the jobs of a stack into one concurrency or resource group, and run again',
    });
  });
  const failures = new Map<string, Row>();
  for (const result of results) {
    if (result.kind !== 'done') failures.set(result.target.label, await failedRow(context, result));
  }
  const rows = destroyed.map((row): Row => ({ ...row, ...failures.get(row.label) }));
  throwForRows(rows, { stackName, report: report(stackName, rows), signal, again: AGAIN });

  const found = rows.some(({ result }) => result === 'destroyed');
  const left = leftBehind(rows);
  const rest = left.length === 0 ? '' : ` Left behind: ${left.map(placed).join(', ')}.`;
  return {
    summary: `${found ? `The stack ${stackName} is gone: ${countsOf(rows)}.` : `The stack ${stackName} was gone already.`}${rest}`,
    outputs: {
      'stack-name': stackName,
      status: found ? 'destroyed' : 'missing',
      'left-behind': String(left.length),
    },
    report: report(stackName, rows),
    result: { targets: rowsJson(rows) },
  };
}

function placed({ where, logicalId }: LeftBehind): string {
  return where === undefined ? logicalId : `${logicalId} in ${where}`;
}

function report(stackName: string, rows: readonly Row[]): string {
  const failed = rows.some(({ result }) => result === 'failed' || result === 'not tried');
  return [`### ${failed ? 'Not destroyed everywhere' : 'Destroyed'}: stack ${code(stackName)}`, rowsTable(rows)].join(
    '\n\n',
  );
}
