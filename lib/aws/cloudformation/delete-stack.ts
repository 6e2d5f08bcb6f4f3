import { errorMessage, OperationFailed, Refused } from '../../errors.ts';
import {
  BUCKET,
  contentsToEmpty,
  type Emptying,
  emptyContents,
  REPOSITORY,
  type StackContents,
} from './delete-stack-contents.ts';
import { type HeldResource, heldResources, interfacesCommand, lingers, listHeld, rootOf } from './held.ts';
import { wasOvertaken } from './overtaken.ts';
import { stackResources } from './resources.ts';
import { describeStack, type StackContext, type StackState } from './stack.ts';
import { STATUS_RULES } from './status.ts';
import { newestEvent, waitForStack } from './wait.ts';

export interface Deletion {
  readonly stack: StackState;
  readonly roleArn?: string | undefined;
  /** Milliseconds for the deletion with all its tries; a forced one has as much again. */
  readonly timeout: number;
  /** Buckets to empty first, because the service does not delete one that holds objects. */
  readonly buckets: readonly string[];
  /** Repositories to empty first, for the same reason. */
  readonly repositories?: readonly string[];
  /** Logical ids of resources to keep when they cannot be deleted. One that can be deleted goes. */
  readonly retain?: readonly string[];
  /** Whether what cannot be deleted is left behind, so that the stack goes all the same. */
  readonly force?: boolean;
}

/** Pauses between tries while network interfaces linger, in milliseconds. */
const FIRST_PAUSE = 15_000;
const LONGEST_PAUSE = 300_000;

/** A bucket or repository that is not emptied holds the deletion when there is something in it. */
export interface Destruction extends Emptying {
  readonly stackName: string;
  readonly roleArn?: string | undefined;
  /** Milliseconds for each operation of the service. */
  readonly timeout: number;
  readonly force?: boolean;
  /** Throws when this stack must not be touched. It is asked again after every wait. */
  readonly guard: (stack: StackState) => void;
  /** Told what stays behind, with `retain` and `force`. */
  readonly onLeftBehind?: (left: readonly HeldResource[]) => void;
}

/**
 * Deletes a stack, whatever status it is in, and waits until it is gone. A deletion that runs already is waited for. One
 * that is made anew under the name in the meantime stays.
 *
 * @returns whether there was a stack
 * @throws Refused from the guard, or when the stack is protected from termination
 * @throws OperationFailed naming every resource that held it
 */
export async function destroyStack(context: StackContext, destruction: Destruction): Promise<boolean> {
  const { stackName, timeout, roleArn, retain = [], force = false } = destruction;
  const cloudFormation = await context.aws.cloudFormation();
  let destroyed: string | undefined;
  for (;;) {
    const stack = await describeStack(cloudFormation, stackName);
    if (stack === undefined) return destroyed !== undefined;
    // Somebody made another one of that name when the first was gone: a new push, which is not what was to go.
    if (destroyed !== undefined && stack.id !== destroyed) return true;
    destroyed = stack.id;
    destruction.guard(stack);
    if (STATUS_RULES[stack.status].destroy === 'wait') {
      context.log.info(`The stack is in ${stack.status}; waiting for that to end.`);
      await waitForStack(context, {
        stackId: stack.id,
        afterEvent: await newestEvent(cloudFormation, stack.id),
        timeout,
      });
      continue;
    }
    const left = await deleteUnlessOvertaken(context, {
      stack,
      roleArn,
      timeout,
      ...(await contentsToEmpty(context, stack.id, destruction)),
      retain,
      force,
    });
    if (left.length > 0) destruction.onLeftBehind?.(left);
  }
}

/** An update that began since the last look is waited for, as one that ran already. */
async function deleteUnlessOvertaken(context: StackContext, deletion: Deletion): Promise<readonly HeldResource[]> {
  try {
    return await deleteStack(context, deletion);
  } catch (error) {
    if (!wasOvertaken(error)) throw error;
    context.log.info(`Another operation began on the stack in between (${errorMessage(error)}); looking again.`);
    return [];
  }
}

/**
 * Empties the stack's buckets and repositories, deletes the stack and waits until it is gone. The deletion is tried
 * again when something was written to a bucket or repository in between (once), when what holds it is to be retained,
 * and, with growing pauses, as long as nothing but network interfaces hold it that go by themselves.
 *
 * @returns what stays behind: what was retained, and with `force` everything that could not be deleted
 * @throws Refused when the stack is protected from termination
 * @throws OperationFailed naming every resource that held it
 */
export async function deleteStack(context: StackContext, deletion: Deletion): Promise<readonly HeldResource[]> {
  const { stack, timeout, buckets, repositories = [], retain = [], force = false } = deletion;
  refuseProtected(stack);
  await emptyContents(context, { buckets, repositories });

  const started = context.clock.now().getTime();
  const remaining = () => timeout - (context.clock.now().getTime() - started);
  const left = await heldBefore(context, stack, retain);
  let refilled = false;
  for (let pause = FIRST_PAUSE; ; ) {
    const attempt = await attemptDeletion(context, deletion, { left, timeout: remaining() });
    if (attempt.gone) return left;
    const { held } = attempt;

    const toRetain = held.filter((resource) => isNamed(resource, retain) && !isNamed(resource, left.map(rootOf)));
    if (toRetain.length > 0) {
      context.log.info(`Keeping what cannot be deleted: ${listHeld(toRetain)}`);
      left.push(...toRetain);
      continue;
    }
    const full = refilled ? undefined : filledAgain(held, { buckets, repositories });
    if (full !== undefined) {
      refilled = true;
      await emptyContents(context, full);
      continue;
    }
    if (held.length > 0 && held.every(lingers) && remaining() > pause) {
      context.log.info(
        `Network interfaces still hold ${held.map(({ logicalId }) => logicalId).join(', ')}; AWS releases them some time after what used them is gone. Trying again in ${pause / 1000} seconds.`,
      );
      await context.clock.sleep(pause, context.signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      continue;
    }
    if (force && attempt.end?.status === 'DELETE_FAILED')
      return await forceDeletion(context, deletion, [...left, ...held]);
    throw notDeleted(stack, attempt);
  }
}

function refuseProtected({ name, terminationProtection }: StackState): void {
  if (!terminationProtection) return;
  throw new Refused({
    what: `The stack ${name} is protected from termination`,
    cause: 'somebody switched termination protection on, to keep it',
    next: "If it may go: 'aws cloudformation update-termination-protection --no-enable-termination-protection', then run again",
  });
}

function isNamed(resource: HeldResource, logicalIds: readonly string[]): boolean {
  return logicalIds.includes(rootOf(resource));
}

/** What an earlier deletion could not delete and is to be retained: it is kept from the first try on. */
async function heldBefore(
  context: StackContext,
  { id, status }: StackState,
  retain: readonly string[],
): Promise<HeldResource[]> {
  if (retain.length === 0 || status !== 'DELETE_FAILED') return [];
  const held: HeldResource[] = [];
  for await (const resource of stackResources(await context.aws.cloudFormation(), id)) {
    const { LogicalResourceId: logicalId = '', ResourceStatusReason: reason = '' } = resource;
    if (resource.ResourceStatus !== 'DELETE_FAILED' || !retain.includes(logicalId)) continue;
    held.push({
      logicalId,
      type: resource.ResourceType ?? '',
      physicalId: resource.PhysicalResourceId ?? '',
      reason: reason === '' ? 'no reason given' : reason,
    });
  }
  return held;
}

/**
 * What of the contents holds the deletion again, when nothing else does. Only that is emptied once more: a bucket that
 * went is no longer the stack's, whoever has its name by now.
 */
function filledAgain(
  held: readonly HeldResource[],
  { buckets, repositories }: StackContents,
): StackContents | undefined {
  const full = {
    buckets: held.filter(({ type, physicalId }) => type === BUCKET && buckets.includes(physicalId)),
    repositories: held.filter(({ type, physicalId }) => type === REPOSITORY && repositories.includes(physicalId)),
  };
  const count = full.buckets.length + full.repositories.length;
  if (count === 0 || count < held.length) return undefined;
  const ids = (resources: readonly HeldResource[]) => resources.map(({ physicalId }) => physicalId);
  return { buckets: ids(full.buckets), repositories: ids(full.repositories) };
}

interface Attempt {
  readonly gone: boolean;
  /** Undefined when the service no longer knows the stack. */
  readonly end: StackState | undefined;
  /** Empty when the stack is gone, and when the service refused before it began. */
  readonly held: readonly HeldResource[];
  /** Logical ids of the resources that were kept on purpose. */
  readonly skipped: ReadonlySet<string>;
}

/** Asks for the deletion once and waits for its end. */
async function attemptDeletion(
  context: StackContext,
  { stack, roleArn }: Deletion,
  { left, timeout, forced = false }: { left: readonly HeldResource[]; timeout: number; forced?: boolean },
): Promise<Attempt> {
  const cloudFormation = await context.aws.cloudFormation();
  const token = `headgate-${context.randomHex(8)}`;
  const afterEvent = await newestEvent(cloudFormation, stack.id);
  const retained = [...new Set(left.map(rootOf))];
  await cloudFormation.deleteStack({
    StackName: stack.id,
    ClientRequestToken: token,
    ...(roleArn === undefined ? {} : { RoleARN: roleArn }),
    ...(forced ? { DeletionMode: 'FORCE_DELETE_STACK' } : {}),
    ...(retained.length === 0 || forced ? {} : { RetainResources: retained }),
  });
  const skipped = new Set<string>();
  const end = await context.log.group('CloudFormation events', () =>
    waitForStack(context, {
      stackId: stack.id,
      afterEvent,
      token,
      timeout,
      onEvent: ({ ResourceStatus: status, LogicalResourceId: logicalId = '' }) => {
        if (status === 'DELETE_SKIPPED') skipped.add(logicalId);
      },
    }),
  );
  const gone = end === undefined || STATUS_RULES[end.status].destroy === 'gone';
  const held = gone ? [] : await heldResources(cloudFormation, stack.id, 'deletion', afterEvent);
  return { gone, end, held, skipped };
}

/** Deletes the stack and leaves behind what could not be deleted, with what that depends on. */
async function forceDeletion(
  context: StackContext,
  deletion: Deletion,
  held: readonly HeldResource[],
): Promise<readonly HeldResource[]> {
  const { stack, timeout } = deletion;
  context.log.warning(`The stack ${stack.name} is deleted by force; this stays behind: ${listHeld(held)}`);
  const resources = new Map<string, HeldResource>();
  for await (const resource of stackResources(await context.aws.cloudFormation(), stack.id)) {
    const {
      LogicalResourceId: logicalId = '',
      ResourceType: type = '',
      PhysicalResourceId: physicalId = '',
    } = resource;
    resources.set(logicalId, { logicalId, type, physicalId, reason: 'kept by the forced deletion' });
  }
  const attempt = await attemptDeletion(context, deletion, { left: [], timeout, forced: true });
  if (!attempt.gone) throw notDeleted(stack, attempt);
  const named = new Set(held.map(rootOf));
  const more = [...attempt.skipped].flatMap((logicalId) =>
    named.has(logicalId) ? [] : (resources.get(logicalId) ?? []),
  );
  return [...held, ...more];
}

function notDeleted(stack: StackState, { held, end }: Attempt): OperationFailed {
  const lingering = held.length > 0 && held.every(lingers);
  const reason = end?.statusReason ?? '';
  const command = interfacesCommand(held);
  return new OperationFailed({
    what: `The stack ${stack.name} could not be deleted: ${listHeld(held) || reason || 'the service gave no reason'}`,
    cause: lingering
      ? "network interfaces were still there when the time was over; AWS takes long to release some, and others are not the stack's"
      : 'a resource is still in use or not empty',
    next: lingering
      ? `Run again later, or raise 'timeout'${command === undefined ? '' : `; '${command}' shows what holds it`}`
      : 'Free what is named, then run again; what was deleted stays deleted',
    data: { stack: stack.name, held },
  });
}
