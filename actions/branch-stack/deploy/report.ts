import type { Change } from '@aws-sdk/client-cloudformation';
import { type ChangeRow, changesMarkdown, rowsMarkdown } from '../../../lib/aws/cloudformation/change-report.ts';
import type { DeployedStack } from '../../../lib/aws/cloudformation/deploy-stack.ts';
import { describeStack } from '../../../lib/aws/cloudformation/stack.ts';
import { type Explanation, OperationFailed } from '../../../lib/errors.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { code, link, table, text } from '../../../lib/report/markdown.ts';
import type { DEPLOY_OUTPUTS, DeployContext } from '../deploy.ts';
import { recordDeployment } from '../deployment-record.ts';
import { checkOwnership } from '../ownership.ts';
import { findSubject, type Subject } from '../subject.ts';
import type { DeployDetails } from './plan.ts';

type DeployOutcome = Outcome<keyof typeof DEPLOY_OUTPUTS>;

/** The outcome of a dry run, or of an event that needs no stack. */
export function plannedOutcome(plan: Plan<DeployDetails>): DeployOutcome {
  const { target, changes } = plan.details;
  if (target === null) return { summary: plan.summary, outputs: { status: 'skipped' } };
  const steps = table(
    ['Step', 'What', 'Name', 'Detail'],
    plan.actions.map(({ verb, what, name, detail }) => [verb, what, code(name), text(detail ?? '')]),
  );
  const report = [
    heading('Plan', target),
    ...(changes === null ? [] : [rowsMarkdown(changes as unknown as readonly ChangeRow[])]),
    steps,
    ...plan.notes.map((note) => `- ${text(note)}`),
  ].join('\n\n');
  return {
    summary: `${plan.summary} Nothing was changed.`,
    outputs: { 'stack-name': target.stackName, status: 'planned' },
    report,
  };
}

/**
 * Reads the stack back and compares it with what was asked for.
 *
 * @throws OperationFailed when something else changed it in between
 */
export async function deployedOutcome(
  context: DeployContext,
  plan: Plan<DeployDetails>,
  deployed: DeployedStack,
): Promise<DeployOutcome> {
  const surroundings = await context.host.surroundings();
  const subject = await findSubject(context.inputs, surroundings, 'deploy');
  if ('skip' in subject) throw new Error('A plan with nothing to do was applied');
  const stack = await describeStack(await context.aws.cloudFormation(), subject.stackName);
  if (stack === undefined || stack.id !== deployed.stack.id || stack.status !== deployed.stack.status) {
    throw new OperationFailed({
      what: `The stack ${subject.stackName} was deployed, but now ${stack === undefined ? 'it is gone' : `it is in ${stack.status}`}`,
      cause: 'another job changed or destroyed it at the same time',
      next: 'Put deploy and destroy of a branch into one concurrency or resource group, and run again',
    });
  }
  checkOwnership(stack, subject);

  const url = stack.outputs[context.inputs['url-output']];
  const commit = plan.details.target?.commit ?? undefined;
  await recordDeployment(context, { subject, commit }, 'success', url);
  const outputs = Object.entries(stack.outputs);
  const report = [
    heading(deployed.outcome === 'unchanged' ? 'Unchanged' : 'Deployed', subject),
    ...(url === undefined ? [] : [`${link('Open the application', url)}`]),
    ...(deployed.changes.length === 0
      ? ['The stack already was as the branch says.']
      : [changesMarkdown(deployed.changes)]),
    ...(outputs.length === 0
      ? []
      : [
          table(
            ['Output', 'Value'],
            outputs.map(([name, value]) => [code(name), code(value)]),
          ),
        ]),
  ].join('\n\n');
  return {
    summary:
      deployed.outcome === 'unchanged'
        ? `The stack ${stack.name} is unchanged.`
        : `The stack ${stack.name} was ${deployed.outcome}${url === undefined ? '' : `: ${url}`}.`,
    outputs: {
      'stack-name': stack.name,
      'stack-id': stack.id,
      status: deployed.outcome,
      ...(url === undefined ? {} : { url }),
      'stack-outputs': JSON.stringify(stack.outputs),
    },
    report,
    result: {
      stack: { name: stack.name, id: stack.id, status: stack.status, outputs: stack.outputs, tags: stack.tags },
    },
  };
}

/** The report of a deployment that failed: what happened, and the changes it was about. */
export function failureReport(
  subject: Subject,
  { what, cause, next }: Explanation,
  changes: readonly Change[],
): string {
  return [
    heading('Failed', subject),
    `${text(what)}`,
    ...(cause === undefined ? [] : [`Likely cause: ${text(cause)}`]),
    ...(next === undefined ? [] : [`Next: ${text(next)}`]),
    ...(changes.length === 0 ? [] : [changesMarkdown(changes)]),
  ].join('\n\n');
}

function heading(what: string, { stackName, branch }: { stackName: string; branch: string }): string {
  return `### ${what}: stack ${code(stackName)} of branch ${code(branch)}`;
}
