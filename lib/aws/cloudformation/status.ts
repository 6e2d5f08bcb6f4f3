import type { StackStatus } from '@aws-sdk/client-cloudformation';

/**
 * What can be done with a stack in a status.
 *
 * - `create`: nothing is there yet (`REVIEW_IN_PROGRESS` is a shell without resources that a change set made)
 * - `update`: it stands, an update can begin
 * - `wait`: an operation of the service runs; look again when it has ended
 * - `recover`: a rollback got stuck; continuing it leads back to where an update can begin
 * - `recreate`: it never stood or is half gone; only deleting it helps, then it can be made again
 * - `explain`: a person must decide; `advice` says what
 */
export interface StatusRule {
  readonly deploy: 'create' | 'update' | 'wait' | 'recover' | 'recreate' | 'explain';
  readonly destroy: 'delete' | 'wait' | 'gone';
  /** Whether the operation that led here did what it was meant to do. Undefined while it runs. */
  readonly ended?: 'well' | 'badly';
  readonly advice?: string;
}

const RUNNING: StatusRule = { deploy: 'wait', destroy: 'wait' };
const STANDS: StatusRule = { deploy: 'update', destroy: 'delete', ended: 'well' };
const STANDS_AS_BEFORE: StatusRule = { deploy: 'update', destroy: 'delete', ended: 'badly' };
const NEVER_STOOD: StatusRule = { deploy: 'recreate', destroy: 'delete', ended: 'badly' };

/** Source: "Stack status codes", AWS CloudFormation User Guide. Complete: the type has no status without a rule. */
export const STATUS_RULES: Readonly<Record<StackStatus, StatusRule>> = {
  CREATE_COMPLETE: STANDS,
  CREATE_FAILED: NEVER_STOOD,
  CREATE_IN_PROGRESS: RUNNING,
  DELETE_COMPLETE: { deploy: 'create', destroy: 'gone', ended: 'well' },
  DELETE_FAILED: NEVER_STOOD,
  DELETE_IN_PROGRESS: RUNNING,
  IMPORT_COMPLETE: STANDS,
  IMPORT_IN_PROGRESS: RUNNING,
  IMPORT_ROLLBACK_COMPLETE: STANDS_AS_BEFORE,
  IMPORT_ROLLBACK_FAILED: {
    deploy: 'explain',
    destroy: 'delete',
    ended: 'badly',
    advice: 'An import could not be rolled back. Repair the stack in the CloudFormation console, then run again',
  },
  IMPORT_ROLLBACK_IN_PROGRESS: RUNNING,
  REVIEW_IN_PROGRESS: { deploy: 'create', destroy: 'delete' },
  ROLLBACK_COMPLETE: NEVER_STOOD,
  ROLLBACK_FAILED: NEVER_STOOD,
  ROLLBACK_IN_PROGRESS: RUNNING,
  UPDATE_COMPLETE: STANDS,
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: RUNNING,
  UPDATE_FAILED: STANDS_AS_BEFORE,
  UPDATE_IN_PROGRESS: RUNNING,
  UPDATE_ROLLBACK_COMPLETE: STANDS_AS_BEFORE,
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: RUNNING,
  UPDATE_ROLLBACK_FAILED: {
    deploy: 'recover',
    destroy: 'delete',
    ended: 'badly',
    advice: 'A failed update could not be rolled back. A deployment continues the rollback first; or destroy the stack',
  },
  UPDATE_ROLLBACK_IN_PROGRESS: RUNNING,
};
