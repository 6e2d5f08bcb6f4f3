import type { Change } from '@aws-sdk/client-cloudformation';
import { deployBootstrap } from '../../../lib/aws/cloudformation/bootstrap.ts';
import { changeLines, changeRows } from '../../../lib/aws/cloudformation/change-rows.ts';
import { type DeployedStack, deployStack } from '../../../lib/aws/cloudformation/deploy-stack.ts';
import { uploadTemplate } from '../../../lib/aws/cloudformation/prepared-template.ts';
import { HeadgateError } from '../../../lib/errors.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import type { DeployContext } from '../deploy.ts';
import { recordDeployment } from '../deployment-record.ts';
import { type DeployDetails, type Prepared, prepareDeployment } from './plan.ts';
import { failureReport } from './report.ts';

/** Carries a deployment out: bucket, uploads, change set, execution; and says on the host how far it came. */
export async function applyDeployment(context: DeployContext, plan: Plan<DeployDetails>): Promise<DeployedStack> {
  const prepared = await prepareDeployment(context, new Date(String(plan.details.at)));
  if ('skip' in prepared) throw new Error('A plan with nothing to do was applied');
  if (prepared.template.bucketIsMissing) await deployBootstrap(context, context.version);
  await uploadTemplate(context, prepared.template);

  await recordDeployment(context, prepared, 'in-progress');
  let changes: readonly Change[] = [];
  try {
    return await deployStack(context, {
      ...prepared.deployment,
      onChanges: (found) => {
        changes = found;
        for (const line of changeLines(changeRows(found))) context.log.info(line);
      },
    });
  } catch (error) {
    await recordDeployment(context, prepared, 'failure');
    throw withReport(error, prepared, changes);
  }
}

/** A failed deployment still shows its changes on the pull or merge request. */
function withReport(error: unknown, prepared: Prepared, changes: readonly Change[]): unknown {
  if (!(error instanceof HeadgateError)) return error;
  const report = failureReport(prepared.subject, error.explanation, changes);
  const data = { ...error.explanation.data, stack: prepared.subject.stackName };
  return new HeadgateError({ ...error.explanation, data, report }, { cause: error, exitCode: error.exitCode });
}
