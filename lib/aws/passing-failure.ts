/** 501 is left out: what a server has not implemented it will not have a second later. */
const PASSING_STATUS: readonly number[] = [429, 500, 502, 503, 504];

/** Source: "List of error codes", Amazon S3 API Reference, and "service-error-classification", smithy-typescript. */
const PASSING_NAMES: readonly string[] = [
  'BandwidthLimitExceeded',
  'InternalError',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
];

/** A connection that ended or was not made, by libuv's codes. Errors of a file (EIO, ENOENT) are not among them. */
const PASSING_CODES: readonly string[] = [
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
];

/** All that is left of an error which was made in another realm. Source: "asSdkError", smithy-typescript. */
const WRAPPED = new RegExp(`^AWS SDK error wrapper for .*\\b(${PASSING_CODES.join('|')})\\b`);

/** Whether a call that failed like this may succeed when it is made again. What is not recognised is not. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $metadata: metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  return (
    PASSING_NAMES.includes(error.name) ||
    PASSING_STATUS.includes(metadata?.httpStatusCode ?? 0) ||
    (typeof code === 'string' && PASSING_CODES.includes(code)) ||
    WRAPPED.test(error.message)
  );
}
