import type { Json } from '../../../lib/hosts/host.ts';
import type { Context } from '../../../lib/operation/define.ts';
import { forgetCapacity, notedCapacity } from './capacity-note.ts';
import { deleteWorkgroup } from './ownership.ts';
import { describeWorkgroup, restoreWorkgroup } from './workgroup.ts';

/** What becomes of a workgroup after the job. */
export interface UseOfWorkgroup {
  readonly workgroup: string;
  readonly whenDone: 'keep' | 'restore' | 'delete';
}

/** The longest that giving a workgroup back may take, in milliseconds: a host ends its jobs at some time. */
const LONGEST = 30 * 60_000;

/** What a run has saved for its cleanup. @throws Error for anything else, which is a defect of ours */
export function endUseState(state: Json): UseOfWorkgroup {
  const { workgroup, whenDone } = state as Partial<Record<string, Json>>;
  if (typeof workgroup === 'string' && (whenDone === 'keep' || whenDone === 'restore' || whenDone === 'delete')) {
    return { workgroup, whenDone };
  }
  throw new Error(`The saved state ${JSON.stringify(state)} is not that of a run`);
}

/**
 * Gives a workgroup the capacity back that was noted when it was resized, or deletes it. Redshift Serverless has no pause:
 * an idle workgroup costs nothing.
 *
 * @throws Refused for a workgroup that is not ours to delete; OperationFailed when it does not end in time
 */
export async function endUse(
  { workgroup, whenDone }: UseOfWorkgroup,
  context: Pick<Context, 'log' | 'aws' | 'signal' | 'clock'>,
): Promise<void> {
  const { aws, log, signal } = context;
  if (whenDone === 'keep') return;
  if (whenDone === 'delete') {
    if ((await deleteWorkgroup(context, workgroup, LONGEST)) === 'deleted')
      log.info(`The workgroup ${workgroup} is deleted.`);
    return;
  }
  const found = await describeWorkgroup(aws, workgroup, signal);
  if (found === undefined) return;
  const noted = await notedCapacity(context, found);
  if (noted === undefined) return;
  if ((await restoreWorkgroup(context, workgroup, noted, LONGEST)) === 'restored') {
    log.info(`The workgroup ${workgroup} has its ${noted} RPUs again.`);
  }
  await forgetCapacity(context, found);
}
