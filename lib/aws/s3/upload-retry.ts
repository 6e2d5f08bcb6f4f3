import type { Context } from '../../operation/define.ts';
import { mayPass } from '../passing-failure.ts';

/** Time and cancellation for the pauses. */
export type Pace = Pick<Context, 'clock' | 'signal'>;

/** Pauses before the second to the fifth try, in milliseconds. */
const PAUSES = [1000, 2000, 4000, 8000] as const;

/**
 * Does an upload again after a failure that may pass. The SDK does so for bytes in memory only: a stream that was read
 * cannot be read again, so `upload` must open its own each time.
 *
 * @throws the last error, after five tries or at once when trying again would not help
 */
export async function uploadWithRetries<Value>({ clock, signal }: Pace, upload: () => Promise<Value>): Promise<Value> {
  for (const pause of PAUSES) {
    try {
      return await upload();
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
    }
    await clock.sleep(pause, signal);
  }
  return await upload();
}
