import type { CloudFormation, OperationEvent } from '@aws-sdk/client-cloudformation';

/** What CloudFormation found before it began (pre-deployment validation), at the resource. */
export interface ValidationFinding {
  /** A warning does not stop the deployment. */
  readonly level: 'error' | 'warning';
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
  /** Place in the template, for example `/Resources/Bucket/Properties/BucketName`; not always known. */
  readonly path?: string;
}

/**
 * Reads the findings of a change set, or those of the last operation of a stack that had any. They are nowhere but in
 * `DescribeEvents`. Source: "Validate stack deployments", AWS CloudFormation User Guide.
 */
export async function validationFindings(
  cloudFormation: CloudFormation,
  of: { readonly changeSet: string } | { readonly stack: string },
): Promise<readonly ValidationFinding[]> {
  const events: OperationEvent[] = [];
  const request = 'changeSet' in of ? { ChangeSetName: of.changeSet } : { StackName: of.stack };
  let token: string | undefined;
  do {
    const page = await cloudFormation.describeEvents({ ...request, NextToken: token });
    events.push(...(page.OperationEvents ?? []).filter(({ EventType }) => EventType === 'VALIDATION_ERROR'));
    token = page.NextToken;
  } while (token !== undefined);
  const operation = events[0]?.OperationId;
  return events
    .filter(({ OperationId, ValidationStatus }) => OperationId === operation && ValidationStatus !== 'SKIPPED')
    .map(toFinding);
}

function toFinding(event: OperationEvent): ValidationFinding {
  return {
    level: event.ValidationFailureMode === 'WARN' ? 'warning' : 'error',
    logicalId: event.LogicalResourceId ?? '',
    type: event.ResourceType ?? '',
    reason: event.ValidationStatusReason ?? event.ResourceStatusReason ?? 'the service gave no reason',
    ...(event.ValidationPath === undefined ? {} : { path: event.ValidationPath }),
  };
}

/** One line for a message: `Bucket (AWS::S3::Bucket) at /Resources/…: …`. */
export function findingLine({ logicalId, type, reason, path }: ValidationFinding): string {
  return `${logicalId} (${type})${path === undefined ? '' : ` at ${path}`}: ${reason}`;
}
