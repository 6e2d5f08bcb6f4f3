import type { AwsError } from './aws-error.ts';
import { type Protocol, type ProtocolSigns, protocolOf } from './protocol.ts';

const SLOW_DOWN: AwsError = { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };

/** Services that word throttling in their own way. Source: the API reference of each, "Errors". */
const THROTTLED: Record<string, AwsError> = {
  s3: SLOW_DOWN,
  s3express: SLOW_DOWN,
  ec2: { status: 503, code: 'RequestLimitExceeded', message: 'Request limit exceeded.' },
  lambda: { status: 429, code: 'TooManyRequestsException', message: 'Rate Exceeded.' },
  apigateway: { status: 429, code: 'TooManyRequestsException', message: 'Too Many Requests' },
};

/** The others, by protocol. Source: "Common Errors" of the API references. */
const THROTTLED_BY_PROTOCOL: Record<Protocol, AwsError> = {
  s3: SLOW_DOWN,
  ec2: { status: 503, code: 'RequestLimitExceeded', message: 'Request limit exceeded.' },
  query: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
  'rest-xml': { status: 400, code: 'Throttling', message: 'Rate exceeded' },
  'json-rpc': { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
  'cbor-rpc': { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
  // Source: ECR user guide, "Troubleshooting errors with Docker commands".
  'oci-registry': { status: 429, code: 'TOOMANYREQUESTS', message: 'Rate exceeded' },
  'rest-json': { status: 429, code: 'ThrottlingException', message: 'Rate exceeded' },
};

/** The code of a 500, where it is not `InternalFailure`. Same source. */
const INTERNAL: Record<string, string> = {
  s3: 'InternalError',
  s3express: 'InternalError',
  ec2: 'InternalError',
  dynamodb: 'InternalServerError',
  lambda: 'ServiceException',
};

/** How services say that something else is being done with the same thing. Source: "Errors" of their API references. */
const CONFLICT: Record<string, AwsError> = {
  s3: {
    status: 409,
    code: 'OperationAborted',
    message: 'A conflicting conditional operation is currently in progress against this resource. Try again.',
  },
  iam: {
    status: 409,
    code: 'ConcurrentModification',
    message: 'The request was rejected because multiple requests to change this object were submitted simultaneously.',
  },
  lambda: { status: 409, code: 'ResourceConflictException', message: 'The operation conflicts with another one.' },
};

/** How a service says that the call conflicts with another one: `ConflictException`, where it has no word of its own. */
export function conflicting({ service }: ProtocolSigns): AwsError {
  const message = 'The operation did not succeed because prerequisites are not met.';
  return CONFLICT[service] ?? { status: 409, code: 'ConflictException', message };
}

/** How a service says that there were too many calls. */
export function throttled(request: ProtocolSigns): AwsError {
  return THROTTLED[request.service] ?? THROTTLED_BY_PROTOCOL[protocolOf(request)];
}

/** How a service says that it has failed (500) or has no capacity (503). */
export function serverError(request: ProtocolSigns, status: 500 | 503): AwsError {
  if (protocolOf(request) === 'oci-registry') return { status, code: 'UNKNOWN', message: 'unknown error' };
  const { service } = request;
  if (status === 503) {
    const message = 'The request has failed due to a temporary failure of the server.';
    return { status, code: 'ServiceUnavailable', message };
  }
  const message = 'The request processing has failed because of an unknown error, exception or failure.';
  return { status, code: INTERNAL[service] ?? 'InternalFailure', message };
}
