import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from '@jest/globals';
import type { Aws } from '../../../../lib/aws/clients.ts';
import { explainStackFailure } from '../../../../lib/aws/cloudformation/explain-failure.ts';
import type { StackContext } from '../../../../lib/aws/cloudformation/stack.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { jumpingClock } from '../../../support/test-clock.ts';

/** A stack that stands, with a reason and findings; ListImports in pages of one. */
function context(reason: string | undefined, events: object[] = []): StackContext {
  const cloudFormation = {
    describeStacks: async () => ({
      Stacks: [{ StackName: 'shop', StackId: 'id', StackStatus: 'UPDATE_COMPLETE', StackStatusReason: reason }],
    }),
    describeEvents: async () => ({ OperationEvents: events }),
    listImports: async ({ NextToken }: { NextToken?: string }) =>
      NextToken === undefined ? { Imports: ['print'], NextToken: '1' } : { Imports: ['mail'] },
  } as unknown as CloudFormation;
  const quiet = () => {};
  return {
    aws: { cloudFormation: async () => cloudFormation } as Aws,
    clock: jumpingClock(),
    log: { debug: quiet, info: quiet, warning: quiet, error: quiet, group: async (_, work) => await work() },
    randomHex: (bytes) => 'ab'.repeat(bytes),
    signal: new AbortController().signal,
  };
}

describe('an export that is in use', () => {
  const silent = new OperationFailed({ what: 'The stack shop could not be deleted', data: { held: [] } });

  test('is read from the stack when the deletion itself says nothing, and all users are named', async () => {
    const reason = 'Delete canceled. Cannot delete export Topic as it is in use by print.';
    const { explanation } = await explainStackFailure(context(reason), 'shop', silent);
    expect(explanation.what).toBe(
      'The export Topic is in use by mail, print, so it can neither be changed nor removed',
    );
    expect(explanation.next).toContain('Change those stacks first');
  });

  test('of an earlier operation is no reason for this failure', async () => {
    const reason = 'Export Topic cannot be deleted as it is in use by print';
    const error = new OperationFailed({ what: 'Queue failed: quota', data: { held: ['Queue'] } });
    expect((await explainStackFailure(context(reason), 'shop', error)).explanation.what).toBe('Queue failed: quota');
  });
});

test('a stack policy that denies an update is named', async () => {
  const error = new OperationFailed({
    what: 'The stack ended in UPDATE_ROLLBACK_COMPLETE, because Database (AWS::RDS::DBInstance) failed: Action denied by stack policy: Statement [#1] does not allow [Update:*] for resource [LogicalResourceId/Database];',
  });
  const { explanation, stack } = await explainStackFailure(context(undefined), 'shop', error);
  expect(explanation.what).toContain('Database');
  expect(explanation.cause).toBe('the stack has a policy that protects this resource from such an update');
  expect(explanation.next).toContain('get-stack-policy');
  expect(stack?.status).toBe('UPDATE_COMPLETE');
});

describe('findings of a validation', () => {
  const finding = (logicalId: string, reason: string, operation = '1') => ({
    EventType: 'VALIDATION_ERROR',
    OperationId: operation,
    LogicalResourceId: logicalId,
    ResourceType: 'AWS::S3::Bucket',
    ValidationStatusReason: reason,
  });
  const failed = (reason: string) =>
    new OperationFailed({
      what: `One failed: ${reason}`,
      data: { rootCause: { logicalId: 'One', type: 'x', reason } },
    });

  test('are all named, those of earlier operations not', async () => {
    const events = [finding('One', 'taken'), finding('Two', 'wrong'), finding('Old', 'gone', '0')];
    const { explanation, findings } = await explainStackFailure(context(undefined, events), 'shop', failed('taken'));
    expect(findings.map(({ logicalId }) => logicalId)).toEqual(['One', 'Two']);
    expect(explanation.what).toBe('One failed: taken; Two (AWS::S3::Bucket): wrong');
  });

  test('of an earlier operation do not belong to another failure', async () => {
    const events = [finding('Old', 'taken')];
    expect((await explainStackFailure(context(undefined, events), 'shop', failed('quota'))).findings).toEqual([]);
  });
});

test('where nothing answers the error stays as it is', async () => {
  const broken = {
    ...context(undefined),
    aws: { cloudFormation: async () => Promise.reject(new Error('down')) } as unknown as Aws,
  };
  const error = new OperationFailed({ what: 'Export X cannot be updated as it is in use by Y' });
  const { explanation, stack } = await explainStackFailure(broken, 'shop', error);
  expect(explanation.what).toContain('The export X is in use by other stacks');
  expect(stack).toBeUndefined();
});
