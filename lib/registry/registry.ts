import type { Readable } from 'node:stream';
import type { Digest } from './digest.ts';
import type { Descriptor, StoredManifest } from './manifest.ts';
import type { Repository, Tag } from './reference.ts';

/** How to read a blob in another way than as a whole. */
export interface BlobPart {
  /** The first byte; 0 when not given. From a later one on, the digest cannot be checked. */
  readonly from?: number;
  /** False where the reader checks the digest itself; the size is checked all the same. */
  readonly checksDigest?: boolean;
}

/**
 * Registries as operations see them: one value for all hosts. Every call signs in by itself, repeats what may be
 * repeated, checks digests and sizes, and throws `RegistryError` for everything that a user can meet.
 *
 * Source: OCI distribution specification 1.1.
 */
export interface Registry {
  /**
   * Reads a manifest; its bytes fit `digest` and, when asked by digest, that one.
   *
   * @returns undefined when the registry says that there is none
   */
  manifest(repository: Repository, reference: Tag | Digest): Promise<StoredManifest | undefined>;
  /** The digest that a tag points at, or the digest itself when there is such a manifest; undefined when there is none. */
  resolve(repository: Repository, reference: Tag | Digest): Promise<Digest | undefined>;
  /**
   * Writes a manifest under its digest, or under a tag.
   *
   * @throws RegistryError also when the registry answers with another digest
   */
  putManifest(repository: Repository, stored: StoredManifest, tag?: Tag): Promise<void>;
  /** Removes a manifest with all its tags. Something that is not there is no error. */
  deleteManifest(repository: Repository, digest: Digest): Promise<void>;
  /**
   * Removes a tag and leaves the manifest that it pointed at.
   *
   * @throws RegistryError of the kind `unsupported` where the registry can remove no tag
   */
  deleteTag(repository: Repository, tag: Tag): Promise<void>;
  /** All tags, page by page, in the order of the registry. None for a repository that does not exist. */
  tags(repository: Repository): AsyncIterable<string>;
  /** What refers to a manifest by `subject`: from the referrers API or, where there is none, the fallback tag. */
  referrers(repository: Repository, digest: Digest): Promise<readonly Descriptor[]>;
  /** The content of a small blob (at most 4 MiB), checked. */
  blob(repository: Repository, descriptor: Descriptor): Promise<Buffer>;
  /**
   * The content of a blob as a stream; it ends with an error when size or digest do not fit. A connection that breaks is
   * made again, from where it broke. Destroy the stream to stop early.
   *
   * @param part what to read of it; everything, checked, when not given
   */
  openBlob(repository: Repository, descriptor: Descriptor, part?: BlobPart): Promise<Readable>;
  hasBlob(repository: Repository, digest: Digest): Promise<boolean>;
  /**
   * Uploads a blob unless it is there already. A broken upload goes on from where the registry stands.
   *
   * @param open reads the content from this byte on
   */
  uploadBlob(
    repository: Repository,
    descriptor: Descriptor,
    open: (from: number) => Promise<Readable> | Readable,
  ): Promise<'uploaded' | 'present'>;
  /** Takes a blob over from another repository of the same registry; false when the registry does not. */
  mountBlob(repository: Repository, digest: Digest, from: Repository): Promise<boolean>;
  /** Closes idle connections. */
  close(): void;
}
