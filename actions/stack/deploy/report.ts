import type { Change } from '@aws-sdk/client-cloudformation';
import { type ChangeRow, changesMarkdown, rowsMarkdown } from '../../../lib/aws/cloudformation/change-report.ts';
import { explainStackFailure } from '../../../lib/aws/cloudformation/explain-failure.ts';
import { describeStack } from '../../../lib/aws/cloudformation/stack.ts';
import { onTargets, type Target } from '../../../lib/aws/targets.ts';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { code, details, table, text } from '../../../lib/report/markdown.ts';
import type { DEPLOY_OUTPUTS, DeployContext } from '../deploy.ts';
import { countsOf, type Row, rowsJson, rowsTable, throwForRows } from '../rows.ts';
import type { Deployed } from './apply.ts';
import type { DeployDetails } from './plan.ts';

type DeployOutcome = Outcome<keyof typeof DEPLOY_OUTPUTS>;

/** The outcome of a dry run. */
export function plannedOutcome(plan: Plan<DeployDetails>): DeployOutcome {
  const { stackName, targets } = plan.details;
  const previews = targets.flatMap(({ label, changes }) =>
    changes === null ? [] : [folded(label, targets.length, rowsMarkdown(changes as unknown as readonly ChangeRow[]))],
  );
  const steps = table(
    ['Step', 'What', 'Name', 'Detail'],
    plan.actions.map(({ verb, what, name, detail }) => [verb, what, code(name), text(detail ?? '')]),
  );
  return {
    summary: `${plan.summary} Nothing was changed.`,
    outputs: { 'stack-name': stackName, status: 'planned' },
    report: [
      `### Plan: stack ${code(stackName)}`,
      ...previews,
      steps,
      ...plan.notes.map((note) => `- ${text(note)}`),
    ].join('\n\n'),
  };
}

/** What stands where, and what changed there. */
export function deployReport(
  stackName: string,
  rows: readonly Row[],
  changes: ReadonlyMap<Target, readonly Change[]>,
): string {
  const failed = rows.some(({ result }) => result === 'failed' || result === 'not tried');
  const unchanged = rows.every(({ result }) => result === 'unchanged');
  return [
    `### ${failed ? 'Failed' : unchanged ? 'Unchanged' : 'Deployed'}: stack ${code(stackName)}`,
    rowsTable(rows),
    ...[...changes].map(([{ label }, found]) => folded(label, rows.length, changesMarkdown(found))),
  ].join('\n\n');
}

/** Among several, the changes of one account and Region are folded away. */
function folded(label: string, among: number, markdown: string): string {
  return among === 1 ? markdown : details(`Changes in ${label}`, markdown);
}

/**
 * Reads every stack back and compares it with what was asked for.
 *
 * @throws OperationFailed when something else changed one in between
 */
export async function deployedOutcome(context: DeployContext, deployed: readonly Deployed[]): Promise<DeployOutcome> {
  const { parallel, 'stack-name': stackName } = context.inputs;
  const byTarget = new Map(deployed.map((one) => [one.target, one]));
  const results = await onTargets([...byTarget.keys()], { parallel, signal: context.signal }, async (target) => {
    const one = byTarget.get(target);
    const stack = await describeStack(await target.aws.cloudFormation(), stackName);
    if (one === undefined || stack === undefined || stack.id !== one.stack.id || stack.status !== one.stack.status) {
      throw new OperationFailed({
        what: `The stack ${stackName} was deployed, but now ${stack === undefined ? 'it is gone' : `it is in ${stack.status}`}`,
        cause: 'another job changed or destroyed it at the same time',
        next: 'Put the jobs of a stack into one concurrency or resource group, and run again',
      });
    }
    return { stack, outcome: one.outcome };
  });
  const rows = await Promise.all(
    results.map(async (result): Promise<Row> => {
      const { label } = result.target;
      if (result.kind === 'not-tried') return { label, result: 'not tried' };
      if (result.kind === 'done') return { label, result: result.value.outcome, status: result.value.stack.status };
      const { explanation } = await explainStackFailure(
        { ...context, aws: result.target.aws },
        stackName,
        result.error,
      );
      return { label, result: 'failed', explanation };
    }),
  );
  const changes = new Map(deployed.filter((one) => one.changes.length > 0).map((one) => [one.target, one.changes]));
  const report = deployReport(stackName, rows, changes);
  throwForRows(rows, { stackName, report, signal: context.signal });

  const stacks = results.flatMap((result) => (result.kind === 'done' ? [result.value.stack] : []));
  const [first] = stacks;
  const outputs = Object.entries(first?.outputs ?? {});
  const outputsTable = table(
    ['Output', 'Value'],
    outputs.map(([name, value]) => [code(name), code(value)]),
  );
  return {
    summary: summaryOf(stackName, rows),
    outputs: {
      'stack-name': stackName,
      status: statusOf(rows),
      ...(first === undefined ? {} : { 'stack-id': first.id, 'stack-outputs': JSON.stringify(first.outputs) }),
    },
    report: outputs.length === 0 || rows.length > 1 ? report : `${report}\n\n${outputsTable}`,
    result: {
      targets: rowsJson(rows),
      stacks: stacks.map(({ name, id, status, outputs, tags }) => ({ name, id, status, outputs, tags })),
    },
  };
}

function summaryOf(stackName: string, rows: readonly Row[]): string {
  const [only, ...more] = rows;
  if (more.length > 0) return `The stack ${stackName}: ${countsOf(rows)}.`;
  return only?.result === 'unchanged'
    ? `The stack ${stackName} is unchanged.`
    : `The stack ${stackName} was ${only?.result}.`;
}

function statusOf(rows: readonly Row[]): 'unchanged' | 'created' | 'updated' {
  const changed = rows.filter(({ result }) => result !== 'unchanged');
  if (changed.length === 0) return 'unchanged';
  return changed.every(({ result }) => result === 'created') ? 'created' : 'updated';
}
