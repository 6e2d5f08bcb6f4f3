import { mayPass } from '../../../../lib/aws/passing-failure.ts';

/** What a failed call of the Data API means for the one who made it. */
export type Trouble = 'limit' | 'session' | 'passing' | 'other';

/** Source: Data API reference, "ExecuteStatement" and "DescribeStatement", "Errors". */
const LIMITS: readonly string[] = [
  'ActiveSessionsExceededException',
  'ActiveStatementsExceededException',
  'ActiveWaitingRequestsExceededException',
  'QueryTimeoutException',
];

/**
 * What the Data API says of a session that takes no statement. It is one exception for all that is invalid, so the words
 * decide. Source: https://github.com/awslabs/mcp/issues/4587 for the first two; the third is the local AWS's.
 */
const SESSION_WORDS: readonly RegExp[] = [
  /\bsession is not available\b/i,
  /\bsession with id\b.*\bis invalid\b/i,
  /\bsession \S+ is busy\b/i,
];

/**
 * Reads the error of a call that named a session or a statement.
 *
 * - `limit`: the service takes no more for now
 * - `session`: the session takes no statement, because it is gone or busy
 * - `passing`: may succeed when it is made again
 */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return 'other';
  if (LIMITS.includes(error.name)) return 'limit';
  if (error.name === 'ValidationException' && SESSION_WORDS.some((words) => words.test(error.message)))
    return 'session';
  return mayPass(error) ? 'passing' : 'other';
}

/** Whether the service does not know what a call named. */
export function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.name === 'ResourceNotFoundException';
}
