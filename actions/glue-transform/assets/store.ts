import type { S3 } from '@aws-sdk/client-s3';
import type { Clock } from '../../../lib/operation/define.ts';
import { unquoted } from './etag.ts';
import { sha256 } from './keys.ts';

/** When a write may be carried out: the key has this ETag, or there is nothing under it. */
export type Condition = { readonly etag: string } | 'absent';

/** An object without its content. */
export interface Stored {
  /** Without quotes. */
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One object of a listing. */
export interface Listed {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly modified: Date;
}

export interface Write {
  readonly key: string;
  readonly content: Buffer;
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Without it, the key is written whatever it holds. */
  readonly condition?: Condition;
}

/** Reading and writing in one bucket that must belong to one account. */
export interface Store {
  readonly bucket: string;
  head(key: string): Promise<Stored | undefined>;
  get(key: string): Promise<(Stored & { readonly content: Buffer }) | undefined>;
  /** The ETag afterwards; undefined when the condition does not hold. */
  put(write: Write): Promise<string | undefined>;
  /** The same as an upload of one part, so that the same bytes have another ETag. */
  putOnePart(write: Write): Promise<string | undefined>;
  /** False when the condition does not hold; a key that is gone is fine. */
  remove(key: string, etag?: string): Promise<boolean>;
  list(prefix: string): AsyncGenerator<Listed>;
}

/** The metadata by which a write is known again when its answer was lost. */
export const WRITE = 'headgate-write';
export const SHA256 = 'headgate-sha256';

/** Tries of a write that met another one at the same instant (409). */
const CONFLICTS = 6;

/**
 * No call is given up on a cancellation: a run that has begun to replace two files ends that, which takes a few requests.
 *
 * @param owner account id; S3 refuses every call when the bucket is another account's, whose name can be guessed
 */
export function openStore(s3: S3, bucket: string, owner: string, clock: Clock): Store {
  const target = { Bucket: bucket, ExpectedBucketOwner: owner } as const;

  async function head(key: string): Promise<Stored | undefined> {
    try {
      const { ETag, Metadata: metadata = {} } = await s3.headObject({ ...target, Key: key });
      return { etag: unquoted(ETag), metadata };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Carries out a conditional write. One whose answer was lost is found again by its own mark, not by its content. */
  async function conditional(write: Write, send: () => Promise<string>): Promise<string | undefined> {
    for (let n = 1; ; n++) {
      try {
        return await send();
      } catch (error) {
        const status = statusOf(error);
        if (status === 409 && n < CONFLICTS) await clock.sleep(100 * n);
        else if (write.condition === undefined || !isUnmet(error)) throw error;
        else {
          const now = await head(write.key);
          const isOurs = now?.metadata[WRITE] !== undefined && now.metadata[WRITE] === write.metadata[WRITE];
          return isOurs && now.metadata[SHA256] === sha256(write.content) ? now.etag : undefined;
        }
      }
    }
  }

  return {
    bucket,
    head,
    get: async (key) => {
      try {
        const { ETag, Metadata: metadata = {}, Body } = await s3.getObject({ ...target, Key: key });
        const content = Buffer.from((await Body?.transformToByteArray()) ?? []);
        return { etag: unquoted(ETag), metadata, content };
      } catch (error) {
        if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
        throw error;
      }
    },
    put: (write) =>
      conditional(write, async () => {
        const { ETag } = await s3.putObject({
          ...target,
          ...objectOf(write),
          ...conditionOf(write),
          Body: write.content,
        });
        return unquoted(ETag);
      }),
    putOnePart: (write) =>
      conditional(write, async () => {
        const upload = { ...target, Key: write.key };
        const { UploadId } = await s3.createMultipartUpload({ ...target, ...objectOf(write) });
        try {
          const { ETag: part } = await s3.uploadPart({ ...upload, UploadId, PartNumber: 1, Body: write.content });
          const { ETag } = await s3.completeMultipartUpload({
            ...upload,
            ...conditionOf(write),
            UploadId,
            MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part }] },
          });
          return unquoted(ETag);
        } catch (error) {
          // What is left costs a few bytes; the failure above says more than one here would.
          await s3.abortMultipartUpload({ ...upload, UploadId }).catch(() => undefined);
          throw error;
        }
      }),
    remove: async (key, etag) => {
      try {
        await s3.deleteObject({ ...target, Key: key, ...(etag === undefined ? {} : { IfMatch: `"${etag}"` }) });
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return true;
        if (etag !== undefined && isUnmet(error)) return false;
        throw error;
      }
    },
    list: async function* (prefix) {
      let token: string | undefined;
      do {
        const page = await s3.listObjectsV2({ ...target, Prefix: prefix, ContinuationToken: token });
        for (const { Key: key, ETag, Size: size = 0, LastModified: modified = new Date(0) } of page.Contents ?? []) {
          if (key !== undefined) yield { key, etag: unquoted(ETag), size, modified };
        }
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
  };
}

function objectOf({ key, type, metadata, content }: Write) {
  return { Key: key, ContentType: type, Metadata: { ...metadata, [SHA256]: sha256(content) } };
}

function conditionOf({ condition }: Write) {
  if (condition === undefined) return {};
  return condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: `"${condition.etag}"` };
}

/** 412, 409 after all tries, and 404 for a key that must have an ETag. Source: S3 user guide, "Conditional writes". */
function isUnmet(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 409 || (status === 404 && nameOf(error) !== 'NoSuchBucket');
}

export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
