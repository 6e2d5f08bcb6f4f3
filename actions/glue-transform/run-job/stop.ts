import type { Glue } from '@aws-sdk/client-glue';
import { inTime } from './call.ts';

/**
 * Asks Glue to stop a run, which it then does by itself in a minute or so.
 *
 * @returns why it does not; undefined when it does
 */
export async function stopRun(glue: Glue, job: string, id: string, signal?: AbortSignal): Promise<string | undefined> {
  const { Errors: [refusal] = [] } = await inTime(
    (options) => glue.batchStopJobRun({ JobName: job, JobRunIds: [id] }, options),
    signal,
  );
  if (refusal === undefined) return undefined;
  const { ErrorCode: code, ErrorMessage: message } = refusal.ErrorDetail ?? {};
  return [code, message].filter((part) => part !== undefined && part !== '').join(': ') || 'no reason was given';
}
