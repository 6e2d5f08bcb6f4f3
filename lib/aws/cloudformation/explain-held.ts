import { errorMessage, HeadgateError } from '../../errors.ts';
import { explainStackFailure, type StackFailure } from './explain-failure.ts';
import { exportInUse } from './exports.ts';
import type { StackContext } from './stack.ts';

/**
 * Why a destruction failed, as `explainStackFailure` says it; where resources hold the stack, with the inputs that leave
 * them behind. Never throws.
 *
 * @param force whether everything that can be left behind is left behind already
 */
export async function explainHeld(
  context: StackContext,
  stackName: string,
  error: unknown,
  { force }: { readonly force: boolean },
): Promise<StackFailure> {
  const failure = await explainStackFailure(context, stackName, error);
  const { explanation } = failure;
  const held = error instanceof HeadgateError ? error.explanation.data?.held : undefined;
  const isExport = exportInUse(`${errorMessage(error)}\n${explanation.what}`) !== undefined;
  if (force || isExport || !Array.isArray(held) || held.length === 0) return failure;
  return {
    ...failure,
    explanation: {
      ...explanation,
      next: `${explanation.next}. Or name it in 'retain', or give 'force: true', to leave it behind`,
    },
  };
}
