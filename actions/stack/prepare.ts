import path from 'node:path';
import { templateFileOf } from '../../lib/aws/cloudformation/builtin.ts';
import type { Deployment } from '../../lib/aws/cloudformation/deploy-stack.ts';
import { type PackagePlan, planPackage } from '../../lib/aws/cloudformation/package.ts';
import { type PreparedTemplate, prepareTemplate } from '../../lib/aws/cloudformation/prepared-template.ts';
import { describeStack, type StackState } from '../../lib/aws/cloudformation/stack.ts';
import { checkTemplateInputs } from '../../lib/aws/cloudformation/template-inputs.ts';
import { connectTargets, type Target } from '../../lib/aws/targets.ts';
import type { Context } from '../../lib/operation/define.ts';
import type { DEPLOY_INPUTS, DeployContext } from './deploy.ts';
import { checkOwner, OWNER_TAG, ownerOf } from './ownership.ts';

/** What deploying and comparing have in common. */
type TemplateInput =
  | 'template'
  | 'stack-name'
  | 'regions'
  | 'roles'
  | 'repository'
  | 'parameters'
  | 'tags'
  | 'capabilities'
  | 'stack-role-arn'
  | 'assets-bucket'
  | 'timeout'
  | 'revert-drift';
export type TemplateContext = Context<Pick<typeof DEPLOY_INPUTS, TemplateInput>>;

/** The template and all that is the same in every account and Region. */
export interface Sources {
  readonly targets: readonly Target[];
  readonly owner: string;
  readonly package: PackagePlan;
  /** How the template is called in messages. */
  readonly label: string;
  /** True for a template of the workspace, whose lines can be annotated. */
  readonly isOwn: boolean;
  readonly parameterNotes: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Reads and checks what needs no call.
 *
 * @throws BadInput, TemplateError
 */
export async function readSources({ inputs, aws, host, workspace }: TemplateContext): Promise<Sources> {
  const targets = connectTargets(aws, inputs);
  const owner = ownerOf(inputs.repository, await host.surroundings());
  const file = templateFileOf(inputs.template, workspace);
  const sources = await planPackage(file);
  return {
    targets,
    owner,
    package: sources,
    label: file.isOwn ? path.relative(workspace, inputs.template) : inputs.template,
    isOwn: file.isOwn,
    parameterNotes: checkTemplateInputs(inputs, sources, 1),
    tags: { ...inputs.tags, [OWNER_TAG]: owner },
  };
}

/** A deployment to one account and Region. */
export interface Prepared {
  readonly target: Target;
  /** Number of all targets. */
  readonly among: number;
  readonly existing: StackState | undefined;
  readonly template: PreparedTemplate;
  readonly deployment: Deployment;
}

/**
 * Reads what a deployment to one account and Region depends on. Reads only.
 *
 * @param context of the target
 * @throws Refused for a stack of somebody else
 * @throws OperationFailed when a bucket is needed and missing
 */
export async function prepareTarget(context: DeployContext, sources: Sources, target: Target): Promise<Prepared> {
  const { bootstrap, adopt, mode } = context.inputs;
  const guard = (stack: StackState) => checkOwner(stack, sources.owner, { input: 'adopt', given: adopt });
  return await prepareFor(context, sources, target, { bootstrap, guard, mode });
}

/** The same with a guard of one's own. */
export async function prepareFor(
  context: TemplateContext,
  sources: Sources,
  target: Target,
  options: Pick<Deployment, 'guard' | 'mode' | 'includeValues'> & { readonly bootstrap: boolean },
): Promise<Prepared> {
  const { inputs, aws, version } = context;
  const stackName = inputs['stack-name'];
  const existing = await describeStack(await aws.cloudFormation(), stackName);
  if (existing !== undefined) options.guard(existing);
  const { bootstrap, ...how } = options;
  const template = await prepareTemplate(context, sources.package, {
    assetsBucket: inputs['assets-bucket'],
    bootstrap,
  });
  return {
    target,
    among: sources.targets.length,
    existing,
    template,
    deployment: {
      ...how,
      stackName,
      template: template.source,
      parameters: inputs.parameters,
      tags: () => sources.tags,
      capabilities: inputs.capabilities,
      roleArn: inputs['stack-role-arn'],
      description: `headgate ${version}: ${sources.label}`.slice(0, 1024),
      timeout: inputs.timeout * 1000,
      revertDrift: inputs['revert-drift'],
    },
  };
}
