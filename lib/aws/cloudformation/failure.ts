import type { CloudFormation, StackEvent } from '@aws-sdk/client-cloudformation';

/** The resource that failed first, and why. */
export interface RootCause {
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/** Failures that only follow from another one. */
const FOLLOWS = /^(Resource (creation|update|deletion) cancelled|The following resource\(s\) failed)/i;
/** With these a stack says that an operation begins; rollback and deletion follow from the operation before them. */
const BEGINS = /^(CREATE|UPDATE|IMPORT)_IN_PROGRESS$/;
const NESTED = 'AWS::CloudFormation::Stack';

/**
 * Finds what made an operation fail: the first failure among its events that does not follow from another, inside the
 * nested stack where that is what failed. When the service refused before it began (pre-deployment validation), the
 * finding is only in `DescribeEvents`.
 *
 * @param events all events of the operation, oldest first
 * @returns undefined when nothing tells the cause
 */
export async function findRootCause(
  cloudFormation: CloudFormation,
  stackId: string,
  events: readonly StackEvent[],
): Promise<RootCause | undefined> {
  const failed = events.find(
    (event) =>
      event.ResourceStatus?.endsWith('_FAILED') === true &&
      event.PhysicalResourceId !== stackId &&
      !FOLLOWS.test(event.ResourceStatusReason ?? ''),
  );
  if (failed === undefined) return await validationFinding(cloudFormation, stackId);
  if (failed.ResourceType === NESTED && failed.PhysicalResourceId !== undefined && failed.PhysicalResourceId !== '') {
    const nestedEvents = await eventsOfLastOperation(cloudFormation, failed.PhysicalResourceId);
    const inner = await findRootCause(cloudFormation, failed.PhysicalResourceId, nestedEvents);
    if (inner !== undefined) return { ...inner, logicalId: `${failed.LogicalResourceId}/${inner.logicalId}` };
  }
  return {
    logicalId: failed.LogicalResourceId ?? '',
    type: failed.ResourceType ?? '',
    reason: failed.ResourceStatusReason ?? 'the service gave no reason',
  };
}

/** Events of a stack since its last operation began, oldest first: what failed before that has been corrected since. */
async function eventsOfLastOperation(cloudFormation: CloudFormation, stackId: string): Promise<StackEvent[]> {
  const found: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page = await cloudFormation.describeStackEvents({ StackName: stackId, NextToken: token });
    for (const event of page.StackEvents ?? []) {
      found.push(event);
      if (event.PhysicalResourceId === stackId && BEGINS.test(event.ResourceStatus ?? '')) return found.reverse();
    }
    token = page.NextToken;
  } while (token !== undefined);
  return found.reverse();
}

async function validationFinding(cloudFormation: CloudFormation, stackId: string): Promise<RootCause | undefined> {
  const { OperationEvents: events } = await cloudFormation.describeEvents({
    StackName: stackId,
    Filters: { FailedEvents: true },
  });
  const finding =
    events?.find((event) => event.EventType === 'VALIDATION_ERROR') ??
    events?.find((event) => event.LogicalResourceId !== undefined);
  if (finding === undefined) return undefined;
  return {
    logicalId: finding.LogicalResourceId ?? '',
    type: finding.ResourceType ?? '',
    reason: finding.ValidationStatusReason ?? finding.ResourceStatusReason ?? 'the service gave no reason',
  };
}
