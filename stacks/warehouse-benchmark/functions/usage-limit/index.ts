import { RedshiftServerless } from '@aws-sdk/client-redshift-serverless';
import { keepLimit, type LimitEvent } from './keep-limit.ts';

const serverless = new RedshiftServerless();

/** Called by CloudFormation when the limit is to be made, changed or deleted. It always answers, so that no stack waits in vain. */
export async function handler(event: LimitEvent): Promise<void> {
  const answer = await keepLimit(event, serverless);
  console.log(JSON.stringify({ request: event.RequestType, ...answer }));
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, ...answer });
  // The address is signed without a content type. Source: CloudFormation user guide, "Custom resource response objects".
  const response = await fetch(ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: ${response.status}`);
}
