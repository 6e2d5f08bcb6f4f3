import type { Change } from '@aws-sdk/client-cloudformation';
import { deployBootstrap } from '../../../lib/aws/cloudformation/bootstrap.ts';
import { changeLines, changeRows } from '../../../lib/aws/cloudformation/change-rows.ts';
import { type DeployedStack, deployStack } from '../../../lib/aws/cloudformation/deploy-stack.ts';
import { explainStackFailure } from '../../../lib/aws/cloudformation/explain-failure.ts';
import { uploadTemplate } from '../../../lib/aws/cloudformation/prepared-template.ts';
import { contextOf, onTargets, type Target, type TargetResult } from '../../../lib/aws/targets.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import { annotateFailure } from '../annotate.ts';
import type { DeployContext } from '../deploy.ts';
import { prepareTarget, readSources, type Sources } from '../prepare.ts';
import { type Row, throwForRows } from '../rows.ts';
import type { DeployDetails } from './plan.ts';
import { deployReport } from './report.ts';

/** A stack that was deployed, and where. */
export interface Deployed extends DeployedStack {
  readonly target: Target;
}

/**
 * Carries a deployment out in every account and Region: bucket, uploads, change set, execution.
 *
 * @throws OperationFailed when one failed, after all were tried, with a report that says which stands where
 */
export async function applyDeployment(
  context: DeployContext,
  _plan: Plan<DeployDetails>,
): Promise<readonly Deployed[]> {
  const sources = await readSources(context);
  const { targets } = sources;
  const { parallel, 'stack-name': stackName } = context.inputs;
  const changes = new Map<Target, readonly Change[]>();
  const results = await onTargets(targets, { parallel, signal: context.signal }, (target) =>
    deployTo(contextOf(context, target, targets.length), sources, target, (found) => changes.set(target, found)),
  );
  const rows = await Promise.all(results.map((result) => rowOf(context, sources, result)));
  const deployed = results.flatMap((result) => (result.kind === 'done' ? [result.value] : []));
  const report = deployReport(stackName, rows, changes);
  throwForRows(rows, { stackName, report, signal: context.signal });
  return deployed;
}

async function deployTo(
  context: DeployContext,
  sources: Sources,
  target: Target,
  onChanges: (changes: readonly Change[]) => void,
): Promise<Deployed> {
  const { template, deployment } = await prepareTarget(context, sources, target);
  if (template.bucketIsMissing) await deployBootstrap(context, context.version);
  await uploadTemplate(context, template);
  const deployed = await deployStack(context, {
    ...deployment,
    onChanges: (changes) => {
      onChanges(changes);
      for (const line of changeLines(changeRows(changes))) context.log.info(line);
    },
  });
  return { ...deployed, target };
}

async function rowOf(context: DeployContext, sources: Sources, result: TargetResult<Deployed>): Promise<Row> {
  const { label } = result.target;
  switch (result.kind) {
    case 'done':
      return { label, result: result.value.outcome, status: result.value.stack.status };
    case 'not-tried':
      return { label, result: 'not tried' };
    case 'failed': {
      const own = contextOf(context, result.target, sources.targets.length);
      const failure = await explainStackFailure(own, context.inputs['stack-name'], result.error);
      if (sources.isOwn) annotateFailure(context.host, sources.package, failure);
      const status = failure.stack?.status;
      return {
        label,
        result: 'failed',
        ...(status === undefined ? {} : { status }),
        explanation: failure.explanation,
      };
    }
  }
}
