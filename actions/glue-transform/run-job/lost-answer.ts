import type { Glue } from '@aws-sdk/client-glue';
import { HeadgateError } from '../../../lib/errors.ts';

/**
 * Whether a call was carried out is not known. The failure is no `cause`: the SDK looks into causes and would repeat the
 * call.
 */
export class AnswerLost extends Error {
  readonly failure: unknown;

  constructor(failure: unknown) {
    super('the answer was lost');
    this.failure = failure;
  }
}

/** The connection was not made. */
const UNSENT: readonly string[] = ['EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'];
/** Answers with status 400 that do not say that nothing was done. */
const UNSURE: readonly string[] = ['OperationTimeoutException', 'RequestTimeout', 'RequestTimeoutException'];

/**
 * Whether a call that failed like this may have been carried out all the same. A refusal with a status from 400 to 499 says
 * that it was not; so does a connection that was never made. Of everything else it is not known. Pure.
 */
export function mayBeCarriedOut(error: unknown): boolean {
  if (error instanceof HeadgateError) return false;
  if (!(error instanceof Error)) return true;
  const { code, $metadata: metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  if (typeof code === 'string' && UNSENT.includes(code)) return false;
  const status = metadata?.httpStatusCode ?? 0;
  return status < 400 || status > 499 || UNSURE.includes(error.name);
}

/**
 * Keeps the SDK from repeating StartJobRun when its answer was lost: the call has no client token, so that a second one
 * would start a second run. Throttled calls and connections that were not made are still repeated.
 */
export function startOnlyOnce(glue: Glue): void {
  glue.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          throw commandName === 'StartJobRunCommand' && mayBeCarriedOut(error) ? new AnswerLost(error) : error;
        }
      },
    // Nearer to the connection than the SDK's retries, which have the priority 'high'.
    { step: 'finalizeRequest', priority: 'low', name: 'headgateStartOnlyOnce', override: true },
  );
}
