import { describe, expect, test } from '@jest/globals';
import { exportInUse } from '../../../../lib/aws/cloudformation/exports.ts';

describe('the name of an export that is in use', () => {
  // As users of other tools saw them: rlister/stax#40, anomalyco/sst#1256, linz/geostore#630, and an Amplify deletion.
  test.each([
    [
      'Export foo-ci-docker-vpc-EcsCluster cannot be deleted as it is in use by foo-ci-docker-events',
      'foo-ci-docker-vpc-EcsCluster',
    ],
    [
      'Export dev-stackA:ExportsOutputRefTableArn30B25837ED330C0 cannot be deleted as it is in use by dev-stackB',
      'dev-stackA:ExportsOutputRefTableArn30B25837ED330C0',
    ],
    ['Export ci-storage:Ref1234 cannot be updated as it is in use by ci-lake', 'ci-storage:Ref1234'],
    [
      'Delete canceled. Cannot delete export NotificationTopicArn as it is in use by one, two and three.',
      'NotificationTopicArn',
    ],
    [
      'Embedded stack arn:aws:cloudformation:us-east-1:111122223333:stack/a/b was not successfully deleted: Delete canceled. Cannot delete export Topic as it is in use by one.',
      'Topic',
    ],
    ['ValidationError: Export shop-queue is imported by stack mail (request id 1)', 'shop-queue'],
  ])('is found in %j', (text, name) => {
    expect(exportInUse(text)).toBe(name);
  });

  test.each(['', 'No export named shop-queue found', 'Export failed', 'The bucket is in use by another stack'])(
    'is not found in %j',
    (text) => {
      expect(exportInUse(text)).toBeUndefined();
    },
  );
});
