import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

/** Uploads in one answer. */
export const LIMIT = 100;

/** What the template sets in the function's environment. */
export interface Settings {
  readonly table: string;
  readonly greeting: string;
  readonly stack: string;
  /** Empty when the deployment did not say. */
  readonly branch: string;
  readonly commit: string;
}

export interface Answer {
  readonly message: string;
  readonly stack: string;
  readonly branch: string;
  readonly commit: string;
  /** At most `LIMIT`, newest first. */
  readonly uploads: readonly { key: string; size: number; etag: string; eventTime: string }[];
  /** There are uploads beyond those listed. */
  readonly more: boolean;
}

/** Which branch this is, and what was uploaded to it. */
export async function answer(settings: Settings, dynamodb: DynamoDBClient): Promise<Answer> {
  const { table, greeting, stack, branch, commit } = settings;
  const page = await dynamodb.send(new ScanCommand({ TableName: table, Limit: LIMIT, ConsistentRead: true }));
  const uploads = (page.Items ?? []).map((item) => ({
    key: item.key?.S ?? '',
    size: Number(item.size?.N ?? 0),
    etag: item.etag?.S ?? '',
    eventTime: item.eventTime?.S ?? '',
  }));
  uploads.sort((a, b) => b.eventTime.localeCompare(a.eventTime) || a.key.localeCompare(b.key));
  const message = `${greeting} from ${branch === '' ? stack : branch}`;
  return { message, stack, branch, commit, uploads, more: page.LastEvaluatedKey !== undefined };
}

/** An event of a function URL: "Request payload format", payload format 2.0, AWS Lambda developer guide. */
export interface UrlEvent {
  readonly requestContext: { readonly http: { readonly method: string } };
}

/** The answer as a function URL gives it to a browser. */
export async function respond(
  event: UrlEvent,
  find: () => Promise<Answer>,
): Promise<{ statusCode: number; headers: Record<string, string>; body: string }> {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  const { method } = event.requestContext.http;
  if (method !== 'GET' && method !== 'HEAD') {
    return { statusCode: 405, headers: { ...headers, allow: 'GET, HEAD' }, body: '{"message":"Use GET"}' };
  }
  return { statusCode: 200, headers, body: `${JSON.stringify(await find(), null, 2)}\n` };
}
