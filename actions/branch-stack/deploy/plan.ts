import type { ChangeRow } from '../../../lib/aws/cloudformation/change-report.ts';
import type { Deployment } from '../../../lib/aws/cloudformation/deploy-stack.ts';
import { planPackage } from '../../../lib/aws/cloudformation/package.ts';
import { plannedSteps, previewChanges, previewNotes } from '../../../lib/aws/cloudformation/planned-deployment.ts';
import { type PreparedTemplate, prepareTemplate } from '../../../lib/aws/cloudformation/prepared-template.ts';
import { describeStack, type StackState } from '../../../lib/aws/cloudformation/stack.ts';
import { checkTemplateInputs } from '../../../lib/aws/cloudformation/template-inputs.ts';
import { templateBytes } from '../../../lib/aws/cloudformation/template-size.ts';
import { Refused } from '../../../lib/errors.ts';
import type { Json, Surroundings } from '../../../lib/hosts/host.ts';
import type { RepositoryId } from '../../../lib/naming/repository.ts';
import type { Plan, PlanRequest } from '../../../lib/operation/define.ts';
import type { DeployContext } from '../deploy.ts';
import { ownStacks } from '../own-stacks.ts';
import { checkOwnership, tagsFor } from '../ownership.ts';
import { findSubject, type Subject } from '../subject.ts';

/** Every fact that a deployment rests on. JSON; `null` stands for what is absent. */
export type DeployDetails = { readonly [key: string]: Json } & {
  /** Null when there is nothing to do for this event. */
  readonly target: null | {
    readonly [key: string]: Json;
    readonly stackName: string;
    readonly repository: string;
    readonly branch: string;
    readonly component: string | null;
    readonly commit: string | null;
    readonly region: string;
  };
  readonly existing: null | { readonly [key: string]: Json; readonly id: string; readonly status: string };
  readonly template: null | {
    readonly [key: string]: Json;
    readonly file: string;
    readonly sha256: string;
    readonly bytes: number;
    readonly uploaded: boolean;
  };
  readonly tags: { readonly [key: string]: string };
  /** Changes of a real preview; null without one. */
  readonly changes: readonly Json[] | null;
};

/** What carrying the plan out needs besides the plan: the local files, found again. */
export interface Prepared {
  readonly subject: Subject;
  readonly existing: StackState | undefined;
  readonly template: PreparedTemplate;
  /** What could not be checked of the parameters before CloudFormation does. */
  readonly parameterNotes: readonly string[];
  readonly commit: string | undefined;
  readonly deployment: Deployment;
}

export async function planDeployment(context: DeployContext, request: PlanRequest): Promise<Plan<DeployDetails>> {
  const prepared = await prepareDeployment(context, request.at);
  if ('skip' in prepared) return skipped(prepared.skip);
  const changes = request.mode === 'preview' ? await previewChanges(context, prepared) : undefined;
  return {
    summary: `Deploy branch '${prepared.subject.branch}' to the stack ${prepared.subject.stackName} in ${context.aws.region}.`,
    actions: plannedSteps(prepared),
    notes: [
      ...prepared.template.sources.notes,
      ...prepared.parameterNotes,
      ...(changes === undefined ? [] : previewNotes(prepared)),
    ],
    details: detailsOf(context, prepared, request.at, changes),
  };
}

/**
 * Reads everything that a deployment depends on and refuses what cannot work. Reads only; costs nothing.
 *
 * @throws BadInput, TemplateError, Refused
 */
export async function prepareDeployment(context: DeployContext, at: Date): Promise<Prepared | { skip: string }> {
  const { inputs, aws, host } = context;
  const surroundings = await host.surroundings();
  const subject = await findSubject(inputs, surroundings, 'deploy');
  if ('skip' in subject) return subject;

  const commit = await commitOf(subject, surroundings, context.workspace);
  const sources = await planPackage({ templateFile: inputs.template, workspace: context.workspace });
  const parameters = {
    ...fromRun(inputs['branch-parameter'], subject.branch),
    ...fromRun(inputs['commit-parameter'], commit),
    ...inputs.parameters,
  };
  const { capabilities, tags } = inputs;
  const parameterNotes = checkTemplateInputs({ parameters, capabilities, tags }, sources, OWNERSHIP_TAGS);
  const existing = await describeStack(await aws.cloudFormation(), subject.stackName);
  if (existing !== undefined) checkOwnership(existing, subject);
  else await refuseTooMany(context, subject.repository);

  const template = await prepareTemplate(context, sources, {
    assetsBucket: inputs['assets-bucket'],
    bootstrap: inputs.bootstrap,
  });
  const deployment: Deployment = {
    stackName: subject.stackName,
    template: template.source,
    parameters,
    tags: (stack) => ({
      ...tags,
      ...tagsFor(subject, stack, { at, commit, ttl: inputs.ttl, renew: inputs.renew, version: context.version }),
    }),
    capabilities,
    roleArn: inputs['stack-role-arn'],
    description: `headgate ${context.version}: ${subject.branch}`.slice(0, 1024),
    timeout: inputs.timeout * 1000,
    guard: (stack) => checkOwnership(stack, subject),
  };
  return {
    subject,
    existing,
    template,
    parameterNotes,
    commit,
    deployment,
  };
}

/** @throws Refused when the repository has as many stacks as `max-stacks` allows */
async function refuseTooMany({ inputs, aws }: DeployContext, repository: RepositoryId): Promise<void> {
  const limit = inputs['max-stacks'];
  if (limit === undefined) return;
  let count = 0;
  for await (const _ of ownStacks(await aws.cloudFormation(), repository)) count++;
  if (count < limit) return;
  throw new Refused({
    what: `${repository} already has ${count} branch stacks in ${aws.region}; 'max-stacks' is ${limit}`,
    cause: 'many branches live at once, or stacks of branches that are gone were left',
    next: "Run 'headgate branch-stack sweep', delete branches that nobody needs, or raise 'max-stacks'",
  });
}

/** The event's commit is that of the event's branch; when another one was asked for, what is checked out counts. */
async function commitOf(
  { branch }: Subject,
  { commit, event }: Surroundings,
  workspace: string,
): Promise<string | undefined> {
  if (!('branch' in event) || event.branch === branch) return commit;
  const { checkoutCommit } = await import('../../../lib/hosts/checkout-commit.ts');
  return await checkoutCommit(workspace);
}

/** A parameter of the template that is told about the run, when an input names it and the run knows it. */
function fromRun(parameter: string | undefined, value: string | undefined): Record<string, string> {
  return parameter === undefined || value === undefined ? {} : { [parameter]: value };
}

/** What `ownershipTags` writes at most. */
const OWNERSHIP_TAGS = 18;

function detailsOf(
  context: DeployContext,
  prepared: Prepared,
  at: Date,
  changes: readonly ChangeRow[] | undefined,
): DeployDetails {
  const { subject, existing, template, deployment } = prepared;
  const { sources } = template;
  return {
    target: {
      stackName: subject.stackName,
      repository: subject.repository,
      branch: subject.branch,
      component: subject.component ?? null,
      commit: prepared.commit ?? null,
      region: context.aws.region,
    },
    existing: existing === undefined ? null : { id: existing.id, status: existing.status },
    template: {
      file: sources.template.file,
      sha256: template.sha256,
      bytes: templateBytes(template.text),
      uploaded: template.key !== undefined,
    },
    parameters: Object.fromEntries(
      // A hidden value is no part of a file that people read and approve.
      Object.entries(deployment.parameters).map(([name, value]) => [
        name,
        sources.template.parameters.get(name)?.noEcho === true ? '(hidden)' : value,
      ]),
    ),
    tags: deployment.tags(existing),
    capabilities: [...deployment.capabilities],
    roleArn: deployment.roleArn ?? null,
    bucket: template.bucket ?? null,
    assets: template.assets.map(({ key, source, bytes, usedBy }) => ({ key, source, bytes, usedBy: [...usedBy] })),
    timeoutSeconds: deployment.timeout / 1000,
    at: at.toISOString(),
    changes: changes === undefined ? null : (JSON.parse(JSON.stringify(changes)) as Json[]),
  };
}

function skipped(why: string): Plan<DeployDetails> {
  const details = { target: null, existing: null, template: null, tags: {}, changes: null };
  return { summary: why, nothing: why, actions: [], notes: [], details };
}
