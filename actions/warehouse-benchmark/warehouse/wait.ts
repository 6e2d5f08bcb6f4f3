import { mayPass } from '../../../lib/aws/passing-failure.ts';
import { errorMessage, HeadgateError, OperationFailed } from '../../../lib/errors.ts';
import { describeWorkgroup, type WorkgroupContext, type WorkgroupFacts } from './workgroup.ts';

/** First pause between two looks, and the longest, in milliseconds. A resize takes minutes. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10_000;
const GROWTH = 1.5;

export interface WorkgroupWait {
  readonly until: 'available' | 'gone';
  /** Milliseconds from now; one look is made in any case. */
  readonly timeout: number;
}

/**
 * Waits until what is being done with a workgroup has ended, whoever began it. A look that fails for a reason that may pass
 * is repeated until the time is over: what runs in AWS goes on without us.
 *
 * @returns the workgroup; undefined when there is none
 * @throws OperationFailed when it has not ended in time, or the workgroup is being deleted while it should be available
 */
export async function waitForWorkgroup(
  context: WorkgroupContext,
  name: string,
  { until, timeout }: WorkgroupWait,
): Promise<WorkgroupFacts | undefined> {
  const { aws, clock, log, signal } = context;
  const started = clock.now().getTime();
  let status = 'not known';
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
    try {
      const found = await describeWorkgroup(aws, name, signal);
      if (found === undefined) return undefined;
      if (until === 'available' && found.status === 'AVAILABLE') return found;
      if (until === 'available' && found.status === 'DELETING') throw beingDeleted(name);
      if (found.status !== status) log.info(`The workgroup ${name} is ${found.status}.`);
      status = found.status;
    } catch (error) {
      if (signal.aborted || !mayPassNow(error)) throw error;
      log.warning(`The workgroup ${name} could not be asked for: ${errorMessage(error)}. Asking again.`);
    }
    if (clock.now().getTime() - started >= timeout) throw timedOut(name, status, { until, timeout });
    await clock.sleep(pause, signal);
  }
}

/** An error of the service that was explained already keeps the one of the client as its cause. */
function mayPassNow(error: unknown): boolean {
  return mayPass(error instanceof HeadgateError ? error.cause : error);
}

/** Says that a workgroup cannot be used, because it goes away. */
export function beingDeleted(name: string): OperationFailed {
  return new OperationFailed({
    what: `The workgroup '${name}' is being deleted`,
    cause: 'somebody deletes it, or the stack that it belongs to',
    next: "Run again when it is gone, or choose another 'workgroup'",
    data: { workgroup: name },
  });
}

function timedOut(name: string, status: string, { until, timeout }: WorkgroupWait): OperationFailed {
  return new OperationFailed({
    what: `The workgroup '${name}' is not ${until} after ${Math.round(timeout / 1000)} s; its status is ${status}`,
    cause: 'a change of a workgroup takes minutes, and longer when the Region is short of capacity',
    next: 'Run again: it goes on from what it finds, and what AWS has begun goes on by itself. A longer time-out may help',
    data: { workgroup: name, status },
  });
}
