import type { CloudFormation, OperationEvent } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from '@jest/globals';
import { findRootCause } from '../../../../lib/aws/cloudformation/failure.ts';
import { resourceEvent, STACK_ID, scriptedService, stackEvent } from './scripted-service.ts';

const NESTED = 'AWS::CloudFormation::Stack';
const child = (name: string) => `arn:aws:cloudformation:eu-central-1:111122223333:stack/shop-${name}/7c2d`;
const failed = (logicalId: string, reason: string, more = {}) =>
  resourceEvent(logicalId, 'CREATE_FAILED', { ResourceStatusReason: reason, ...more });

describe('the root cause', () => {
  test('is the first failure, not what follows from it', async () => {
    const { cloudFormation } = scriptedService([]);
    const events = [
      resourceEvent('Role', 'CREATE_COMPLETE'),
      failed('Queue', 'Resource creation cancelled'),
      failed('Table', 'Resource update cancelled'),
      failed('Topic', 'The name is taken'),
      failed('Other', 'Comes later'),
      {
        ...stackEvent('CREATE_FAILED'),
        ResourceStatusReason: 'The following resource(s) failed to create: [Topic, Queue].',
      },
    ];
    expect(await findRootCause(cloudFormation, STACK_ID, events)).toEqual({
      logicalId: 'Topic',
      type: 'AWS::SNS::Topic',
      reason: 'The name is taken',
    });
  });

  test('says so when the service gives no reason', async () => {
    const { cloudFormation } = scriptedService([]);
    const events = [resourceEvent('Topic', 'UPDATE_FAILED')];
    expect((await findRootCause(cloudFormation, STACK_ID, events))?.reason).toBe('the service gave no reason');
  });
});

describe('in a nested stack', () => {
  const nestedFailure = (name: string, id: string, reason = 'Embedded stack was not successfully created') =>
    failed(name, reason, { ResourceType: NESTED, PhysicalResourceId: id });

  test('it is named with its path, however deep it lies', async () => {
    const [outer, inner] = [child('Outer'), child('Inner')];
    const { cloudFormation } = scriptedService([], {
      [outer]: [
        stackEvent('CREATE_IN_PROGRESS', 't', outer),
        { ...nestedFailure('Inner', inner), StackId: outer },
        stackEvent('CREATE_FAILED', 't', outer),
      ],
      [inner]: [
        stackEvent('CREATE_IN_PROGRESS', 't', inner),
        resourceEvent('Role', 'CREATE_COMPLETE'),
        failed('Bucket', 'The bucket exists already', { ResourceType: 'AWS::S3::Bucket' }),
        stackEvent('CREATE_FAILED', 't', inner),
        stackEvent('DELETE_IN_PROGRESS', 't', inner),
        resourceEvent('Role', 'DELETE_COMPLETE'),
      ],
    });
    expect(await findRootCause(cloudFormation, STACK_ID, [nestedFailure('Outer', outer)])).toEqual({
      logicalId: 'Outer/Inner/Bucket',
      type: 'AWS::S3::Bucket',
      reason: 'The bucket exists already',
    });
  });

  // The first failure of all events would be one that was corrected long ago.
  test('failures of earlier operations do not count', async () => {
    const id = child('Nested');
    const { cloudFormation } = scriptedService([], {
      [id]: [
        stackEvent('UPDATE_IN_PROGRESS', 'one', id),
        failed('Old', 'Corrected since'),
        stackEvent('UPDATE_ROLLBACK_IN_PROGRESS', 'one', id),
        stackEvent('UPDATE_ROLLBACK_COMPLETE', 'one', id),
        stackEvent('UPDATE_IN_PROGRESS', 'two', id),
        resourceEvent('Old', 'UPDATE_COMPLETE'),
        failed('New', 'Of this operation'),
        stackEvent('UPDATE_ROLLBACK_IN_PROGRESS', 'two', id),
        stackEvent('UPDATE_ROLLBACK_COMPLETE', 'two', id),
      ],
    });
    expect(await findRootCause(cloudFormation, STACK_ID, [nestedFailure('Nested', id)])).toMatchObject({
      logicalId: 'Nested/New',
      reason: 'Of this operation',
    });
  });

  test('the failure of the stack itself counts when nothing inside tells more, or it was never made', async () => {
    const id = child('Nested');
    const { cloudFormation } = scriptedService([], { [id]: [stackEvent('CREATE_IN_PROGRESS', 't', id)] });
    const expected = { logicalId: 'Nested', type: NESTED, reason: 'The template cannot be read' };
    expect(
      await findRootCause(cloudFormation, STACK_ID, [nestedFailure('Nested', id, 'The template cannot be read')]),
    ).toEqual(expected);
    expect(
      await findRootCause(cloudFormation, STACK_ID, [nestedFailure('Nested', '', 'The template cannot be read')]),
    ).toEqual(expected);
  });
});

describe('of an operation that the service refused before it began', () => {
  const withFindings = (findings: readonly Partial<OperationEvent>[]) => {
    const asked: unknown[] = [];
    const cloudFormation = {
      describeEvents: async (request: unknown) => {
        asked.push(request);
        return { OperationEvents: findings };
      },
    } as unknown as CloudFormation;
    return { cloudFormation, asked };
  };

  test('is the finding of the validation', async () => {
    const { cloudFormation, asked } = withFindings([
      { EventType: 'STACK_EVENT', LogicalResourceId: 'Other', ResourceStatusReason: 'No' },
      {
        EventType: 'VALIDATION_ERROR',
        LogicalResourceId: 'Bucket',
        ResourceType: 'AWS::S3::Bucket',
        ValidationStatusReason: 'Wrong property',
      },
    ]);
    expect(await findRootCause(cloudFormation, STACK_ID, [])).toEqual({
      logicalId: 'Bucket',
      type: 'AWS::S3::Bucket',
      reason: 'Wrong property',
    });
    expect(asked).toEqual([{ StackName: STACK_ID, Filters: { FailedEvents: true } }]);
  });

  test('is what failed where no validation is named', async () => {
    const { cloudFormation } = withFindings([
      { EventType: 'STACK_EVENT' },
      { EventType: 'STACK_EVENT', LogicalResourceId: 'Topic', ResourceStatusReason: 'No' },
    ]);
    expect(await findRootCause(cloudFormation, STACK_ID, [])).toEqual({ logicalId: 'Topic', type: '', reason: 'No' });
  });

  test('is not known when nothing tells it', async () => {
    expect(await findRootCause(withFindings([]).cloudFormation, STACK_ID, [])).toBeUndefined();
  });
});
