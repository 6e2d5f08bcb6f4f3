import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Deployment, deployStack } from '../../../../lib/aws/cloudformation/deploy-stack.ts';
import { recoverStack } from '../../../../lib/aws/cloudformation/recover.ts';
import { describeStack } from '../../../../lib/aws/cloudformation/stack.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { make, startTestAws, statusOf, type TestAws, templateOf } from '../../../support/stack-context.ts';

const queue = (delay: number) => ({ Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: delay } });
const two = (delay: number) => templateOf({ First: queue(delay), Second: { ...queue(delay), DependsOn: 'First' } });

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.local.reset();
  aws.context.lines.length = 0;
});

const deployment = (body: string, more: Partial<Deployment> = {}): Deployment => ({
  stackName: 'shop',
  template: { body },
  parameters: {},
  tags: () => ({}),
  capabilities: [],
  description: 'a test',
  timeout: 120_000,
  guard: () => {},
  ...more,
});
const deploy = (body: string, more: Partial<Deployment> = {}) => deployStack(aws.context, deployment(body, more));

async function failure(work: Promise<unknown>): Promise<OperationFailed> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof OperationFailed) return error;
  throw error;
}

/**
 * Leaves the stack in UPDATE_ROLLBACK_FAILED.
 *
 * @param times how often restoring First fails; without it, always
 */
async function stuck(times?: number): Promise<void> {
  await make(aws, 'shop', two(0));
  const of = { stackName: 'shop', action: 'update' } as const;
  await aws.local.failResource({ ...of, logicalId: 'Second', times: 1 });
  // Its first update is the one forward, its second the one back.
  await aws.local.failResource({
    ...of,
    logicalId: 'First',
    reason: 'Queue was deleted by hand',
    skip: 1,
    ...(times === undefined ? {} : { times }),
  });
  await make(aws, 'shop', two(5), { ChangeSetType: 'UPDATE' });
  expect(await statusOf(aws, 'shop')).toBe('UPDATE_ROLLBACK_FAILED');
}

describe('a rollback that failed', () => {
  test('is continued once by a deployment, which then goes on', async () => {
    await stuck(1);
    const { result, operations } = await aws.during(() => deploy(two(7)));
    expect(result).toMatchObject({ outcome: 'updated', stack: { status: 'UPDATE_COMPLETE' } });
    expect(operations.filter((operation) => operation === 'cloudformation ContinueUpdateRollback')).toHaveLength(1);
    expect(aws.context.lines).toContain('The stack is in UPDATE_ROLLBACK_FAILED; its rollback is continued.');
    expect(aws.context.lines.some((line) => line.includes('UPDATE_ROLLBACK_COMPLETE'))).toBe(true);
  });

  test('and fails again is explained with what holds it and the command that skips it; nothing is skipped', async () => {
    await stuck();
    let error: OperationFailed | undefined;
    const { operations } = await aws.during(async () => {
      error = await failure(deploy(two(7)));
    });
    expect(error?.explanation).toMatchObject({
      what: 'The rollback of the stack shop failed again: First (AWS::SQS::Queue): Queue was deleted by hand',
      next: expect.stringContaining(
        "'aws cloudformation continue-update-rollback --stack-name shop --resources-to-skip First', then run again",
      ),
      data: { stack: 'shop', status: 'UPDATE_ROLLBACK_FAILED', held: [{ logicalId: 'First' }] },
    });
    expect(operations.filter((operation) => operation === 'cloudformation ContinueUpdateRollback')).toHaveLength(1);
    expect(operations).not.toContain('cloudformation CreateChangeSet');

    // The command of the message helps.
    await aws.cloudFormation.continueUpdateRollback({ StackName: 'shop', ResourcesToSkip: ['First'] });
    await aws.local.clearResourceFailures();
    expect(await deploy(two(7))).toMatchObject({ outcome: 'updated' });
  });

  test('that somebody else continues at the same time is no failure', async () => {
    await make(aws, 'shop', two(0));
    const stack = await describeStack(aws.cloudFormation, 'shop');
    const seen = { ...stack!, status: 'UPDATE_ROLLBACK_FAILED' } as const;
    // By now it stands again; the service refuses to continue.
    await expect(recoverStack(aws.context, { stack: seen, timeout: 60_000 })).resolves.toBeUndefined();
  });

  test('is continued with the role that was given', async () => {
    await stuck(1);
    const roleArn = 'arn:aws:iam::000000000000:role/cloudformation';
    await deploy(two(7), { roleArn });
    const { calls } = { calls: aws.local.calls() };
    expect(calls.find(({ operation }) => operation === 'ContinueUpdateRollback')).toMatchObject({
      alsoNeeds: ['iam:PassRole'],
    });
  });
});
