import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Answer, answer, respond, type UrlEvent } from './answer.ts';

const { TABLE = '', GREETING = '', STACK = '', BRANCH = '', COMMIT = '' } = process.env;
const settings = { table: TABLE, greeting: GREETING, stack: STACK, branch: BRANCH, commit: COMMIT };
const dynamodb = new DynamoDBClient();

/** Called through the function URL, or directly with any event. */
export async function handler(event: Partial<UrlEvent>): Promise<Answer | Awaited<ReturnType<typeof respond>>> {
  const find = () => answer(settings, dynamodb);
  const { requestContext } = event;
  return requestContext === undefined ? find() : respond({ requestContext }, find);
}
