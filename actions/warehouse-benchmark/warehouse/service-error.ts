import { awsRequestId, errorMessage, OperationFailed } from '../../../lib/errors.ts';

/** Whether the service does not know what a call named. */
export function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.name === 'ResourceNotFoundException';
}

/** Whether something else is being done with the same thing, or it is there already. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConflictException';
}

/** Source: Redshift Serverless API reference, "Errors" of CreateWorkgroup, UpdateWorkgroup and DeleteWorkgroup. */
const KNOWN: Readonly<Record<string, { readonly cause: string; readonly next: string }>> = {
  ConflictException: {
    cause: 'something else is being done with the workgroup or its namespace, or the namespace has a workgroup already',
    next: 'Run again when it is available',
  },
  InsufficientCapacityException: {
    cause: 'the Region has not so much capacity free at the moment',
    next: "Run again later, or give fewer 'rpus'",
  },
  Ipv6CidrBlockNotFoundException: {
    cause: 'a subnet has no IPv6 block, and the workgroup asks for one',
    next: "Check 'subnet-ids'",
  },
  ResourceNotFoundException: {
    cause: 'the workgroup or the namespace is not in this Region and account',
    next: "Check 'workgroup', 'namespace' and 'region'",
  },
  ServiceQuotaExceededException: {
    cause: 'the account may have no more RPUs or workgroups in this Region',
    next: "Give fewer 'rpus', or have the quota of Redshift Serverless raised in Service Quotas",
  },
  TooManyTagsException: { cause: 'the workgroup has 50 tags', next: 'Remove some of them' },
  ValidationException: {
    cause: 'the service does not take one of the values, for example a subnet that is too small or in too few zones',
    next: "Check 'rpus', 'subnet-ids' and 'security-group-ids' against the message",
  },
};

/** What a usage limit that has deactivated a workgroup says. Source: Redshift management guide, "Setting usage limits". */
const USAGE_LIMIT = /usage limit/i;

/**
 * An error of Redshift Serverless with what it means; one that says nothing about workgroups stays as it is.
 *
 * @param what the start of the sentence: what was tried
 */
export function explainWorkgroupError(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || awsRequestId(error) === undefined) return error;
  const known = USAGE_LIMIT.test(error.message)
    ? { cause: 'a usage limit of the workgroup is reached', next: 'Raise the limit, or wait for its next period' }
    : Object.hasOwn(KNOWN, error.name)
      ? KNOWN[error.name]
      : undefined;
  if (known === undefined) return error;
  return new OperationFailed({ what: `${what}: ${errorMessage(error)}`, ...known }, { cause: error });
}
