import { type Explanation, errorMessage } from '../errors.ts';

/**
 * Says what a failed AWS call means to the user: the service's own words with the request id, the likely cause and the
 * next step. An error that is not AWS's is a defect of ours and says so.
 */
export function explainAwsError(error: unknown): Explanation {
  const what = errorMessage(error);
  const name = error instanceof Error ? error.name : '';
  for (const { names, cause, next } of KNOWN) {
    if (names.test(name)) return { what, cause, next };
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH)$/.test(code)) {
    return {
      what,
      cause: 'the service could not be reached from this machine',
      next: 'Check the Region, the network and AWS_ENDPOINT_URL, then run again',
    };
  }
  const connection = CONNECTION.find(({ codes }) => codes.test(code));
  if (connection !== undefined) return { what, cause: connection.cause, next: connection.next };
  if (typeof error === 'object' && error !== null && '$metadata' in error) {
    return { what, cause: 'AWS refused the call', next: 'See the message; running again is safe' };
  }
  return {
    what,
    cause: 'a defect in Headgate: this failure was not foreseen',
    next: 'Report it with the debug log; running again is safe',
  };
}

/** Codes of Node.js and OpenSSL ("X509_V_ERR_…" without the prefix). */
const CONNECTION: readonly { codes: RegExp; cause: string; next: string }[] = [
  {
    codes: /^ERR_PROXY_/,
    cause: 'the proxy that HTTPS_PROXY names refused the connection, for example for want of a user and password',
    next: "Check the proxy's address and login, and NO_PROXY; 'headgate doctor run' shows how they are understood",
  },
  {
    codes:
      /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    cause: 'the certificate is of an authority that Node does not know, as with a proxy that looks into TLS',
    next: "Give the authority's certificate as a PEM file in NODE_EXTRA_CA_CERTS",
  },
];

const KNOWN: readonly { names: RegExp; cause: string; next: string }[] = [
  {
    names: /^(CredentialsProviderError|TokenProviderError)$/,
    cause: 'the job has no AWS credentials',
    next: "Give 'role-to-assume', or configure credentials before this step; at the terminal set AWS_PROFILE or sign in",
  },
  {
    names: /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/,
    cause: 'the session of the credentials has ended (chained roles last an hour)',
    next: 'Get new credentials and run again; the operation goes on from what it finds',
  },
  {
    names: /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|Forbidden|403)$/,
    cause: 'the role lacks a permission, or a policy of the organisation denies it',
    next: 'Compare the role with the minimal policy in the README of the scenario',
  },
  {
    names:
      /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidAccessKeyId|RequestTimeTooSkewed)$/,
    cause: 'the credentials are not valid in this partition, or the clock of this machine is off',
    next: 'Check which credentials the job uses, and the clock',
  },
  {
    names: /^(Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded)$/,
    cause: 'the account makes more calls than the service allows; the retries did not suffice',
    next: 'Run again later, or run fewer jobs at once',
  },
];
