import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { destroyStack } from '../../../../lib/aws/cloudformation/delete-stack.ts';
import { deployStack } from '../../../../lib/aws/cloudformation/deploy-stack.ts';
import type { OperationFailed } from '../../../../lib/errors.ts';
import type { StackStatus } from '../../../../local-aws/stack-status.ts';
import { make, startTestAws, statusOf, type TestAws, templateOf } from '../../../support/stack-context.ts';

// Each row of the table of statuses (actions/branch-stack/README.md), played on a stack that is in that status.

const TOPIC = { Type: 'AWS::SNS::Topic' };
const BODY = templateOf({ Topic: TOPIC });
const NEW_BODY = templateOf({ Topic: TOPIC, Second: TOPIC });

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.local.reset();
  aws.context.lines.length = 0;
});

const deploy = () =>
  deployStack(aws.context, {
    stackName: 'shop',
    template: { body: NEW_BODY },
    parameters: {},
    tags: () => ({}),
    capabilities: [],
    description: 'a test',
    timeout: 120_000,
    guard: () => {},
  });
const destroy = () =>
  destroyStack(aws.context, { stackName: 'shop', timeout: 120_000, emptyBuckets: true, guard: () => {} });

/** Makes a stack that is in a status; a status that passes leads on to `after`. */
async function stackIn(status: StackStatus, after?: StackStatus): Promise<string> {
  if (status === 'REVIEW_IN_PROGRESS') {
    const { StackId = '' } = await aws.cloudFormation.createChangeSet({
      StackName: 'shop',
      ChangeSetName: 'left',
      ChangeSetType: 'CREATE',
      TemplateBody: BODY,
    });
    return StackId;
  }
  const id = await make(aws, 'shop', BODY);
  await aws.local.setStackStatus({
    region: 'us-east-1',
    stackName: 'shop',
    status,
    ...(after === undefined ? {} : { next: [{ status: after, after: 3 }] }),
  });
  return id;
}

const RECREATED = 'made anew';
const UPDATED = 'updated';
type Row = readonly [status: StackStatus, deploy: string, line: RegExp | undefined, after?: StackStatus];

const ROWS: readonly Row[] = [
  ['REVIEW_IN_PROGRESS', 'filled', undefined],
  ['CREATE_COMPLETE', UPDATED, undefined],
  ['CREATE_FAILED', RECREATED, /CREATE_FAILED and cannot be updated; it is deleted and made again/],
  ['ROLLBACK_COMPLETE', RECREATED, /ROLLBACK_COMPLETE and cannot be updated; it is deleted and made again/],
  ['ROLLBACK_FAILED', RECREATED, /ROLLBACK_FAILED and cannot be updated; it is deleted and made again/],
  ['DELETE_FAILED', RECREATED, /DELETE_FAILED and cannot be updated; it is deleted and made again/],
  ['UPDATE_COMPLETE', UPDATED, undefined],
  ['UPDATE_FAILED', UPDATED, undefined],
  ['UPDATE_ROLLBACK_COMPLETE', UPDATED, undefined],
  ['UPDATE_ROLLBACK_FAILED', UPDATED, /UPDATE_ROLLBACK_FAILED; its rollback is continued/],
  ['IMPORT_COMPLETE', UPDATED, undefined],
  ['IMPORT_ROLLBACK_COMPLETE', UPDATED, undefined],
  ['IMPORT_IN_PROGRESS', UPDATED, /IMPORT_IN_PROGRESS; waiting/, 'IMPORT_COMPLETE'],
  ['IMPORT_ROLLBACK_IN_PROGRESS', UPDATED, /IMPORT_ROLLBACK_IN_PROGRESS; waiting/, 'IMPORT_ROLLBACK_COMPLETE'],
  ['ROLLBACK_IN_PROGRESS', RECREATED, /ROLLBACK_IN_PROGRESS; waiting/, 'ROLLBACK_COMPLETE'],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', UPDATED, /CLEANUP_IN_PROGRESS; waiting/, 'UPDATE_COMPLETE'],
];

describe('deploying a stack in', () => {
  test.each(ROWS.map((row) => ({ status: row[0], outcome: row[1], line: row[2], after: row[3] })))(
    '$status: $outcome',
    async ({ status, outcome, line, after }) => {
      const id = await stackIn(status, after);
      const { stack, outcome: came } = await deploy();
      expect(came).toBe(outcome === UPDATED ? 'updated' : 'created');
      expect(stack.id === id).toBe(outcome !== RECREATED);
      expect(['CREATE_COMPLETE', 'UPDATE_COMPLETE']).toContain(await statusOf(aws, 'shop'));
      const said = aws.context.lines.filter((text) => text.startsWith('The stack is in '));
      if (line === undefined) expect(said).toEqual([]);
      else expect(said[0]).toMatch(line);
    },
  );

  test('IMPORT_ROLLBACK_FAILED: explained, and not touched', async () => {
    await stackIn('IMPORT_ROLLBACK_FAILED');
    let error: unknown;
    const { operations } = await aws.during(async () => {
      error = await deploy().catch((thrown: unknown) => thrown);
    });
    expect((error as OperationFailed).explanation).toMatchObject({
      what: expect.stringContaining('The stack shop is in IMPORT_ROLLBACK_FAILED'),
      next: expect.stringContaining('Repair the stack in the CloudFormation console'),
    });
    expect(operations).toEqual(['cloudformation DescribeStacks']);
  });
});

describe('destroying a stack in', () => {
  const ends = ROWS.map(([status, , , after]) => ({ status, after }));
  test.each([...ends, { status: 'IMPORT_ROLLBACK_FAILED' as const, after: undefined }])(
    '$status: it is gone',
    async ({ status, after }) => {
      await stackIn(status, after);
      expect(await destroy()).toBe(true);
      expect(await statusOf(aws, 'shop')).toBeUndefined();
      const waited = aws.context.lines.some((text) => text.includes('waiting for that to end'));
      expect(waited).toBe(after !== undefined);
    },
  );
});
