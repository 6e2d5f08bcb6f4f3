import { BadRequest } from './local-aws-error.ts';
import { Problems } from './problems.ts';

/**
 * The statuses that a stack can be shown in: those of the CloudFormation API reference, Stack, StackStatus, but
 * DELETE_COMPLETE. A stack that is gone is one that was deleted.
 */
export const STACK_STATUSES = [
  'CREATE_IN_PROGRESS',
  'CREATE_FAILED',
  'CREATE_COMPLETE',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_FAILED',
  'ROLLBACK_COMPLETE',
  'DELETE_IN_PROGRESS',
  'DELETE_FAILED',
  'UPDATE_IN_PROGRESS',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_COMPLETE',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_FAILED',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
  'REVIEW_IN_PROGRESS',
  'IMPORT_IN_PROGRESS',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_IN_PROGRESS',
  'IMPORT_ROLLBACK_FAILED',
  'IMPORT_ROLLBACK_COMPLETE',
] as const;
export type StackStatus = (typeof STACK_STATUSES)[number];

/** What a stack is shown as. */
export interface ShownStatus {
  status: StackStatus;
  /** StackStatusReason, and the reason of the event. */
  reason?: string;
  /** Resources of the stack, by logical id, with their own status and reason. */
  resources?: Record<string, { status: string; reason?: string }>;
}

export interface StackStatusSetting extends ShownStatus {
  region: string;
  /** Twelve digits; the default account when left out. */
  account?: string;
  /** For `now` also its id. */
  stackName: string;
  /**
   * `now`, the default: the stack exists and nothing runs on it.
   * `operation-end`: the next operation on a stack of this name is carried out and then seems to end so.
   */
  when?: 'now' | 'operation-end';
  /** What follows, each after the one before was shown by `after` calls of DescribeStacks or DescribeStackEvents. */
  next?: readonly (ShownStatus & { after: number })[];
}

const SHOWN = ['status', 'reason', 'resources'];
const RESOURCE_STATUS = /^(CREATE|UPDATE|DELETE|IMPORT|ROLLBACK)_(IN_PROGRESS|COMPLETE|FAILED|SKIPPED)$/;
const MOST_STEPS = 100;

/**
 * Checks a setting that came from outside.
 *
 * @throws BadRequest with everything that is wrong with it
 */
export function readStackStatus(sent: unknown): StackStatusSetting {
  const problems = new Problems('stack-status');
  const setting = problems.object(sent, '', ['region', 'account', 'stackName', 'when', 'next', ...SHOWN]);
  problems.text(setting.region, 'region', true);
  problems.text(setting.stackName, 'stackName', true);
  if (setting.account !== undefined && !/^\d{12}$/.test(String(setting.account))) {
    problems.add('account', setting.account, 'twelve digits');
  }
  problems.choice(setting.when, 'when', ['now', 'operation-end']);
  checkShown(problems, setting, '');
  const { next = [] } = setting;
  if (!Array.isArray(next) || next.length > MOST_STEPS) {
    problems.add('next', next, `a list of at most ${MOST_STEPS} statuses`);
  } else {
    for (const [i, step] of next.entries()) {
      const following = problems.object(step, `next[${i}]`, ['after', ...SHOWN]);
      problems.integer(following.after, `next[${i}].after`, 1, 1_000_000, true);
      checkShown(problems, following, `next[${i}].`);
    }
  }
  problems.throwIfAny(BadRequest);
  return setting as unknown as StackStatusSetting;
}

function checkShown(problems: Problems, shown: Record<string, unknown>, at: string): void {
  problems.choice(shown.status, `${at}status`, STACK_STATUSES, true);
  problems.text(shown.reason, `${at}reason`);
  if (shown.resources === undefined) return;
  for (const [id, sent] of Object.entries(problems.object(shown.resources, `${at}resources`))) {
    const resource = problems.object(sent, `${at}resources.${id}`, ['status', 'reason']);
    if (!RESOURCE_STATUS.test(String(resource.status))) {
      problems.add(`${at}resources.${id}.status`, resource.status, 'for example DELETE_FAILED');
    }
    problems.text(resource.reason, `${at}resources.${id}.reason`);
  }
}
