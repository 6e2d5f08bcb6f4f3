import type {
  Capability,
  Change,
  CloudFormation,
  CreateChangeSetCommandInput,
  DescribeChangeSetCommandInput,
  DescribeChangeSetCommandOutput,
} from '@aws-sdk/client-cloudformation';
import { OperationFailed } from '../../errors.ts';
import type { StackContext } from './stack.ts';
import { findingLine, type ValidationFinding, validationFindings } from './validation-findings.ts';

/** Where the service gets the template from: its text up to 51,200 bytes, or an object in S3. */
export type TemplateSource = { readonly body: string } | { readonly url: string };

/** Bytes of a template that can be sent as text. Source: "CloudFormation quotas", AWS CloudFormation User Guide. */
export const MAX_TEMPLATE_BODY_BYTES = 51_200;

/** How the service carries a change set out. */
export interface ChangeSetOptions {
  /**
   * `express` ends when the configuration is applied, before the resources are ready for traffic. Source: "Deploy stacks
   * faster with express mode", AWS CloudFormation User Guide.
   */
  readonly mode?: 'standard' | 'express';
  /** Compares an existing stack also with what its resources really are, and brings back what was changed by hand. */
  readonly revertDrift?: boolean;
  /** Reads the values of properties before and after. */
  readonly includeValues?: boolean;
}

export interface ChangeSetRequest extends ChangeSetOptions {
  readonly stackName: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly template: TemplateSource;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly roleArn?: string | undefined;
  readonly description: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface ChangeSet {
  readonly id: string;
  readonly stackId: string;
  /** False when the stack already is as asked for; such a change set cannot be executed. */
  readonly hasChanges: boolean;
  readonly changes: readonly Change[];
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 2_000;
/** The two texts by which the service says that a change set is empty. It has no code for it. */
const NO_CHANGES = /didn't contain changes|No updates are to be performed/;
/** The service names its validation and where its findings are; the findings themselves are elsewhere. */
const VALIDATION = /validation|DescribeEvents/i;

/**
 * Creates a change set under a name that no other run uses, and waits until its changes are known. Two runs therefore
 * never overwrite each other's change set. With type CREATE the service makes a stack in REVIEW_IN_PROGRESS.
 *
 * @throws OperationFailed when the service cannot make it; the change set is removed first
 */
export async function createChangeSet(context: StackContext, request: ChangeSetRequest): Promise<ChangeSet> {
  const cloudFormation = await context.aws.cloudFormation();
  const time = context.clock.now().toISOString().replace(/\D/g, '').slice(0, 14);
  const name = `headgate-${time}-${context.randomHex(4)}`;
  const created = await createOnce(cloudFormation, {
    StackName: request.stackName,
    ChangeSetName: name,
    ClientToken: name,
    ChangeSetType: request.type,
    Description: request.description,
    ...('body' in request.template ? { TemplateBody: request.template.body } : { TemplateURL: request.template.url }),
    Parameters: Object.entries(request.parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Tags: Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value })),
    Capabilities: request.capabilities as Capability[],
    ...(request.roleArn === undefined ? {} : { RoleARN: request.roleArn }),
    // Express mode does not roll back by default; a failed deployment must leave a stack as it was in either mode.
    ...(request.mode === 'express' ? { DeploymentConfig: { Mode: 'EXPRESS', DisableRollback: false } } : {}),
    ...(request.revertDrift === true && request.type === 'UPDATE' ? { DeploymentMode: 'REVERT_DRIFT' } : {}),
  });
  if (created.Id === undefined || created.StackId === undefined)
    throw new Error('CreateChangeSet answered without ids');

  const { first, changes } = await waitForChanges(context, cloudFormation, created.Id, request);
  if (first.Status !== 'FAILED') return { id: created.Id, stackId: created.StackId, hasChanges: true, changes };
  if (NO_CHANGES.test(first.StatusReason ?? '')) {
    return { id: created.Id, stackId: created.StackId, hasChanges: false, changes: [] };
  }
  const findings = VALIDATION.test(first.StatusReason ?? '')
    ? await validationFindings(cloudFormation, { changeSet: created.Id })
    : [];
  await cloudFormation.deleteChangeSet({ ChangeSetName: created.Id });
  throw cannotMake(request, first.StatusReason, findings);
}

/** A change set of a name that only this run knows can exist already only when an answer was lost and the call repeated. */
async function createOnce(
  cloudFormation: CloudFormation,
  input: CreateChangeSetCommandInput,
): Promise<{ readonly Id?: string | undefined; readonly StackId?: string | undefined }> {
  try {
    return await cloudFormation.createChangeSet(input);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AlreadyExistsException') throw error;
    const { StackName, ChangeSetName } = input;
    const found = await cloudFormation.describeChangeSet({ StackName, ChangeSetName }).catch(() => undefined);
    if (found === undefined) throw error;
    return { Id: found.ChangeSetId, StackId: found.StackId };
  }
}

function cannotMake(
  { stackName }: ChangeSetRequest,
  reason: string | undefined,
  findings: readonly ValidationFinding[],
): OperationFailed {
  const found = findings.map((finding) => `; ${findingLine(finding)}`).join('');
  return new OperationFailed({
    what: `CloudFormation cannot make a change set for ${stackName}: ${reason ?? 'it gave no reason'}${found}`,
    cause: 'the template or a parameter does not fit the service or the account',
    next: 'Correct the template; the stack was not changed',
    data: { stack: stackName, reason, ...(findings.length === 0 ? {} : { findings }) },
  });
}

async function waitForChanges(
  { clock, signal }: StackContext,
  cloudFormation: CloudFormation,
  id: string,
  { timeout, includeValues }: ChangeSetRequest,
): Promise<{ first: DescribeChangeSetCommandOutput; changes: readonly Change[] }> {
  const deadline = clock.now().getTime() + timeout;
  const request = { ChangeSetName: id, ...(includeValues === true ? { IncludePropertyValues: true } : {}) };
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const first = await cloudFormation.describeChangeSet(request);
    if (first.Status === 'CREATE_COMPLETE' || first.Status === 'FAILED') {
      return { first, changes: await remainingChanges(cloudFormation, request, first) };
    }
    if (clock.now().getTime() >= deadline) {
      throw new OperationFailed({
        what: `The change set was still in ${first.Status} after ${Math.round(timeout / 1000)} seconds`,
        next: 'Run again: the next run makes a change set of its own',
      });
    }
    await clock.sleep(pause, signal);
  }
}

async function remainingChanges(
  cloudFormation: CloudFormation,
  request: DescribeChangeSetCommandInput,
  first: DescribeChangeSetCommandOutput,
): Promise<readonly Change[]> {
  const changes = [...(first.Changes ?? [])];
  for (let token = first.NextToken; token !== undefined; ) {
    const page = await cloudFormation.describeChangeSet({ ...request, NextToken: token });
    changes.push(...(page.Changes ?? []));
    token = page.NextToken;
  }
  return changes;
}
