import { EngineError } from '../engines/engine-error.ts';

/** Something that keeps the local AWS from working. The message says what happened, the likely cause and the next step. */
export class LocalAwsError extends Error {
  override name = 'LocalAwsError';
}

/** A setting for the local AWS that is wrong; the message says where and what is allowed. */
export class BadRequest extends LocalAwsError {
  override name = 'BadRequest';
}

/** Waits for an engine; what keeps it from being installed keeps the local AWS from working. */
export async function orLocalAwsError<T>(engine: Promise<T>): Promise<T> {
  try {
    return await engine;
  } catch (error) {
    throw error instanceof EngineError ? new LocalAwsError(error.message, { cause: error }) : error;
  }
}
