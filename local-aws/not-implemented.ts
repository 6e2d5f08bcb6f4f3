import type { IncomingMessage } from 'node:http';
import { type AwsErrorReply, awsError } from './aws-error.ts';
import type { Target } from './target.ts';

/** The answer to what nobody behind the gateway can answer: a whole service, or one operation of it. */
export function notImplemented(
  { headers }: IncomingMessage,
  { query }: Target,
  service: string,
  operation?: string,
): AwsErrorReply {
  const what = operation
    ? `does not have ${operation} of '${service}'`
    : `has no service with the signing name '${service}'`;
  const next = 'Use another endpoint for it (AWS_ENDPOINT_URL_<SERVICE>), or an AWS account; see docs/local-aws.md.';
  const error = { status: 501, code: 'NotImplemented', message: `The local AWS ${what}. ${next}` };
  return awsError({ headers, query, service }, error);
}
