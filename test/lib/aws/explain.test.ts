import { expect, test } from '@jest/globals';
import { explainAwsError } from '../../../lib/aws/explain.ts';

/** An error as the SDK throws it. */
function awsError(name: string, message: string, requestId: string | undefined = 'id-1'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400, requestId } });
}

test.each<[string, string, string]>([
  ['AccessDenied', 'the role lacks a permission', 'minimal policy in the README'],
  ['AccessDeniedException', 'the role lacks a permission', 'minimal policy in the README'],
  ['UnauthorizedOperation', 'the role lacks a permission', 'minimal policy in the README'],
  ['ExpiredToken', 'the session of the credentials has ended', 'Get new credentials'],
  ['ExpiredTokenException', 'the session of the credentials has ended', 'Get new credentials'],
  ['RequestExpired', 'the session of the credentials has ended', 'Get new credentials'],
  ['InvalidClientTokenId', 'the credentials are not valid in this partition', 'Check which credentials'],
  ['SignatureDoesNotMatch', 'the clock of this machine is off', 'Check which credentials'],
  ['RequestTimeTooSkewed', 'the clock of this machine is off', 'Check which credentials'],
  ['UnrecognizedClientException', 'the credentials are not valid', 'Check which credentials'],
  ['Throttling', 'more calls than the service allows', 'Run again later'],
  ['ThrottlingException', 'more calls than the service allows', 'Run again later'],
  ['TooManyRequestsException', 'more calls than the service allows', 'Run again later'],
  ['ValidationError', 'AWS refused the call', 'running again is safe'],
])('%s', (name, cause, next) => {
  const explanation = explainAwsError(awsError(name, 'The words of the service'));
  expect(explanation.what).toBe(`${name}: The words of the service (request id id-1)`);
  expect(explanation.cause).toContain(cause);
  expect(explanation.next).toContain(next);
});

test.each(['CredentialsProviderError', 'TokenProviderError'])('%s, before any call', (name) => {
  const error = Object.assign(new Error('Could not load credentials from any providers'), { name });
  expect(explainAwsError(error)).toMatchObject({
    what: 'Could not load credentials from any providers',
    cause: 'the job has no AWS credentials',
    next: expect.stringContaining("Give 'role-to-assume'"),
  });
});

test.each(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH'])('%s', (code) => {
  // The SDK adds metadata to errors of the connection, too.
  const error = Object.assign(new Error(`connect ${code}`), { code, $metadata: { attempts: 3 } });
  expect(explainAwsError(error)).toEqual({
    what: `connect ${code}`,
    cause: 'the service could not be reached from this machine',
    next: 'Check the Region, the network and AWS_ENDPOINT_URL, then run again',
  });
});

test.each([
  ['ERR_PROXY_TUNNEL', 'the proxy that HTTPS_PROXY names refused', 'NO_PROXY'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'an authority that Node does not know', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'an authority that Node does not know', 'NODE_EXTRA_CA_CERTS'],
])('%s, of a proxy', (code, cause, next) => {
  const error = Object.assign(new Error('no tunnel'), { code, $metadata: { attempts: 1 } });
  const explanation = explainAwsError(error);
  expect([explanation.what, explanation.cause, explanation.next]).toEqual([
    'no tunnel',
    expect.stringContaining(cause),
    expect.stringContaining(next),
  ]);
});

test('an error without a request id shows none', () => {
  expect(explainAwsError(awsError('ValidationError', 'No id', '')).what).not.toContain('undefined');
});

test.each([new TypeError('x is undefined'), 'a text', undefined, null, { code: 7 }])(
  '%p is a defect of ours',
  (thrown) => {
    expect(explainAwsError(thrown)).toMatchObject({
      cause: 'a defect in Headgate: this failure was not foreseen',
      next: 'Report it with the debug log; running again is safe',
    });
  },
);
