import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { Lambda } from '@aws-sdk/client-lambda';
import { S3 } from '@aws-sdk/client-s3';
import { STS } from '@aws-sdk/client-sts';

/** Real clients of one local AWS; the environment of the test process stays as it is. */
export function clients(endpoint: string, account = '000000000000', region = 'eu-west-1') {
  const options = {
    endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  return {
    cloudformation: new CloudFormation(options),
    dynamodb: new DynamoDB(options),
    lambda: new Lambda(options),
    s3: new S3({ ...options, forcePathStyle: true }),
    sts: new STS(options),
  };
}

export type Clients = ReturnType<typeof clients>;

/** A template body from its resources and what else it has. */
export function template(resources: object, rest: object = {}): string {
  return JSON.stringify({ Resources: resources, ...rest });
}

/** Asks until a stack is in none of the passing states, and gives its status. By stack id, which outlives a deletion. */
export async function settled({ cloudformation }: Clients, stackId: string): Promise<string> {
  for (;;) {
    const { Stacks } = await cloudformation.describeStacks({ StackName: stackId });
    const status = Stacks?.[0]?.StackStatus ?? '';
    if (!status.endsWith('_IN_PROGRESS') || status === 'REVIEW_IN_PROGRESS') return status;
  }
}

/** Creates a stack, waits for its end and gives id and status. */
export async function createStack(all: Clients, name: string, body: string): Promise<{ id: string; status: string }> {
  const { StackId } = await all.cloudformation.createStack({ StackName: name, TemplateBody: body });
  return { id: StackId!, status: await settled(all, StackId!) };
}

/** Makes many small stacks, some at the same time, and gives their names. */
export async function makeStacks({ cloudformation }: Clients, count: number, prefix = 'many'): Promise<string[]> {
  const TemplateBody = template({ Topic: { Type: 'AWS::SNS::Topic' } });
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const rest = names.values();
  const worker = async () => {
    for (const StackName of rest) await cloudformation.createStack({ StackName, TemplateBody });
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return names;
}

/** The message of the error that a call must end with. */
export async function messageOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** Sends a request with a SigV4 scope but no valid signature, as a client of a service without an SDK package would. */
export function signed(endpoint: string, service: string, init: RequestInit & { account?: string } = {}) {
  const { account = '000000000000', headers, ...rest } = init;
  const scope = `${account}/20261122/eu-west-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  return fetch(endpoint, { ...rest, headers: { ...headers, authorization } });
}
