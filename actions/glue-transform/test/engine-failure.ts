import { EngineError } from '../../../engines/engine-error.ts';
import { OperationFailed } from '../../../lib/errors.ts';

/** Waits for something that is installed; what keeps it from that makes the operation fail. */
export async function orOperationFailed<T>(installing: Promise<T>): Promise<T> {
  try {
    return await installing;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { what, likelyCause: cause, next } = error;
    throw new OperationFailed({ what, cause, next }, { cause: error });
  }
}
