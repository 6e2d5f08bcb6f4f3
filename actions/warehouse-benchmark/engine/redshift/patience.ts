import { errorMessage, OperationFailed } from '../../../../lib/errors.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import type { Clock } from '../../../../lib/operation/define.ts';
import { troubleOf } from './service-error.ts';

/** Milliseconds. The limits are on what runs, so it takes a while until there is room: two minutes in all. */
const PAUSES_AT_LIMIT = [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000];
/** The SDK has made eight attempts of its own before. */
const PAUSES = [1000, 3000, 10_000];
/** Milliseconds for one call with all its attempts. Long polling takes 30 s; a connection that fell silent must not hang. */
const DEADLINE = 120_000;

/** Sessions end by themselves this many seconds after their last statement; the Data API has no way to close them. */
export const KEEP_ALIVE_SECONDS = 300;

export interface Patience {
  readonly clock: Clock;
  readonly log: Log;
  readonly workgroup: string;
}

/**
 * Makes a call that may be made again, and does so a bounded number of times: when a limit of the service is reached, when
 * the connection was lost, or when there was no answer in time. Throttled calls are repeated by the SDK.
 *
 * @throws OperationFailed when that did not help
 */
export async function patiently<Answer>(
  call: (signal: AbortSignal) => Promise<Answer>,
  { clock, log, workgroup }: Patience,
  signal: AbortSignal,
): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await beforeDeadline(call, signal);
    } catch (error) {
      signal.throwIfAborted();
      const trouble = error instanceof NoAnswer ? 'passing' : troubleOf(error);
      if (trouble !== 'limit' && trouble !== 'passing') throw error;
      const pause = (trouble === 'limit' ? PAUSES_AT_LIMIT : PAUSES)[attempt];
      if (pause === undefined) throw givenUp(trouble, error, workgroup);
      log.debug(`The Data API: ${errorMessage(error)}; again in ${pause / 1000} s`);
      await clock.sleep(pause, signal);
    }
  }
}

class NoAnswer extends Error {}

async function beforeDeadline<Answer>(
  call: (signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  const attempt = new AbortController();
  const timer = setTimeout(() => attempt.abort(new NoAnswer(`no answer within ${DEADLINE / 1000} s`)), DEADLINE);
  const follow = () => attempt.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  try {
    return await call(attempt.signal);
  } catch (error) {
    // The SDK makes an error of its own of an aborted call.
    throw attempt.signal.aborted ? attempt.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}

function givenUp(trouble: 'limit' | 'passing', error: unknown, workgroup: string): OperationFailed {
  const name = error instanceof Error ? error.name : '';
  const words = errorMessage(error);
  if (trouble === 'passing') {
    return new OperationFailed(
      {
        what: `The Redshift Data API did not answer: ${words}`,
        cause: 'the network, or a disturbance of the service',
        next: 'Run again; a benchmark goes on where it stopped',
      },
      { cause: error },
    );
  }
  const isSessions = name === 'ActiveSessionsExceededException';
  return new OperationFailed(
    {
      what: `The workgroup '${workgroup}' takes no further ${isSessions ? 'session' : 'statement'}: ${words}`,
      cause: isSessions
        ? 'sessions of runs that were broken off, or of other users (a workgroup takes 500)'
        : 'statements of other users (a workgroup takes 500 that run or wait)',
      next: isSessions
        ? `Sessions of broken runs end by themselves ${KEEP_ALIVE_SECONDS / 60} minutes after their last statement. Look with 'aws redshift-data list-sessions --workgroup-name ${workgroup}', then run again`
        : `Look with 'aws redshift-data list-statements --workgroup-name ${workgroup} --status STARTED', then run again`,
    },
    { cause: error },
  );
}
