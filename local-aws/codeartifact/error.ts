/** What a `ConflictException` or `ResourceNotFoundException` is about. */
export type ResourceType = 'domain' | 'repository' | 'package' | 'package-version' | 'asset';

/** An error that CodeArtifact answers, in its API as well as in its package protocols. */
export class CodeArtifactError extends Error {
  override name = 'CodeArtifactError';
  readonly status: number;
  readonly code: string;
  /** Members of the error's shape besides `message`. */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

// Statuses and members: CodeArtifact API reference, "Errors" of each operation. The sentences are our own.

export function notFound(resourceType: ResourceType, resourceId: string): CodeArtifactError {
  const message = `The ${resourceType.replace('-', ' ')} '${resourceId}' does not exist.`;
  return new CodeArtifactError(404, 'ResourceNotFoundException', message, { resourceId, resourceType });
}

/** A package group, for which `ResourceType` has no value. */
export function groupNotFound(pattern: string): CodeArtifactError {
  const message = `The package group '${pattern}' does not exist.`;
  return new CodeArtifactError(404, 'ResourceNotFoundException', message, { resourceId: pattern });
}

export function quotaExceeded(resourceType: ResourceType, resourceId: string, message: string): CodeArtifactError {
  return new CodeArtifactError(402, 'ServiceQuotaExceededException', message, { resourceId, resourceType });
}

export function conflict(resourceType: ResourceType, resourceId: string, message: string): CodeArtifactError {
  return new CodeArtifactError(409, 'ConflictException', message, { resourceId, resourceType });
}

export function invalid(message: string, reason = 'FIELD_VALIDATION_FAILED'): CodeArtifactError {
  return new CodeArtifactError(400, 'ValidationException', message, { reason });
}

export function denied(message: string): CodeArtifactError {
  return new CodeArtifactError(403, 'AccessDeniedException', message);
}

/** A login that is missing, unknown or over. */
export function unauthorized(): CodeArtifactError {
  return new CodeArtifactError(401, 'UnauthorizedException', 'The authorization token is missing, unknown or expired.');
}

export function tooLarge(what: string, limit: number): CodeArtifactError {
  return new CodeArtifactError(413, 'ValidationException', `${what} is larger than ${limit} bytes.`);
}
