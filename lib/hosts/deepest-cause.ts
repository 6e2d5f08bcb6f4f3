/**
 * What is behind a failed request. `fetch failed` says nothing; the error that caused it does.
 * Errors are told by their shape, because `fetch` may throw errors of another realm.
 */
export function deepestCause(error: unknown): string {
  let deepest = error;
  while (typeof deepest === 'object' && deepest !== null && 'cause' in deepest && deepest.cause)
    deepest = deepest.cause;
  if (typeof deepest !== 'object' || deepest === null) return String(deepest);
  const message = 'message' in deepest ? String(deepest.message) : '';
  // An AggregateError of several addresses has a code and no message.
  return message !== '' || !('code' in deepest) ? message : String(deepest.code);
}
