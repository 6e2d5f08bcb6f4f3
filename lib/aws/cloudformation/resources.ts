import type { CloudFormation, StackResourceSummary } from '@aws-sdk/client-cloudformation';

/** The resources that a stack has now, page by page; what is deleted already is left out. */
export async function* stackResources(
  cloudFormation: CloudFormation,
  stackId: string,
): AsyncGenerator<StackResourceSummary> {
  let token: string | undefined;
  do {
    const page = await cloudFormation.listStackResources({ StackName: stackId, NextToken: token });
    for (const resource of page.StackResourceSummaries ?? []) {
      if (resource.ResourceStatus !== 'DELETE_COMPLETE') yield resource;
    }
    token = page.NextToken;
  } while (token !== undefined);
}
