/** An error that Redshift Serverless or the Redshift Data API answers. */
export class RedshiftError extends Error {
  override name = 'RedshiftError';
  readonly status: number;
  readonly code: string;
  /** Members of the error's shape besides the message. */
  readonly details: Readonly<Record<string, string>>;

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

// Names: API references of Redshift Serverless and of the Redshift Data API, "Errors". The sentences are our own.

export function invalid(message: string): RedshiftError {
  return new RedshiftError('ValidationException', message);
}

export function conflict(message: string): RedshiftError {
  return new RedshiftError('ConflictException', message);
}

export function notFound(message: string, details: Readonly<Record<string, string>> = {}): RedshiftError {
  return new RedshiftError('ResourceNotFoundException', message, 400, details);
}

export function notImplemented(what: string): RedshiftError {
  const next = 'Use another endpoint for it (AWS_ENDPOINT_URL_<SERVICE>), or an AWS account; see docs/local-aws.md.';
  return new RedshiftError('NotImplemented', `The local AWS does not have ${what}. ${next}`, 501);
}
