import { explainStackFailure } from '../../lib/aws/cloudformation/explain-failure.ts';
import { exportInUse } from '../../lib/aws/cloudformation/exports.ts';
import { Cancelled, errorMessage, HeadgateError, OperationFailed, Refused } from '../../lib/errors.ts';
import type { DestroyContext } from './destroy.ts';

/**
 * What a failed destruction is to be reported as: with the stacks that import an export, where one holds it, and with the
 * inputs that leave behind what cannot be deleted. Any other error stays as it is.
 */
export async function explainHeld(context: DestroyContext, stackName: string, error: unknown): Promise<unknown> {
  if (context.signal.aborted || error instanceof Cancelled || error instanceof Refused) return error;
  const data = error instanceof HeadgateError ? error.explanation.data : undefined;
  const held = Array.isArray(data?.held) ? data.held : undefined;
  if (held === undefined && exportInUse(errorMessage(error)) === undefined) return error;

  const { explanation } = await explainStackFailure(context, stackName, error);
  const isExport = exportInUse(`${errorMessage(error)}\n${explanation.what}`) !== undefined;
  const canBeLeft = !isExport && held !== undefined && held.length > 0 && !context.inputs.force;
  return new OperationFailed(
    canBeLeft
      ? {
          ...explanation,
          next: `${explanation.next}. Or name it in 'retain', or give 'force: true', to leave it behind`,
        }
      : explanation,
    { cause: error },
  );
}
