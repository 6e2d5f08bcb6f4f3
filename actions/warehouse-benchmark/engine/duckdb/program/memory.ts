/**
 * V8's arguments for a process whose memory does not grow with the rows that it reads: it lets us collect, and lets young
 * objects fill 2 MB and not 16 before it does so itself.
 */
export const FLAT_MEMORY = ['--expose-gc', '--max-semi-space-size=2'] as const;

/** A chunk of a result is native memory, which goes only when its object is collected; nothing else makes that happen soon. */
const CHUNKS = 16;
/** Texts of numbers get old at once, because V8 keeps the latest ones, and so need a collection of everything. */
const CHUNKS_OF_OLD = 4 * CHUNKS;

/** @param chunks that have been read of a result */
export function collectAfter(chunks: number): void {
  if (chunks % CHUNKS_OF_OLD === 0) globalThis.gc?.();
  else if (chunks % CHUNKS === 0) globalThis.gc?.({ type: 'minor' });
}
