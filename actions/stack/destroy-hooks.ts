import { bucketsDeletedWith, destroyStack } from '../../lib/aws/cloudformation/delete-stack.ts';
import { explainStackFailure } from '../../lib/aws/cloudformation/explain-failure.ts';
import { describeStack, type StackState } from '../../lib/aws/cloudformation/stack.ts';
import { STATUS_RULES } from '../../lib/aws/cloudformation/status.ts';
import { connectTargets, contextOf, onTargets, type Target, type TargetResult } from '../../lib/aws/targets.ts';
import { OperationFailed } from '../../lib/errors.ts';
import type { Json } from '../../lib/hosts/host.ts';
import type { Outcome, Plan, PlannedAction } from '../../lib/operation/define.ts';
import { code } from '../../lib/report/markdown.ts';
import type { DESTROY_OUTPUTS, DestroyContext } from './destroy.ts';
import { checkOwner, ownerOf } from './ownership.ts';
import { countsOf, type Row, rowsJson, rowsTable, throwForRows } from './rows.ts';
import { refuseTogether, unreadable } from './target-problems.ts';

type DestroyOutcome = Outcome<keyof typeof DESTROY_OUTPUTS>;

type Details = {
  readonly [key: string]: Json;
  readonly stackName: string;
};

interface Planned {
  readonly details: { readonly [key: string]: Json };
  readonly actions: readonly PlannedAction[];
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
    return { details: { label: result.target.label, unreadable: unreadable(result) }, actions: [] };
  });
  const places = targets.map(({ label }) => label).join(', ');
  const isMissing = results.every((result) => result.kind === 'done' && result.value.actions.length === 0);
  const missing = `There is no stack ${stackName} in ${places}; nothing to destroy.`;
  return {
    summary: isMissing ? missing : `Destroy the stack ${stackName} in ${places}.`,
    ...(isMissing ? { nothing: missing } : {}),
    actions: planned.flatMap(({ actions }) => actions),
    notes: results.flatMap((result) =>
      result.kind === 'done'
        ? []
        : [
            `${result.target.label} could not be read (${unreadable(result)}); it is tried again when the plan is carried out`,
          ],
    ),
    details: {
      stackName,
      emptyBuckets: inputs['empty-buckets'],
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
  const stackName = context.inputs['stack-name'];
  const stack = await describeStack(await aws.cloudFormation(), stackName);
  if (stack === undefined) return { details: { label, existing: null, buckets: [] }, actions: [] };
  guard(stack);
  const rule = STATUS_RULES[stack.status].destroy;
  const buckets =
    context.inputs['empty-buckets'] && rule === 'delete' ? await bucketsDeletedWith(context, stack.id) : [];
  const where = among === 1 ? {} : { detail: `in ${label}` };
  return {
    details: { label, existing: { id: stack.id, status: stack.status }, buckets },
    actions: [
      ...(rule === 'wait'
        ? [{ verb: 'wait', what: 'stack', name: stackName, detail: `it is in ${stack.status}` } as const]
        : []),
      ...buckets.map((bucket) => ({ verb: 'empty', what: 'bucket', name: bucket, ...where }) as const),
      { verb: 'delete', what: 'stack', name: stackName, ...where },
    ],
  };
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
  const results = await onTargets(targets, { parallel, signal }, (target) =>
    destroyStack(contextOf(context, target, targets.length), {
      stackName,
      roleArn: inputs['stack-role-arn'],
      timeout: inputs.timeout * 1000,
      emptyBuckets: inputs['empty-buckets'],
      guard,
    }),
  );
  const rows = await Promise.all(results.map((result) => rowOf(context, result)));
  throwForRows(rows, { stackName, report: report(stackName, rows), signal });
  return rows;
}

async function guardOf({ inputs, host }: DestroyContext): Promise<(stack: StackState) => void> {
  const owner = ownerOf(inputs.repository, await host.surroundings());
  const allow = { input: 'destroy-foreign', given: inputs['destroy-foreign'] };
  return (stack) => checkOwner(stack, owner, allow);
}

async function rowOf(context: DestroyContext, result: TargetResult<boolean>): Promise<Row> {
  const { label, aws } = result.target;
  if (result.kind === 'not-tried') return { label, result: 'not tried' };
  if (result.kind === 'done') return { label, result: result.value ? 'destroyed' : 'missing' };
  const { explanation, stack } = await explainStackFailure(
    { ...context, aws },
    context.inputs['stack-name'],
    result.error,
  );
  return { label, result: 'failed', ...(stack === undefined ? {} : { status: stack.status }), explanation };
}

/**
 * Looks once more whether the stack is gone everywhere.
 *
 * @throws OperationFailed when there is one again
 */
export async function confirm(context: DestroyContext, rows: readonly Row[]): Promise<DestroyOutcome> {
  const { aws, inputs, signal } = context;
  const { 'stack-name': stackName, parallel } = inputs;
  const results = await onTargets(connectTargets(aws, inputs), { parallel, signal }, async ({ aws: there, label }) => {
    const left = await describeStack(await there.cloudFormation(), stackName);
    if (left === undefined) return;
    throw new OperationFailed({
      what: `The stack ${stackName} was destroyed in ${label}, but there is one again, in ${left.status}`,
      cause: 'another job deployed it at the same time',
      next: 'Put the jobs of a stack into one concurrency or resource group, and run again',
    });
  });
  for (const result of results) if (result.kind === 'failed') throw result.error;
  const found = rows.some(({ result }) => result === 'destroyed');
  return {
    summary: found ? `The stack ${stackName} is gone: ${countsOf(rows)}.` : `The stack ${stackName} was gone already.`,
    outputs: { 'stack-name': stackName, status: found ? 'destroyed' : 'missing' },
    report: report(stackName, rows),
    result: { targets: rowsJson(rows) },
  };
}

function report(stackName: string, rows: readonly Row[]): string {
  const failed = rows.some(({ result }) => result === 'failed' || result === 'not tried');
  return [`### ${failed ? 'Not destroyed everywhere' : 'Destroyed'}: stack ${code(stackName)}`, rowsTable(rows)].join(
    '\n\n',
  );
}
