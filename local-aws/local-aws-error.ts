/** Something that keeps the local AWS from working. The message says what happened, the likely cause and the next step. */
export class LocalAwsError extends Error {
  override name = 'LocalAwsError';
}

/** A setting for the local AWS that is wrong; the message says where and what is allowed. */
export class BadRequest extends LocalAwsError {
  override name = 'BadRequest';
}
