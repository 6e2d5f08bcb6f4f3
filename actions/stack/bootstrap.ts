import { readFile } from 'node:fs/promises';
import {
  BOOTSTRAP_STACK,
  bootstrapTemplateFile,
  checkBootstrap,
  deployBootstrap,
  describeBootstrap,
} from '../../lib/aws/cloudformation/bootstrap.ts';
import { deploymentSteps } from '../../lib/aws/cloudformation/deployment-steps.ts';
import { STACK_CHANGE_PERMISSIONS, STACK_READ_PERMISSIONS } from '../../lib/aws/cloudformation/permissions.ts';
import { assetsBucketName } from '../../lib/aws/s3/asset-store.ts';
import { OperationFailed } from '../../lib/errors.ts';
import { type Context, defineOperation, type Outcome, type Plan } from '../../lib/operation/define.ts';

const OUTPUTS = {
  'assets-bucket': 'Name of the bucket for code and large templates.',
  status: "'created', 'updated', 'unchanged' or 'planned'.",
} as const;

interface Details {
  readonly [key: string]: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly existing: string | null;
  readonly template: string;
}

/** `stack bootstrap`: prepares an account and Region, once, with a bucket for code and large templates. */
export default defineOperation({
  name: 'stack bootstrap',
  kind: 'change',
  summary: 'Prepare an account and Region once: a private, encrypted bucket for code and large templates.',
  inputs: {},
  outputs: OUTPUTS,
  usesAws: true,
  permissions: [...STACK_READ_PERMISSIONS, ...STACK_CHANGE_PERMISSIONS],
  plan: async (context: Context): Promise<Plan<Details>> => {
    const stack = await describeBootstrap(context);
    if (stack !== undefined) checkBootstrap(stack);
    const bucket = assetsBucketName(await context.aws.accountId(), context.aws.region);
    return {
      summary: `Prepare ${context.aws.region} with the bucket ${bucket}.`,
      actions: deploymentSteps(BOOTSTRAP_STACK, stack),
      notes: ['The bucket costs nothing while it is empty.'],
      details: {
        region: context.aws.region,
        bucket,
        existing: stack?.status ?? null,
        template: await readFile(bootstrapTemplateFile(), 'utf8'),
      },
    };
  },
  describe: (plan): Outcome<keyof typeof OUTPUTS> => ({
    summary: plan.summary,
    outputs: { 'assets-bucket': plan.details.bucket, status: 'planned' },
  }),
  apply: async (context: Context) => await deployBootstrap(context, context.version),
  confirm: async (context: Context, plan, applied): Promise<Outcome<keyof typeof OUTPUTS>> => {
    const stack = await describeBootstrap(context);
    const bucket = stack?.outputs.BucketName;
    const { id, status } = applied.stack;
    // One that a rollback brought back and that needed no change stands, too.
    if (stack === undefined || stack.id !== id || stack.status !== status || bucket !== plan.details.bucket) {
      throw new OperationFailed({
        what: `The stack ${BOOTSTRAP_STACK} does not stand as it should: ${stack?.status ?? 'it is gone'}, bucket ${bucket ?? 'unknown'}`,
        cause: 'something else changed it at the same time',
        next: 'Run again',
      });
    }
    return {
      summary: `${context.aws.region} is ready; the bucket is ${bucket} (${applied.outcome}).`,
      outputs: { 'assets-bucket': bucket, status: applied.outcome },
    };
  },
});
