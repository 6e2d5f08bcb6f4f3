import type { StackEvent, StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { OperationFailed, Refused } from '../../errors.ts';
import { emptyBucket } from '../s3/empty-bucket.ts';
import { stackResources } from './resources.ts';
import { describeStack, type StackContext, type StackState } from './stack.ts';
import { STATUS_RULES } from './status.ts';
import { parseTemplate } from './template.ts';
import { newestEvent, waitForStack } from './wait.ts';

export interface Deletion {
  readonly stack: StackState;
  readonly roleArn?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** Buckets to empty first, because the service does not delete one that holds objects. */
  readonly buckets: readonly string[];
}

const BUCKET = 'AWS::S3::Bucket';
const NESTED = 'AWS::CloudFormation::Stack';

/**
 * Names the buckets that would be deleted with a stack and its nested stacks. A bucket that the template retains is not
 * among them: emptying it would destroy what its owner wanted to keep.
 */
export async function bucketsDeletedWith(context: StackContext, stackId: string): Promise<readonly string[]> {
  const cloudFormation = await context.aws.cloudFormation();
  const interesting: StackResourceSummary[] = [];
  for await (const resource of stackResources(cloudFormation, stackId)) {
    if (resource.ResourceType === BUCKET || resource.ResourceType === NESTED) interesting.push(resource);
  }
  if (interesting.length === 0) return [];
  const { TemplateBody: body } = await cloudFormation.getTemplate({ StackName: stackId, TemplateStage: 'Processed' });
  if (body === undefined || body === '') return [];
  const template = await parseTemplate(body, `the template of ${stackId}`);
  const found = await Promise.all(
    interesting.map(async ({ LogicalResourceId: logicalId, ResourceType: type, PhysicalResourceId: id }) => {
      const policy = template.resources.find((resource) => resource.logicalId === logicalId)?.deletionPolicy;
      if (id === undefined || id === '' || policy?.startsWith('Retain') === true) return [];
      return type === NESTED ? await bucketsDeletedWith(context, id) : [id];
    }),
  );
  return found.flat().sort();
}

export interface Destruction {
  readonly stackName: string;
  readonly roleArn?: string | undefined;
  /** Milliseconds for each operation of the service. */
  readonly timeout: number;
  /** Whether buckets that go with the stack are emptied first; otherwise a bucket with objects holds the deletion. */
  readonly emptyBuckets: boolean;
  /** Throws when this stack must not be touched. It is asked again after every wait. */
  readonly guard: (stack: StackState) => void;
}

/**
 * Deletes a stack, whatever status it is in, and waits until it is gone. A deletion that runs already is waited for.
 *
 * @returns whether there was a stack
 * @throws Refused from the guard, or when the stack is protected from termination
 * @throws OperationFailed naming every resource that held it
 */
export async function destroyStack(context: StackContext, destruction: Destruction): Promise<boolean> {
  const { stackName, timeout, roleArn } = destruction;
  const cloudFormation = await context.aws.cloudFormation();
  for (let found = false; ; found = true) {
    const stack = await describeStack(cloudFormation, stackName);
    if (stack === undefined) return found;
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
    const buckets = destruction.emptyBuckets ? await bucketsDeletedWith(context, stack.id) : [];
    await deleteStack(context, { stack, roleArn, timeout, buckets });
  }
}

/**
 * Empties the stack's buckets, deletes the stack and waits until it is gone. When something was written to a bucket in
 * between, it is emptied and the deletion tried once more.
 *
 * @throws Refused when the stack is protected from termination
 * @throws OperationFailed naming every resource that held it
 */
export async function deleteStack(context: StackContext, deletion: Deletion): Promise<void> {
  if (deletion.stack.terminationProtection) {
    throw new Refused({
      what: `The stack ${deletion.stack.name} is protected from termination`,
      cause: 'somebody switched termination protection on, to keep it',
      next: "If it may go: 'aws cloudformation update-termination-protection --no-enable-termination-protection', then run again",
    });
  }
  const TRIES = 2;
  for (let attempt = 1; ; attempt++) {
    for (const bucket of deletion.buckets) await emptyBucket(context, bucket);
    const { gone, held } = await deleteOnce(context, deletion);
    if (gone) return;
    const onlyBuckets = held.length > 0 && held.every(({ ResourceType: type }) => type === BUCKET || type === NESTED);
    if (attempt < TRIES && onlyBuckets && deletion.buckets.length > 0) continue;
    throw new OperationFailed({
      what: `The stack ${deletion.stack.name} could not be deleted: ${held.map((event) => `${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason ?? 'no reason given'}`).join('; ') || 'the service gave no reason'}`,
      cause: 'a resource is still in use or not empty',
      next: 'Free what is named, then run again; what was deleted stays deleted',
      data: { stack: deletion.stack.name, held: held.map((event) => event.LogicalResourceId) },
    });
  }
}

async function deleteOnce(
  context: StackContext,
  { stack, roleArn, timeout }: Deletion,
): Promise<{ gone: boolean; held: readonly StackEvent[] }> {
  const cloudFormation = await context.aws.cloudFormation();
  const token = `headgate-${context.randomHex(8)}`;
  const afterEvent = await newestEvent(cloudFormation, stack.id);
  await cloudFormation.deleteStack({
    StackName: stack.id,
    ClientRequestToken: token,
    ...(roleArn === undefined ? {} : { RoleARN: roleArn }),
  });
  const held: StackEvent[] = [];
  const end = await context.log.group('CloudFormation events', () =>
    waitForStack(context, {
      stackId: stack.id,
      afterEvent,
      token,
      timeout,
      onFailure: (event) => {
        if (event.PhysicalResourceId !== stack.id) held.push(event);
      },
    }),
  );
  return { gone: end === undefined || STATUS_RULES[end.status].destroy === 'gone', held };
}
