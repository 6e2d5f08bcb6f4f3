import { explainHeld } from '../../../lib/aws/cloudformation/explain-held.ts';
import { exportInUse } from '../../../lib/aws/cloudformation/exports.ts';
import { Cancelled, errorMessage, HeadgateError, OperationFailed, Refused } from '../../../lib/errors.ts';
import type { DestroyContext } from '../destroy.ts';

/** What a failed destruction is to be reported as: one that something holds with all that holds it, any other as it is. */
export async function destroyFailure(context: DestroyContext, stackName: string, error: unknown): Promise<unknown> {
  if (context.signal.aborted || error instanceof Cancelled || error instanceof Refused) return error;
  const data = error instanceof HeadgateError ? error.explanation.data : undefined;
  if (!Array.isArray(data?.held) && exportInUse(errorMessage(error)) === undefined) return error;
  const { explanation } = await explainHeld(context, stackName, error, context.inputs);
  return new OperationFailed(explanation, { cause: error });
}
