import type { ConnectionFailed, HttpAnswer } from './transport.ts';

/** How often one request is sent at most. */
export const ATTEMPTS = 5;

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** A registry that asks for more patience than this is not waited for: the job would only burn its time. */
const LONGEST_RETRY_AFTER = 120_000;

/** 501 is left out: what a server has not implemented it will not have a second later. */
const PASSING_STATUS: readonly number[] = [408, 429, 500, 502, 503, 504];

/** A connection that was not made or that ended, by libuv's and Node's codes. A name that does not exist is not among them. */
const PASSING_CODES: readonly string[] = [
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
];

export function mayPassStatus(status: number): boolean {
  return PASSING_STATUS.includes(status);
}

/** Whether a connection that failed like this may work when it is made again. */
export function mayPassError({ cause }: ConnectionFailed): boolean {
  return PASSING_CODES.includes(connectionCode(cause));
}

/**
 * The code of an error of sockets, TLS or proxies; empty where it has none. A name with several addresses fails with a
 * list of errors, of which the first tells.
 */
export function connectionCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errors' in error && Array.isArray(error.errors) ? connectionCode(error.errors[0]) : '';
}

/**
 * How long to wait before sending again: what the server asks for, otherwise exponentially more, with a random part so
 * that the legs of a matrix do not come back together.
 *
 * @param failures how many times it has failed so far
 * @returns milliseconds; undefined when it shall not be sent again
 */
export function pauseAfter(
  failures: number,
  now: Date,
  answer?: Pick<HttpAnswer, 'headers'>,
  random: () => number = Math.random,
): number | undefined {
  if (failures >= ATTEMPTS) return undefined;
  const asked = retryAfter(answer?.headers['retry-after'], now);
  if (asked !== undefined) return asked > LONGEST_RETRY_AFTER ? undefined : asked;
  const longest = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE);
  return Math.round(longest * (0.5 + random() / 2));
}

/**
 * Milliseconds that a Retry-After header asks for: seconds or a date (RFC 9110, section 10.2.3).
 *
 * @returns undefined when there is none, or one of another form
 */
export function retryAfter(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
