import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { Lambda } from '@aws-sdk/client-lambda';
import { S3 } from '@aws-sdk/client-s3';
import type { LocalAws } from '../../local-aws/start.ts';

// Looks at the local AWS from outside, with the SDK's own clients and none of ours.

/** Uploads a file to the branch's bucket and waits until the branch's function has seen it. */
export async function seenUploads(
  aws: LocalAws,
  outputs: Readonly<Record<string, string>>,
  key: string,
): Promise<string> {
  const settings = clientSettings(aws);
  await new S3({ ...settings, forcePathStyle: true }).putObject({
    Bucket: outputs.BucketName,
    Key: key,
    Body: 'hello',
  });
  await until(async () => ((await new DynamoDB(settings).scan({ TableName: outputs.TableName })).Count ?? 0) > 0);
  const answer = await new Lambda(settings).invoke({ FunctionName: outputs.FunctionName });
  return answer.Payload?.transformToString() ?? '';
}

/** Asks again until the answer is yes; the test's own time-out ends it. */
async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask()));
}

export async function tagsOf(aws: LocalAws, stack: string): Promise<Record<string, string>> {
  const { Stacks: [found] = [] } = await new CloudFormation(clientSettings(aws)).describeStacks({ StackName: stack });
  return Object.fromEntries((found?.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

export async function stackNames(aws: LocalAws): Promise<string[]> {
  const { Stacks: stacks = [] } = await new CloudFormation(clientSettings(aws)).describeStacks({});
  return stacks.map(({ StackName }) => StackName ?? '');
}

export async function bucketNames(aws: LocalAws): Promise<string[]> {
  const { Buckets: buckets = [] } = await new S3({ ...clientSettings(aws), forcePathStyle: true }).listBuckets({});
  return buckets.map(({ Name }) => Name ?? '');
}

/** Settings for the SDK's own clients, to look at the local AWS from outside. */
export function clientSettings({ endpoint, environment }: LocalAws) {
  return {
    endpoint,
    region: environment.AWS_REGION,
    credentials: { accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY },
  };
}
