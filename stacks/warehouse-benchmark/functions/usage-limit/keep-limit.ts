import type { RedshiftServerless, UsageLimit } from '@aws-sdk/client-redshift-serverless';

/** What is used of the request of a custom resource: "Custom resource request objects", CloudFormation user guide. */
export interface LimitEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** The id of the limit; not in a request to create one. */
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: LimitProperties;
}

/** CloudFormation hands numbers over as texts. */
export interface LimitProperties {
  readonly WorkgroupArn: string;
  /** RPU-hours. */
  readonly Amount: string;
  readonly Period: 'daily' | 'weekly' | 'monthly';
  readonly BreachAction: 'log' | 'emit-metric' | 'deactivate';
}

export type LimitAnswer =
  | { readonly Status: 'SUCCESS'; readonly PhysicalResourceId: string }
  | { readonly Status: 'FAILED'; readonly PhysicalResourceId: string; readonly Reason: string };

/** Stands for a limit that was never made. */
const NONE = 'no-limit';
const USAGE_TYPE = 'serverless-compute';

type Client = Pick<
  RedshiftServerless,
  'createUsageLimit' | 'updateUsageLimit' | 'deleteUsageLimit' | 'listUsageLimits'
>;

/** Carries a request out. CloudFormation may send one twice: a limit of the same period is taken over, a missing one is deleted. */
export async function keepLimit(event: LimitEvent, client: Client): Promise<LimitAnswer> {
  const { RequestType, PhysicalResourceId: known = NONE, ResourceProperties: wanted } = event;
  try {
    const id = RequestType === 'Delete' ? await removeLimit(known, client) : await putLimit(wanted, client);
    return { Status: 'SUCCESS', PhysicalResourceId: id };
  } catch (error) {
    const Reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { Status: 'FAILED', PhysicalResourceId: known, Reason };
  }
}

/** Another period is another limit: CloudFormation deletes the one of before, because the id is a new one. */
async function putLimit(
  { WorkgroupArn, Amount, Period, BreachAction }: LimitProperties,
  client: Client,
): Promise<string> {
  const there = await findLimit(WorkgroupArn, Period, client);
  const values = { amount: Number(Amount), breachAction: BreachAction };
  const { usageLimit } =
    there?.usageLimitId === undefined
      ? await client.createUsageLimit({ resourceArn: WorkgroupArn, usageType: USAGE_TYPE, period: Period, ...values })
      : await client.updateUsageLimit({ usageLimitId: there.usageLimitId, ...values });
  if (usageLimit?.usageLimitId === undefined) throw new Error('the service answered without the id of the limit');
  return usageLimit.usageLimitId;
}

async function removeLimit(id: string, client: Client): Promise<string> {
  if (id === NONE) return id;
  try {
    await client.deleteUsageLimit({ usageLimitId: id });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
  }
  return id;
}

async function findLimit(resourceArn: string, period: string, client: Client): Promise<UsageLimit | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await client.listUsageLimits({ resourceArn, usageType: USAGE_TYPE, nextToken });
    const found = page.usageLimits?.find((limit) => limit.period === period);
    if (found !== undefined) return found;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}
