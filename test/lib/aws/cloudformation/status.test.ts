import { StackStatus } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from '@jest/globals';
import { STATUS_RULES } from '../../../../lib/aws/cloudformation/status.ts';

/** Every status that the SDK knows, and what it means, read from "Stack status codes", AWS CloudFormation User Guide. */
const MEANING: Readonly<
  Record<
    StackStatus,
    'running' | 'stands' | 'stands as before' | 'never stood' | 'recoverable' | 'stuck' | 'gone' | 'shell'
  >
> = {
  CREATE_COMPLETE: 'stands',
  CREATE_FAILED: 'never stood',
  CREATE_IN_PROGRESS: 'running',
  DELETE_COMPLETE: 'gone',
  DELETE_FAILED: 'never stood',
  DELETE_IN_PROGRESS: 'running',
  IMPORT_COMPLETE: 'stands',
  IMPORT_IN_PROGRESS: 'running',
  IMPORT_ROLLBACK_COMPLETE: 'stands as before',
  IMPORT_ROLLBACK_FAILED: 'stuck',
  IMPORT_ROLLBACK_IN_PROGRESS: 'running',
  REVIEW_IN_PROGRESS: 'shell',
  ROLLBACK_COMPLETE: 'never stood',
  ROLLBACK_FAILED: 'never stood',
  ROLLBACK_IN_PROGRESS: 'running',
  UPDATE_COMPLETE: 'stands',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'running',
  UPDATE_FAILED: 'stands as before',
  UPDATE_IN_PROGRESS: 'running',
  UPDATE_ROLLBACK_COMPLETE: 'stands as before',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'running',
  UPDATE_ROLLBACK_FAILED: 'recoverable',
  UPDATE_ROLLBACK_IN_PROGRESS: 'running',
};

const RULE = {
  running: { deploy: 'wait', destroy: 'wait' },
  stands: { deploy: 'update', destroy: 'delete', ended: 'well' },
  'stands as before': { deploy: 'update', destroy: 'delete', ended: 'badly' },
  'never stood': { deploy: 'recreate', destroy: 'delete', ended: 'badly' },
  recoverable: { deploy: 'recover', destroy: 'delete', ended: 'badly', advice: expect.stringContaining('rollback') },
  stuck: { deploy: 'explain', destroy: 'delete', ended: 'badly', advice: expect.stringContaining('run again') },
  gone: { deploy: 'create', destroy: 'gone', ended: 'well' },
  shell: { deploy: 'create', destroy: 'delete' },
} as const;

describe('every status of the SDK has its rule', () => {
  test.each(Object.values(StackStatus))('%s', (status) => {
    expect(STATUS_RULES[status]).toEqual(RULE[MEANING[status]]);
  });
});

test('there is no rule for a status that does not exist', () => {
  expect(Object.keys(STATUS_RULES).sort()).toEqual(Object.values(StackStatus).sort());
});

test('what is running is waited for, and nothing else is but the shell of a change set', () => {
  for (const status of Object.values(StackStatus)) {
    const isRunning = status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';
    expect([status, STATUS_RULES[status].deploy === 'wait']).toEqual([status, isRunning]);
    expect([status, STATUS_RULES[status].destroy === 'wait']).toEqual([status, isRunning]);
  }
});
