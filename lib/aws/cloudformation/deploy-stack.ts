import type { Change, CloudFormation, StackEvent } from '@aws-sdk/client-cloudformation';
import { errorMessage, OperationFailed } from '../../errors.ts';
import { type ChangeSet, type ChangeSetOptions, createChangeSet, type TemplateSource } from './change-set.ts';
import { deleteStack } from './delete-stack.ts';
import { findRootCause } from './failure.ts';
import { wasOvertaken } from './overtaken.ts';
import { recoverStack } from './recover.ts';
import { describeStack, type StackContext, type StackState } from './stack.ts';
import { STATUS_RULES } from './status.ts';
import { newestEvent, waitForStack } from './wait.ts';

export interface Deployment extends ChangeSetOptions {
  readonly stackName: string;
  readonly template: TemplateSource;
  readonly parameters: Readonly<Record<string, string>>;
  /** All tags of the stack. They depend on what stands: `created` of a stack that is replaced starts again. */
  readonly tags: (existing: StackState | undefined) => Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly roleArn?: string | undefined;
  readonly description: string;
  /** Milliseconds for each operation of the service. */
  readonly timeout: number;
  /** Throws when this stack must not be touched. It is asked again after every wait. */
  readonly guard: (stack: StackState) => void;
  /** Shows the changes before they are carried out. */
  readonly onChanges?: (changes: readonly Change[]) => void;
}

export interface DeployedStack {
  readonly stack: StackState;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly changes: readonly Change[];
}

/**
 * Brings a stack to the wanted state, whatever state it is in, and waits for the end. Every step begins with a look at
 * the stack, so that a run that was killed anywhere can be repeated.
 *
 * @throws OperationFailed with the resource that failed first
 * @throws Refused from the guard
 */
export async function deployStack(context: StackContext, deployment: Deployment): Promise<DeployedStack> {
  for (let tries = MAX_TRIES; ; tries--) {
    try {
      return await deployTo(context, deployment, await settle(context, deployment));
    } catch (error) {
      if (tries === 1 || !wasOvertaken(error)) throw error;
      context.log.info(`The stack was changed by somebody else in between (${errorMessage(error)}); looking again.`);
    }
  }
}

/** How often the stack is looked at again after another run was faster. */
const MAX_TRIES = 5;

/** Makes and executes a change set for a stack that is ready for it. */
async function deployTo(
  context: StackContext,
  deployment: Deployment,
  existing: StackState | undefined,
): Promise<DeployedStack> {
  const cloudFormation = await context.aws.cloudFormation();
  const changeSet = await createChangeSet(context, {
    ...deployment,
    type: existing === undefined || existing.status === 'REVIEW_IN_PROGRESS' ? 'CREATE' : 'UPDATE',
    tags: deployment.tags(existing),
  }).catch(async (error: unknown) => {
    if (existing === undefined) await removeShell(context, deployment);
    throw error;
  });
  if (!changeSet.hasChanges) {
    await cloudFormation.deleteChangeSet({ ChangeSetName: changeSet.id });
    if (existing === undefined) throw new Error('A new stack had no changes');
    return { stack: existing, outcome: 'unchanged', changes: [] };
  }
  deployment.onChanges?.(changeSet.changes);
  const stack = await execute(context, changeSet, deployment.timeout);
  const isNew = existing === undefined || existing.status === 'REVIEW_IN_PROGRESS';
  return { stack, outcome: isNew ? 'created' : 'updated', changes: changeSet.changes };
}

/**
 * Makes a change set only to see its changes, and removes it again, with the empty stack that it made.
 *
 * @throws OperationFailed when the service cannot make the change set; nothing of it is left then, either
 */
export async function previewStack(
  context: StackContext,
  deployment: Deployment,
  existing: StackState | undefined,
): Promise<readonly Change[]> {
  return (await previewChangeSet(context, deployment, existing, async ({ changes }) => changes)) ?? [];
}

/**
 * Makes a change set, has it looked at, and removes it again, with the empty stack that it made.
 *
 * @returns what `look` came to; undefined when the stack already is as asked for
 * @throws OperationFailed when the service cannot make the change set; nothing of it is left then, either
 */
export async function previewChangeSet<Seen>(
  context: StackContext,
  deployment: Deployment,
  existing: StackState | undefined,
  look: (changeSet: ChangeSet) => Promise<Seen>,
): Promise<Seen | undefined> {
  const cloudFormation = await context.aws.cloudFormation();
  const isNew = existing === undefined || existing.status === 'REVIEW_IN_PROGRESS';
  try {
    const changeSet = await createChangeSet(context, {
      ...deployment,
      type: isNew ? 'CREATE' : 'UPDATE',
      tags: deployment.tags(existing),
    });
    try {
      return changeSet.hasChanges ? await look(changeSet) : undefined;
    } finally {
      await cloudFormation.deleteChangeSet({ ChangeSetName: changeSet.id });
    }
  } finally {
    if (existing === undefined) await removeShell(context, deployment);
  }
}

/** Removes the empty stack of a change set, unless a run beside this one has begun to fill it. */
async function removeShell(context: StackContext, { stackName, guard }: Deployment): Promise<void> {
  try {
    const cloudFormation = await context.aws.cloudFormation();
    const stack = await describeStack(cloudFormation, stackName);
    if (stack?.status !== 'REVIEW_IN_PROGRESS') return;
    guard(stack);
    await cloudFormation.deleteStack({ StackName: stack.id });
  } catch (error) {
    // Why the change set failed matters more, and the next deployment goes on with an empty stack that is left.
    context.log.warning(`The empty stack ${stackName} could not be removed: ${errorMessage(error)}`);
  }
}

/** Waits for what runs and removes what never stood, until the stack can be created or updated. */
async function settle(context: StackContext, deployment: Deployment): Promise<StackState | undefined> {
  const cloudFormation = await context.aws.cloudFormation();
  for (;;) {
    const stack = await describeStack(cloudFormation, deployment.stackName);
    if (stack === undefined) return undefined;
    deployment.guard(stack);
    const rule = STATUS_RULES[stack.status];
    switch (rule.deploy) {
      case 'create':
      case 'update':
        return stack;
      case 'wait':
        context.log.info(`The stack is in ${stack.status}; waiting for that to end.`);
        await waitForStack(context, {
          stackId: stack.id,
          afterEvent: await newestEvent(cloudFormation, stack.id),
          timeout: deployment.timeout,
        });
        break;
      case 'recover':
        await recoverStack(context, { stack, roleArn: deployment.roleArn, timeout: deployment.timeout });
        break;
      case 'recreate':
        context.log.info(`The stack is in ${stack.status} and cannot be updated; it is deleted and made again.`);
        await deleteStack(context, { stack, roleArn: deployment.roleArn, timeout: deployment.timeout, buckets: [] });
        break;
      case 'explain':
        throw new OperationFailed({
          what: `The stack ${stack.name} is in ${stack.status}${stack.statusReason === undefined ? '' : `: ${stack.statusReason}`}`,
          ...(rule.advice === undefined ? {} : { next: rule.advice }),
          data: { stack: stack.name, status: stack.status },
        });
    }
  }
}

async function execute(context: StackContext, changeSet: ChangeSet, timeout: number): Promise<StackState> {
  const cloudFormation = await context.aws.cloudFormation();
  const token = `headgate-${context.randomHex(8)}`;
  const afterEvent = await newestEvent(cloudFormation, changeSet.stackId);
  try {
    await cloudFormation.executeChangeSet({ ChangeSetName: changeSet.id, ClientRequestToken: token });
  } catch (error) {
    if (!(await isExecuted(cloudFormation, changeSet))) throw error;
  }
  const failures: StackEvent[] = [];
  let began = false;
  const stack = await context.log.group('CloudFormation events', () =>
    waitForStack(context, {
      stackId: changeSet.stackId,
      afterEvent,
      token,
      timeout,
      onEvent: () => {
        began = true;
      },
      onFailure: (event) => failures.push(event),
    }),
  );
  // A stack that stood well before and has no new event was not updated, however well it still stands.
  if (began && stack !== undefined && STATUS_RULES[stack.status].ended === 'well') return stack;

  const status = stack?.status ?? 'DELETE_COMPLETE';
  const root = await findRootCause(cloudFormation, changeSet.stackId, failures);
  throw new OperationFailed({
    what: `${began ? `The stack ended in ${status}` : `CloudFormation did not carry out the change set; the stack is in ${status}`}${root === undefined ? '' : `, because ${root.logicalId} (${root.type}) failed: ${root.reason}`}`,
    ...(root === undefined && stack?.statusReason !== undefined ? { cause: stack.statusReason } : {}),
    next: nextAfter(status),
    data: { stackId: changeSet.stackId, status, ...(root === undefined ? {} : { rootCause: root }) },
  });
}

/** Only this run knows its change set, so when it is executed the answer to an earlier try was lost. */
async function isExecuted(cloudFormation: CloudFormation, { id }: ChangeSet): Promise<boolean> {
  const changeSet = await cloudFormation.describeChangeSet({ ChangeSetName: id }).catch(() => undefined);
  return changeSet?.ExecutionStatus?.startsWith('EXECUTE_') === true;
}

function nextAfter(status: string): string {
  if (status === 'UPDATE_ROLLBACK_COMPLETE')
    return 'Correct the template and push again; the stack stands as it was before';
  if (status === 'ROLLBACK_COMPLETE')
    return 'Correct the template and push again; the failed stack is then deleted and made anew';
  return 'Correct the template and run again';
}
