import { randomBytes } from 'node:crypto';
import { CloudFormation, type CreateChangeSetInput } from '@aws-sdk/client-cloudformation';
import { S3 } from '@aws-sdk/client-s3';
import { type Connection, connectAws } from '../../lib/aws/clients.ts';
import type { StackContext } from '../../lib/aws/cloudformation/stack.ts';
import type { Call } from '../../local-aws/calls.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { quickClock } from './test-clock.ts';

/** A local AWS with what the functions of `lib/aws` take, and clients to look at it from outside. */
export interface TestAws {
  readonly local: LocalAws;
  readonly context: StackContext & { readonly lines: string[] };
  readonly cloudFormation: CloudFormation;
  readonly s3: S3;
  /** `service operation` of the calls that were made while `work` ran; those of the outside clients left out. */
  during<T>(work: () => Promise<T>): Promise<{ result: T; operations: string[] }>;
  stop(): Promise<void>;
}

const OUTSIDE = 'look-from-outside';

/**
 * Starts a local AWS and points the environment of this test file at it; jest gives each file an environment of its own.
 */
export async function startTestAws(): Promise<TestAws> {
  const local = await startLocalAws();
  Object.assign(process.env, local.environment);
  const settings = {
    endpoint: local.endpoint,
    region: local.environment.AWS_REGION,
    credentials: { accessKeyId: local.environment.AWS_ACCESS_KEY_ID, secretAccessKey: 'local' },
    customUserAgent: OUTSIDE,
  };
  const cloudFormation = new CloudFormation(settings);
  const s3 = new S3({ ...settings, forcePathStyle: true });
  return {
    local,
    context: stackContext(),
    cloudFormation,
    s3,
    during: async (work) => {
      const before = local.calls().at(-1)?.n ?? 0;
      const result = await work();
      const calls = local.calls(before).filter(({ userAgent }: Call) => !userAgent.includes(OUTSIDE));
      return { result, operations: calls.map(({ service, operation }) => `${service} ${operation}`) };
    },
    stop: async () => {
      cloudFormation.destroy();
      s3.destroy();
      await local.stop();
    },
  };
}

/** What stack functions take: connected as the environment says, real time with short pauses, and a log that keeps its lines. */
export function stackContext(
  more: Partial<StackContext> = {},
  connection: Partial<Connection> = {},
): StackContext & { readonly lines: string[] } {
  const lines: string[] = [];
  const say = (message: string) => void lines.push(message);
  return {
    aws: connectAws({
      region: undefined,
      roleToAssume: undefined,
      allowedAccountIds: [],
      identityToken: async () => undefined,
      userAgent: { version: '1.2.3', operation: 'sample deploy' },
      ...connection,
    }),
    clock: quickClock,
    log: { debug: say, info: say, warning: say, error: say, group: async (_, work) => await work() },
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    signal: new AbortController().signal,
    lines,
    ...more,
  };
}

/** A template as JSON. */
export function templateOf(resources: object, rest: object = {}): string {
  return JSON.stringify({ Resources: resources, ...rest });
}

/** Makes or updates a stack as somebody else would, and answers with its id as soon as the operation has begun. */
export async function begin(
  { cloudFormation }: TestAws,
  name: string,
  body: string,
  more: Partial<CreateChangeSetInput> = {},
): Promise<string> {
  const { Id, StackId } = await cloudFormation.createChangeSet({
    StackName: name,
    ChangeSetName: `by-hand-${randomBytes(4).toString('hex')}`,
    ChangeSetType: 'CREATE',
    TemplateBody: body,
    ...more,
  });
  await cloudFormation.executeChangeSet({ ChangeSetName: Id });
  return StackId!;
}

/** The status of a stack; undefined when there is none. */
export async function statusOf({ cloudFormation }: TestAws, name: string): Promise<string | undefined> {
  const { Stacks: stacks = [] } = await cloudFormation.describeStacks({});
  return stacks.find(({ StackName }) => StackName === name)?.StackStatus;
}

/** Makes or updates a stack as somebody else would, and waits for the end. */
export async function make(
  aws: TestAws,
  name: string,
  body: string,
  more: Partial<CreateChangeSetInput> = {},
): Promise<string> {
  const id = await begin(aws, name, body, more);
  for (;;) {
    const { Stacks: [stack] = [] } = await aws.cloudFormation.describeStacks({ StackName: id });
    if (stack?.StackStatus?.endsWith('_IN_PROGRESS') === false) return id;
  }
}
