import type { PlannedAction } from '../../operation/define.ts';
import { type ChangeRow, changeRows } from './change-rows.ts';
import { type Deployment, previewStack } from './deploy-stack.ts';
import { deploymentRule, deploymentSteps } from './deployment-steps.ts';
import { type PreparedTemplate, plannedUploads, uploadTemplate } from './prepared-template.ts';
import type { StackContext, StackState } from './stack.ts';

/** A deployment before it is carried out: what is wanted, and what stands. */
export interface PreparedDeployment {
  readonly existing: StackState | undefined;
  readonly template: PreparedTemplate;
  readonly deployment: Deployment;
}

/** The steps that `deployStack` would take, uploads first. Pure. */
export function plannedSteps({ existing, template, deployment }: PreparedDeployment): PlannedAction[] {
  return [...plannedUploads(template), ...deploymentSteps(deployment.stackName, existing)];
}

/**
 * Uploads what a preview needs, makes the change set and removes it.
 *
 * @returns undefined when there is nothing yet that a change set could be made of
 */
export async function previewChanges(
  context: StackContext,
  { existing, template, deployment }: PreparedDeployment,
): Promise<readonly ChangeRow[] | undefined> {
  const rule = deploymentRule(existing);
  if (template.bucketIsMissing || (rule !== 'create' && rule !== 'update')) {
    context.log.info('A preview is not possible before the plan is applied; the plan lists what is known without it.');
    return undefined;
  }
  await uploadTemplate(context, template);
  return changeRows(await previewStack(context, deployment, existing));
}

/** What a preview made and removed, for the notes of the plan. */
export function previewNotes({ existing }: Pick<PreparedDeployment, 'existing'>): string[] {
  return [
    'the preview made a change set and removed it',
    ...(existing === undefined ? ['the empty stack of the change set was removed, too'] : []),
    'uploads of the preview stay in the bucket; they are found again by their content',
  ];
}
