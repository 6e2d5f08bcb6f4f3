import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { OperationFailed } from '../errors.ts';
import { digestFrom } from './digest.ts';
import type { Descriptor } from './manifest.ts';
import type { Registry } from './registry.ts';

/** The content of one upload, checked against its descriptor on its way. */
export interface UploadContent {
  /** The bytes from one to before another, opened anew. It ends with an error when they are too few or too many. */
  part(from: number, end: number): AsyncGenerator<Buffer>;
  /** Checks the digest of all bytes that went out. */
  checkDigest(): void;
  /** What ended a part that was not a broken connection: the source's own error, or content that does not fit. */
  readonly failure: unknown;
}

/**
 * Each byte is hashed once, however often it is sent again: a repetition does not read from the start, and needs no copy
 * of the content.
 *
 * @param doing a phrase that follows "Cannot", for errors
 */
export function uploadContent(
  { digest, size }: Descriptor,
  open: Parameters<Registry['uploadBlob']>[2],
  doing: string,
): UploadContent {
  const hash = createHash('sha256');
  let hashed = 0;
  let failure: unknown;

  // Kept apart from what a broken connection throws into the generator.
  function fails(error: unknown): never {
    failure = error;
    throw error;
  }

  function take(chunk: Buffer, at: number): void {
    if (at + chunk.length <= hashed) return;
    hash.update(chunk.subarray(Math.max(0, hashed - at)));
    hashed = at + chunk.length;
  }

  async function* part(from: number, end: number): AsyncGenerator<Buffer> {
    const source: Readable = await (async () => await open(from))().catch(fails);
    let at = from;
    try {
      const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
      // At the end of the whole one more look shows whether there is more than there should be.
      while (at < end || end === size) {
        const { value, done } = await chunks.next().catch(fails);
        if (done === true) break;
        if (end === size && value.length > end - at) fails(unfit(doing, `has more than ${size} bytes`));
        const wanted = value.length > end - at ? value.subarray(0, end - at) : value;
        take(wanted, at);
        at += wanted.length;
        if (wanted.length > 0) yield wanted;
      }
    } finally {
      source.destroy();
    }
    if (at < end) fails(unfit(doing, `has ${at} bytes in place of ${size}`));
  }

  return {
    part,
    checkDigest: () => {
      const actual = digestFrom(hash.copy());
      if (actual !== digest) fails(unfit(doing, `has the digest ${actual}`));
    },
    get failure() {
      return failure;
    },
  };
}

function unfit(doing: string, why: string): OperationFailed {
  return new OperationFailed({
    what: `Cannot ${doing}: the content ${why}`,
    cause: 'the content changed while it was read, or the descriptor is of other content',
    next: 'Make the image again; nothing was left under this digest',
  });
}
