import { createHash } from 'node:crypto';
import { describeBootstrap } from '../../lib/aws/cloudformation/bootstrap.ts';
import { type ChangeRow, changeRows } from '../../lib/aws/cloudformation/change-report.ts';
import { type Deployment, previewStack } from '../../lib/aws/cloudformation/deploy-stack.ts';
import { type Asset, type PackagePlan, planPackage } from '../../lib/aws/cloudformation/package.ts';
import { checkParameters, type ParameterProblem } from '../../lib/aws/cloudformation/parameters.ts';
import { describeStack, type StackState } from '../../lib/aws/cloudformation/stack.ts';
import { STATUS_RULES } from '../../lib/aws/cloudformation/status.ts';
import { fitsInline, templateBytes } from '../../lib/aws/cloudformation/template-size.ts';
import { assetLocation, assetsBucketName, missingBucket, uploadAsset } from '../../lib/aws/s3/asset-store.ts';
import { BadInput, type InputProblem } from '../../lib/errors.ts';
import type { Json } from '../../lib/hosts/host.ts';
import type { Plan, PlannedAction, PlanRequest } from '../../lib/operation/define.ts';
import type { DeployContext } from './deploy.ts';
import { checkOwnership, tagsFor } from './ownership.ts';
import { findSubject, type Subject } from './subject.ts';

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
  readonly sources: PackagePlan;
  /** What could not be checked of the parameters before CloudFormation does. */
  readonly parameterNotes: readonly string[];
  readonly templateText: string;
  readonly assets: readonly Asset[];
  /** Undefined when nothing needs a bucket. */
  readonly bucket: string | undefined;
  readonly bucketIsMissing: boolean;
  readonly commit: string | undefined;
  readonly deployment: Deployment;
  /** Key of the template in the bucket, when it is too large to be sent as text. */
  readonly templateKey: string | undefined;
}

export async function planDeployment(context: DeployContext, request: PlanRequest): Promise<Plan<DeployDetails>> {
  const prepared = await prepareDeployment(context, request.at);
  if ('skip' in prepared) return skipped(prepared.skip);
  const changes = request.mode === 'preview' ? await previewChanges(context, prepared) : undefined;
  return {
    summary: `Deploy branch '${prepared.subject.branch}' to the stack ${prepared.subject.stackName} in ${context.aws.region}.`,
    actions: plannedActions(prepared),
    notes: [
      ...prepared.sources.notes,
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

  const sources = await planPackage({ templateFile: inputs.template, workspace: context.workspace });
  const parameters = {
    ...fromRun(inputs['branch-parameter'], subject.branch),
    ...fromRun(inputs['commit-parameter'], surroundings.commit),
    ...inputs.parameters,
  };
  const checked = checkParameters(sources.template, parameters);
  refuseWrongInputs(inputs, sources, checked);
  const existing = await describeStack(await aws.cloudFormation(), subject.stackName);
  if (existing !== undefined) checkOwnership(existing, subject);

  // The place of the assets is part of the template's text, so the bucket's name is needed before its size is known.
  const bucketName = inputs['assets-bucket'] ?? assetsBucketName(await aws.accountId(), aws.region);
  const { templateText, assets } = sources.place((key) => assetLocation(aws, bucketName, key));
  const templateKey = fitsInline(templateText) ? undefined : `headgate/${sha256(templateText)}.template`;
  const needsBucket = assets.length > 0 || templateKey !== undefined;
  const bucketIsMissing =
    needsBucket && inputs['assets-bucket'] === undefined && (await describeBootstrap(context)) === undefined;
  if (bucketIsMissing && !inputs.bootstrap) throw missingBucket(bucketName);

  const deployment: Deployment = {
    stackName: subject.stackName,
    template:
      templateKey === undefined ? { body: templateText } : { url: assetLocation(aws, bucketName, templateKey).url },
    parameters,
    tags: (stack) => ({
      ...inputs.tags,
      ...tagsFor(subject, stack, { at, commit: surroundings.commit, ttl: inputs.ttl, version: context.version }),
    }),
    capabilities: inputs.capabilities,
    roleArn: inputs['stack-role-arn'],
    description: `headgate ${context.version}: ${subject.branch}`.slice(0, 1024),
    timeout: inputs.timeout * 1000,
    guard: (stack) => checkOwnership(stack, subject),
  };
  return {
    subject,
    existing,
    sources,
    parameterNotes: checked.filter(({ level }) => level === 'note').map(({ message }) => message),
    templateText,
    assets,
    bucket: needsBucket ? bucketName : undefined,
    bucketIsMissing,
    commit: surroundings.commit,
    deployment,
    templateKey,
  };
}

/** A parameter of the template that is told about the run, when an input names it and the run knows it. */
function fromRun(parameter: string | undefined, value: string | undefined): Record<string, string> {
  return parameter === undefined || value === undefined ? {} : { [parameter]: value };
}

/** Parameters, capabilities and tags are checked against the template together, before anything is called. */
function refuseWrongInputs(
  inputs: DeployContext['inputs'],
  sources: PackagePlan,
  checked: readonly ParameterProblem[],
): void {
  const problems: InputProblem[] = checked
    .filter(({ level }) => level === 'error')
    .map(({ message }) => ({ input: 'parameters', message: `input 'parameters': ${message}` }));
  const known = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'];
  for (const capability of inputs.capabilities.filter((given) => !known.includes(given))) {
    problems.push({
      input: 'capabilities',
      message: `input 'capabilities': '${capability}' is not one of ${known.join(', ')}`,
    });
  }
  const given = new Set(inputs.capabilities);
  if (given.has('CAPABILITY_NAMED_IAM')) given.add('CAPABILITY_IAM');
  for (const { name, because } of sources.capabilities.filter(({ name }) => !given.has(name))) {
    problems.push({
      input: 'capabilities',
      message: `input 'capabilities': the template needs ${name} because of ${because.slice(0, 3).join(', ')}; add it when that is meant`,
    });
  }
  for (const [key, value] of Object.entries(inputs.tags)) {
    const wrong = tagProblem(key, value);
    if (wrong !== undefined) problems.push({ input: 'tags', message: `input 'tags': '${key}' ${wrong}` });
  }
  if (Object.keys(inputs.tags).length > MAX_USER_TAGS) {
    problems.push({
      input: 'tags',
      message: `input 'tags': has more than ${MAX_USER_TAGS} tags; AWS allows 50 with those of Headgate`,
    });
  }
  if (problems.length > 0) throw new BadInput(problems);
}

/** AWS allows 50 tags; ownership takes at most 18 of them. */
const MAX_USER_TAGS = 32;

/** Source: "Tag naming limits and requirements", Tagging AWS Resources user guide. */
function tagProblem(key: string, value: string): string | undefined {
  if (/^aws:/i.test(key)) return "begins with 'aws:', which AWS keeps for itself";
  if (/^headgate:/i.test(key)) return "begins with 'headgate:', which says whose a stack is; choose another name";
  if (key === '' || key.length > 128 || value.length > 256)
    return 'is empty or too long; a key has 1 to 128 characters, a value at most 256';
  if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value))
    return 'has a character that AWS does not allow; allowed are letters, digits, spaces and _ . : / = + - @';
  return undefined;
}

function plannedActions({
  existing,
  subject,
  assets,
  bucketIsMissing,
  bucket,
  templateKey,
  sources,
}: Prepared): PlannedAction[] {
  const rule = existing === undefined ? 'create' : STATUS_RULES[existing.status].deploy;
  const because = existing === undefined ? {} : { detail: `it is in ${existing.status}` };
  const stack = { what: 'stack', name: subject.stackName };
  return [
    ...(bucketIsMissing && bucket !== undefined ? [{ verb: 'create', what: 'bucket', name: bucket } as const] : []),
    ...assets.map(
      ({ key, source }) =>
        ({ verb: 'upload', what: 'asset', name: source, detail: `${key}, unless it is there` }) as const,
    ),
    ...(templateKey === undefined
      ? []
      : [
          {
            verb: 'upload',
            what: 'template',
            name: sources.template.file,
            detail: `${templateKey}, unless it is there`,
          } as const,
        ]),
    ...(rule === 'wait' ? [{ verb: 'wait', ...stack, ...because } as const] : []),
    ...(rule === 'recreate' ? [{ verb: 'delete', ...stack, ...because } as const] : []),
    rule === 'create' || rule === 'recreate' ? { verb: 'create', ...stack } : { verb: 'update', ...stack },
  ];
}

/** Uploads what a preview needs, makes the change set and removes it. */
async function previewChanges(context: DeployContext, prepared: Prepared): Promise<readonly ChangeRow[] | undefined> {
  const rule = prepared.existing === undefined ? 'create' : STATUS_RULES[prepared.existing.status].deploy;
  if (prepared.bucketIsMissing || (rule !== 'create' && rule !== 'update')) {
    context.log.info('A preview is not possible before the plan is applied; the plan lists what is known without it.');
    return undefined;
  }
  await uploadAssets(context, prepared);
  return changeRows(await previewStack(context, prepared.deployment, prepared.existing));
}

function previewNotes({ existing }: Prepared): string[] {
  return [
    'the preview made a change set and removed it',
    ...(existing === undefined ? ['the empty stack of the change set was removed, too'] : []),
    'uploads of the preview stay in the bucket; they are found again by their content',
  ];
}

/** Uploads every asset that the bucket does not have, and the template when it is too large to be sent as text. */
export async function uploadAssets(context: DeployContext, prepared: Prepared): Promise<void> {
  const { bucket, sources, templateText, templateKey } = prepared;
  if (bucket === undefined) return;
  for (const asset of prepared.assets) {
    const sent = await uploadAsset(context.aws, bucket, asset.key, () => sources.open(asset, context.signal));
    context.log.info(`${sent ? 'Uploaded' : 'Already there:'} ${asset.source} (${asset.key})`);
  }
  if (templateKey === undefined) return;
  const { Readable } = await import('node:stream');
  const bytes = Buffer.from(templateText);
  const open = async () => ({ stream: Readable.from([bytes]), length: bytes.length });
  const sent = await uploadAsset(context.aws, bucket, templateKey, open);
  context.log.info(`${sent ? 'Uploaded' : 'Already there:'} ${sources.template.file} (${templateKey})`);
}

function detailsOf(
  context: DeployContext,
  prepared: Prepared,
  at: Date,
  changes: readonly ChangeRow[] | undefined,
): DeployDetails {
  const { subject, existing, sources, templateText, deployment } = prepared;
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
      sha256: sha256(templateText),
      bytes: templateBytes(templateText),
      uploaded: prepared.templateKey !== undefined,
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
    bucket: prepared.bucket ?? null,
    assets: prepared.assets.map(({ key, source, bytes, usedBy }) => ({ key, source, bytes, usedBy: [...usedBy] })),
    timeoutSeconds: deployment.timeout / 1000,
    at: at.toISOString(),
    changes: changes === undefined ? null : (JSON.parse(JSON.stringify(changes)) as Json[]),
  };
}

function skipped(why: string): Plan<DeployDetails> {
  const details = { target: null, existing: null, template: null, tags: {}, changes: null };
  return { summary: why, nothing: why, actions: [], notes: [], details };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
