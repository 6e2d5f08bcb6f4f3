import type { Workgroup } from '@aws-sdk/client-redshift-serverless';
import type { Aws } from '../../../lib/aws/clients.ts';
import { errorMessage, OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Context } from '../../../lib/operation/define.ts';
import { explainWorkgroupError, isConflict, isUnknown } from './service-error.ts';
import { waitForWorkgroup } from './wait.ts';

/** What the functions on workgroups take. */
export type WorkgroupContext = Pick<Context, 'aws' | 'clock' | 'log' | 'signal'>;

/** A workgroup as the service shows it. */
export interface WorkgroupFacts {
  readonly name: string;
  readonly arn: string;
  readonly namespace: string;
  /** `AVAILABLE`, or what is being done with it: `CREATING`, `MODIFYING`, `DELETING`. */
  readonly status: string;
  /** Base capacity, in Redshift Processing Units. */
  readonly rpus: number;
  /** The most that it scales to, where there is a limit. */
  readonly mostRpus: number | undefined;
  /** True when AI-driven scaling chooses the capacity, so that there is no fixed one. */
  readonly scalesByItself: boolean;
  readonly isPublic: boolean;
}

/** Milliseconds after which a call that conflicts with something under way is made again. */
const CONFLICT_PAUSE = 10_000;
/** Milliseconds between looks while the service shows the capacity of before. */
const LAG_PAUSE = 1000;

/** A workgroup as it stands now; undefined when there is none of that name. */
export async function describeWorkgroup(
  aws: Aws,
  name: string,
  signal?: AbortSignal,
): Promise<WorkgroupFacts | undefined> {
  const serverless = await aws.redshiftServerless();
  try {
    const options = signal === undefined ? {} : { abortSignal: signal };
    const { workgroup } = await serverless.getWorkgroup({ workgroupName: name }, options);
    if (workgroup === undefined) throw new Error('GetWorkgroup answered without a workgroup');
    return factsOf(workgroup);
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw explainWorkgroupError(error, `The workgroup '${name}' could not be read`);
  }
}

export interface NewWorkgroup {
  readonly name: string;
  readonly namespace: string;
  readonly rpus: number;
  /** Empty for those of the default VPC. */
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Makes a workgroup that the internet cannot reach, and waits until it is available. One of that name that somebody else has
 * made in the meantime is taken as it is.
 *
 * @param timeout milliseconds
 * @throws OperationFailed when the service does not make it, or not in time
 */
export async function createWorkgroup(
  context: WorkgroupContext,
  wanted: NewWorkgroup,
  timeout: number,
): Promise<WorkgroupFacts> {
  const { aws, log, signal } = context;
  const { name, namespace, rpus, subnetIds, securityGroupIds, tags } = wanted;
  const serverless = await aws.redshiftServerless();
  try {
    await serverless.createWorkgroup(
      {
        workgroupName: name,
        namespaceName: namespace,
        baseCapacity: rpus,
        publiclyAccessible: false,
        ...(subnetIds.length === 0 ? {} : { subnetIds: [...subnetIds] }),
        ...(securityGroupIds.length === 0 ? {} : { securityGroupIds: [...securityGroupIds] }),
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      },
      { abortSignal: signal },
    );
    log.info(`The workgroup ${name} is being made with ${rpus} RPUs.`);
  } catch (error) {
    const isThere = isConflict(error) && (await describeWorkgroup(aws, name, signal)) !== undefined;
    if (!isThere) throw explainWorkgroupError(error, `The workgroup '${name}' could not be made`);
    // The answer to the first attempt may have been lost, or somebody else was quicker; what is there is checked again.
    log.info(`The workgroup ${name} is being made already.`);
  }
  return await whenAvailable(context, name, timeout);
}

/**
 * Gives a workgroup a base capacity, and waits until it has it. One that has it is left alone. What somebody else does with it
 * is waited for first.
 *
 * @param timeout milliseconds for all of it
 * @returns the capacity that it had before
 * @throws Refused when its capacity is not ours to choose; OperationFailed when it does not change, or not in time
 */
export async function resizeWorkgroup(
  context: WorkgroupContext,
  name: string,
  rpus: number,
  timeout: number,
): Promise<{ readonly before: number; readonly after: WorkgroupFacts }> {
  const { aws, clock, log, signal } = context;
  const serverless = await aws.redshiftServerless();
  const until = clock.now().getTime() + timeout;
  const left = () => Math.max(until - clock.now().getTime(), 0);
  let before: number | undefined;
  let resizing: number;
  for (;;) {
    const found = await whenAvailable(context, name, left());
    before ??= found.rpus;
    if (found.rpus === rpus && !found.scalesByItself) return { before, after: found };
    checkResizable(found, rpus);
    resizing = found.rpus;
    try {
      await serverless.updateWorkgroup({ workgroupName: name, baseCapacity: rpus }, { abortSignal: signal });
      log.info(`The workgroup ${name} is resized from ${found.rpus} to ${rpus} RPUs.`);
      break;
    } catch (error) {
      // Somebody began something between the look and the call.
      if (!isConflict(error) || left() === 0) {
        throw explainWorkgroupError(error, `The workgroup '${name}' could not be resized to ${rpus} RPUs`);
      }
      log.info(`The workgroup ${name} is busy: ${errorMessage(error)}. Trying again.`);
      await clock.sleep(Math.min(CONFLICT_PAUSE, left()), signal);
    }
  }
  for (;;) {
    const after = await whenAvailable(context, name, left());
    if (after.rpus === rpus) return { before, after };
    // The service may show for a moment what was before.
    if (after.rpus !== resizing || left() === 0) throw otherCapacity(name, rpus, after.rpus);
    await clock.sleep(Math.min(LAG_PAUSE, left()), signal);
  }
}

/**
 * Gives a workgroup the base capacity back that it had, for cleanups: one that is gone is no error.
 *
 * There is no pause to end or begin in Redshift Serverless: an idle workgroup costs nothing, whatever its capacity.
 *
 * @param timeout milliseconds
 */
export async function restoreWorkgroup(
  context: WorkgroupContext,
  name: string,
  rpus: number,
  timeout: number,
): Promise<'restored' | 'same' | 'gone'> {
  const found = await describeWorkgroup(context.aws, name, context.signal);
  if (found === undefined) return 'gone';
  const { before } = await resizeWorkgroup(context, name, rpus, timeout);
  return before === rpus ? 'same' : 'restored';
}

/** @throws Refused when the base capacity cannot be chosen without changing something else that is the owner's */
export function checkResizable({ name, mostRpus, scalesByItself }: WorkgroupFacts, rpus: number): void {
  if (scalesByItself) {
    throw new Refused({
      what: `The workgroup '${name}' chooses its capacity by itself (a price-performance target), so that it has no capacity to measure at`,
      cause: 'AI-driven scaling is switched on',
      next: 'Switch it off for this workgroup, or measure on another one; nothing was changed',
    });
  }
  if (mostRpus !== undefined && mostRpus < rpus) {
    throw new Refused({
      what: `The workgroup '${name}' has a maximum capacity of ${mostRpus} RPUs, which is less than ${rpus}`,
      cause: 'its owner limits what it may cost',
      next: `Raise the maximum (in its stack, where it has one), or give 'rpus' of at most ${mostRpus}; nothing was changed`,
    });
  }
}

function otherCapacity(name: string, wanted: number, found: number): OperationFailed {
  return new OperationFailed({
    what: `The workgroup '${name}' was resized to ${wanted} RPUs, but has ${found}`,
    cause: 'somebody else resized it at the same time',
    next: 'Let one job at a time use the workgroup, and run again',
    data: { workgroup: name, rpus: found },
  });
}

/** Waits until a workgroup is available, whoever does something with it. */
async function whenAvailable(context: WorkgroupContext, name: string, timeout: number): Promise<WorkgroupFacts> {
  const found = await waitForWorkgroup(context, name, { until: 'available', timeout });
  if (found !== undefined) return found;
  throw new OperationFailed({
    what: `There is no workgroup '${name}' in ${context.aws.region}`,
    cause: 'it was deleted, or it is in another Region or account',
    next: "Check 'workgroup' and 'region', or make it with 'headgate warehouse-benchmark prepare'",
  });
}

function factsOf(shown: Workgroup): WorkgroupFacts {
  const { workgroupName: name, workgroupArn: arn, namespaceName: namespace, status, baseCapacity: rpus } = shown;
  const scalesByItself = shown.pricePerformanceTarget?.status === 'ENABLED';
  if (name === undefined || arn === undefined || namespace === undefined || status === undefined) {
    throw new Error('GetWorkgroup answered with a workgroup that is not whole');
  }
  if (rpus === undefined && !scalesByItself) throw new Error(`The workgroup ${name} has no base capacity`);
  return {
    name,
    arn,
    namespace,
    status,
    rpus: rpus ?? 0,
    mostRpus: shown.maxCapacity,
    scalesByItself,
    isPublic: shown.publiclyAccessible === true,
  };
}
