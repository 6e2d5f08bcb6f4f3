import { OperationFailed } from '../../errors.ts';
import type { Permission } from '../../operation/define.ts';
import { heldResources, listHeld } from './held.ts';
import { describeStack, type StackContext, type StackState } from './stack.ts';
import { newestEvent, waitForStack } from './wait.ts';

export interface Recovery {
  /** In UPDATE_ROLLBACK_FAILED. */
  readonly stack: StackState;
  readonly roleArn?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Continues the rollback of an update once, and waits for its end. No resource is skipped: a skipped one no longer is
 * what the service thinks it is, so that is for a person to decide.
 *
 * @throws OperationFailed naming the resources that hold the rollback, and the command that skips them
 */
export async function recoverStack(context: StackContext, { stack, roleArn, timeout }: Recovery): Promise<void> {
  const cloudFormation = await context.aws.cloudFormation();
  context.log.info(`The stack is in ${stack.status}; its rollback is continued.`);
  const token = `headgate-${context.randomHex(8)}`;
  const afterEvent = await newestEvent(cloudFormation, stack.id);
  try {
    await cloudFormation.continueUpdateRollback({
      StackName: stack.id,
      ClientRequestToken: token,
      ...(roleArn === undefined ? {} : { RoleARN: roleArn }),
    });
  } catch (error) {
    // Another run, or a person, was faster; what the stack is in now is for the caller to look at.
    const now = await describeStack(cloudFormation, stack.id);
    if (now?.status !== stack.status) return;
    throw error;
  }
  const end = await context.log.group('CloudFormation events', () =>
    waitForStack(context, { stackId: stack.id, afterEvent, token, timeout }),
  );
  if (end?.status !== 'UPDATE_ROLLBACK_FAILED') return;
  const held = await heldResources(cloudFormation, stack.id, 'rollback', afterEvent);
  throw new OperationFailed({
    what: `The rollback of the stack ${stack.name} failed again: ${listHeld(held) || end.statusReason || 'the service gave no reason'}`,
    cause: 'what the rollback needs was changed or deleted outside of CloudFormation, or may not be touched',
    next: `Repair what is named, then run again. Or accept it as it is: '${skipCommand(stack.name, held.map(toSkip))}', then run again. Or destroy the stack`,
    data: { stack: stack.name, status: end.status, held },
  });
}

/** What the service calls a resource of a nested stack here: `NestedStackName.LogicalId`. Source: ContinueUpdateRollback, API reference. */
function toSkip({ logicalId }: { readonly logicalId: string }): string {
  return logicalId.replaceAll('/', '.');
}

function skipCommand(stackName: string, resources: readonly string[]): string {
  const skip = resources.length === 0 ? '<logical id>' : resources.join(' ');
  return `aws cloudformation continue-update-rollback --stack-name ${stackName} --resources-to-skip ${skip}`;
}

/** What `recoverStack` calls, besides what waiting takes. */
export const RECOVER_PERMISSION: Permission = {
  action: 'cloudformation:ContinueUpdateRollback',
  resource: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*',
  why: 'continues the rollback of an update that failed',
  onlyWith: 'a stack in `UPDATE_ROLLBACK_FAILED`',
};
