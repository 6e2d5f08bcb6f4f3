import { createHash, type Hash } from 'node:crypto';

/** Digest of content, as `sha256:<64 hexadecimal digits>`. */
export type Digest = `sha256:${string}` & { readonly digest: unique symbol };

/**
 * Whether a text is a digest that this project takes: SHA-256 only, which is the canonical algorithm.
 * Source: image-spec, descriptor.md, "Digests" (SHA-512 is registered, but no registry client makes it by default).
 */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest of these bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return digestFrom(createHash('sha256').update(bytes));
}

/** The digest of what was put into a hash; the hash cannot be used any more. */
export function digestFrom(hash: Hash): Digest {
  return `sha256:${hash.digest('hex')}` as Digest;
}
