import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Digests of a file, made while its bytes go by. */
export class Digests {
  readonly #sha256 = createHash('sha256');
  readonly #sha512 = createHash('sha512');
  readonly #sha1 = createHash('sha1');

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#sha512.update(chunk);
    this.#sha1.update(chunk);
  }

  end(): FileDigests {
    return {
      sha256: this.#sha256.digest('hex'),
      integrity: `sha512-${this.#sha512.digest('base64')}`,
      shasum: this.#sha1.digest('hex'),
    };
  }
}

export interface FileDigests {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** SHA-512, as Subresource Integrity writes it. */
  readonly integrity: string;
  /** SHA-1, lower-case hexadecimal. */
  readonly shasum: string;
}

/** Bytes that are read at a time of a large file. */
const MOST_BUFFERED = 1024 ** 2;
/** Bytes that are read at a time at least, also of a file without a size. */
const LEAST_BUFFERED = 4096;

/** The SHA-256 of a file of any size, in lower-case hexadecimal. One buffer serves for all of it. */
export async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    // A large buffer for each of many small files would keep the garbage collector busier than the hashing takes.
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(size, LEAST_BUFFERED), MOST_BUFFERED));
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
