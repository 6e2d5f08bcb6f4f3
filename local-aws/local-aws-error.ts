/** Something that keeps the local AWS from working. The message says what happened, the likely cause and the next step. */
export class LocalAwsError extends Error {
  override name = 'LocalAwsError';
}
