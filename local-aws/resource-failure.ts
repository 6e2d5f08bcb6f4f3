import { BadRequest } from './local-aws-error.ts';
import { Problems } from './problems.ts';

/** A resource of a stack that cannot be created, updated or deleted. A rollback updates and deletes, too. */
export interface ResourceFailure {
  stackName: string;
  logicalId: string;
  action: 'create' | 'update' | 'delete';
  /** The Region of the stack; each one when left out. */
  region?: string;
  /** ResourceStatusReason of the failed resource. */
  reason?: string;
  /** It fails this many times and then works; always when left out. */
  times?: number;
  /** It works this many times first. */
  skip?: number;
}

/**
 * Checks a failure that came from outside.
 *
 * @throws BadRequest with everything that is wrong with it
 */
export function readResourceFailure(sent: unknown): ResourceFailure {
  const problems = new Problems('resource-failures');
  const fields = ['stackName', 'logicalId', 'action', 'region', 'reason', 'times', 'skip'];
  const failure = problems.object(sent, '', fields);
  problems.text(failure.stackName, 'stackName', true);
  problems.text(failure.logicalId, 'logicalId', true);
  problems.choice(failure.action, 'action', ['create', 'update', 'delete'], true);
  problems.text(failure.region, 'region');
  problems.text(failure.reason, 'reason');
  problems.integer(failure.times, 'times', 1, 1_000_000);
  problems.integer(failure.skip, 'skip', 0, 1_000_000);
  problems.throwIfAny(BadRequest);
  return failure as unknown as ResourceFailure;
}
