import { createHash } from 'node:crypto';

/**
 * The two ETags, without quotes, that S3 gives the same bytes: sent in one request, and sent as an upload of one part.
 * With SSE-KMS and SSE-C the ETag is another text, which cannot be told beforehand.
 *
 * Source: S3 API reference, "Object" (ETag), and user guide, "Checking object integrity".
 */
export function etagsOf(content: Buffer): { readonly whole: string; readonly onePart: string } {
  const digest = createHash('md5').update(content).digest();
  return { whole: digest.toString('hex'), onePart: `${createHash('md5').update(digest).digest('hex')}-1` };
}

/** Whether an ETag is one that S3 gives these bytes. */
export function hasContent(etag: string, content: Buffer): boolean {
  const { whole, onePart } = etagsOf(content);
  return etag === whole || etag === onePart;
}

/** S3 writes an ETag in quotes; they are no part of it here. */
export function unquoted(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}
