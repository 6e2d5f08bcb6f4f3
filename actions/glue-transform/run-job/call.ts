/** Milliseconds for one call with the attempts of the SDK, which by itself waits for ever on a connection that fell silent. */
const DEADLINE = 60_000;

/** There was no answer in time. */
export class NoAnswer extends Error {
  // The name by which such a failure is known to pass.
  override readonly name = 'TimeoutError';
}

/**
 * Makes a call that ends with the signal, and after a minute in any case.
 *
 * @throws NoAnswer after the minute; the signal's reason
 */
export async function inTime<Answer>(
  call: (options: { readonly abortSignal: AbortSignal }) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  const deadline = AbortSignal.timeout(DEADLINE);
  try {
    return await call({ abortSignal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) });
  } catch (error) {
    signal?.throwIfAborted();
    throw deadline.aborted ? new NoAnswer(`no answer within ${DEADLINE / 1000} s`) : error;
  }
}
