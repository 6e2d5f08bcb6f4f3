import { EngineError } from '../../../../engines/engine-error.ts';
import { OperationFailed } from '../../../../lib/errors.ts';

/** Waits for an engine; what keeps it from being installed makes the operation fail. */
export async function orOperationFailed<T>(engine: Promise<T>): Promise<T> {
  try {
    return await engine;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { what, likelyCause: cause, next } = error;
    throw new OperationFailed({ what, cause, next }, { cause: error });
  }
}
