import type { Aws } from '../../lib/aws/clients.ts';
import { BOOTSTRAP_STACK, checkBootstrap } from '../../lib/aws/cloudformation/bootstrap.ts';
import { isMissingStack, type StackState, toStackState } from '../../lib/aws/cloudformation/stack.ts';
import { STATUS_RULES } from '../../lib/aws/cloudformation/status.ts';
import { assetsBucketName } from '../../lib/aws/s3/asset-store.ts';
import { Refused } from '../../lib/errors.ts';
import type { Finding } from '../../lib/hosts/host.ts';
import { failure, ok, problem, warning } from './finding.ts';

const STACKS = 'CloudFormation';
const BUCKET = 'Bucket for code';
const BOOTSTRAP = "Run 'headgate stack bootstrap' once, or give 'bootstrap: true' to a deployment";

/** Whether stacks may be read, and whether the account and Region were prepared. */
export async function accountFindings(aws: Aws, account: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const bucket = assetsBucketName(account, aws.region);
  const [stack, found] = await Promise.all([
    settle(() => bootstrapStack(aws, signal)),
    settle(() => bucketState(aws, bucket, account, signal)),
  ]);
  const stacks = 'error' in stack ? failure(STACKS, 'problem', stack.error) : ok(STACKS, 'stacks may be read');
  if ('error' in found) return [stacks, failure(BUCKET, 'problem', found.error)];
  return [stacks, ...('error' in stack ? [] : stackFindings(stack.value)), bucketFinding(bucket, found.value, stack)];
}

function stackFindings(stack: StackState | undefined): readonly Finding[] {
  const check = `Stack ${BOOTSTRAP_STACK}`;
  if (stack === undefined) return [];
  try {
    checkBootstrap(stack);
  } catch (error) {
    if (error instanceof Refused) return [failure(check, 'problem', error)];
    throw error;
  }
  if (STATUS_RULES[stack.status].ended === 'well') return [ok(check, stack.status)];
  return [warning(check, stack.status, "Wait for its end, then run 'headgate stack bootstrap' again")];
}

type BucketState = 'there' | 'missing' | 'refused';
type Settled<Value> = { readonly value: Value } | { readonly error: unknown };

function bucketFinding(bucket: string, state: BucketState, stack: Settled<StackState | undefined>): Finding {
  switch (state) {
    case 'there':
      return ok(BUCKET, `${bucket} is there and belongs to the account`);
    case 'refused':
      return problem(
        BUCKET,
        `S3 denies access to ${bucket}: it belongs to another account, or the role lacks s3:ListBucket on it`,
        "Check the owner and the role; 'assets-bucket' names another bucket",
      );
    case 'missing':
      if ('value' in stack && stack.value !== undefined && STATUS_RULES[stack.value.status].ended === 'well') {
        const next = `Delete the stack ${BOOTSTRAP_STACK}, then run 'headgate stack bootstrap' again`;
        return problem(BUCKET, `${bucket} is gone, although its stack is there`, next);
      }
      return warning(
        BUCKET,
        'this account and Region were not prepared; code and large templates need a bucket',
        BOOTSTRAP,
      );
  }
}

async function bootstrapStack(aws: Aws, abortSignal: AbortSignal): Promise<StackState | undefined> {
  const cloudFormation = await aws.cloudFormation();
  try {
    const { Stacks: [stack] = [] } = await cloudFormation.describeStacks(
      { StackName: BOOTSTRAP_STACK },
      { abortSignal },
    );
    return stack === undefined ? undefined : toStackState(stack);
  } catch (error) {
    if (isMissingStack(error)) return undefined;
    throw error;
  }
}

/** The name can be guessed, so that the owner counts: S3 answers 403 for a bucket of another account. */
async function bucketState(aws: Aws, bucket: string, account: string, abortSignal: AbortSignal): Promise<BucketState> {
  const s3 = await aws.s3();
  try {
    await s3.headBucket({ Bucket: bucket, ExpectedBucketOwner: account }, { abortSignal });
    return 'there';
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return 'missing';
    if (status === 403) return 'refused';
    throw error;
  }
}

async function settle<Value>(work: () => Promise<Value>): Promise<Settled<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}
