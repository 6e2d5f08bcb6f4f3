import { Refused } from '../../../lib/errors.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { formatReference, type Repository, type Tag } from '../../../lib/registry/reference.ts';
import type { ImageGraph } from './graph.ts';

/** What became of one thing that was to be removed. */
export type Removal =
  | { readonly outcome: 'removed' }
  | { readonly outcome: 'kept'; readonly why: string }
  | { readonly outcome: 'failed'; readonly error: unknown };

export interface TagTarget {
  readonly tag: Tag;
  /** What the tag must still point at. */
  readonly digest: Digest;
}

/** One repository, as `clean` reads and changes it. */
export interface ImageStore {
  readonly repository: Repository;
  /** Whether manifests without a tag can be found by themselves. */
  readonly listsUntagged: boolean;
  /** Whether a manifest goes together with its last tag. */
  readonly lastTagRemoves: boolean;
  /** Whether all tags of a manifest go together, with it, and never one alone. */
  readonly tagsGoTogether: boolean;
  /**
   * Reads all tags with their manifests, and all other manifests where the registry lists them. A repository that does
   * not exist has none.
   *
   * @throws Refused when a manifest cannot be read: nobody knows what it needs
   */
  read(): Promise<ImageGraph>;
  /** Adds what the manifests of these tags lead to, and what is about them. */
  explore(graph: ImageGraph, going: ReadonlySet<Tag>): Promise<ImageGraph>;
  /**
   * Makes sure that the registry removes at all, before anything is removed.
   *
   * @throws RegistryError of the kind `unsupported` or `denied`
   */
  checkRemoves(): Promise<void>;
  /** Leaves what a later run needs to find these manifests without their tags. */
  leaveJournal(digests: readonly Digest[]): Promise<void>;
  /** Removes tags that still point where they did, and no others. */
  removeTags(targets: readonly TagTarget[]): Promise<readonly Removal[]>;
  removeManifests(digests: readonly Digest[]): Promise<readonly Removal[]>;
  /** Takes away what `leaveJournal` left. */
  end(): Promise<void>;
  /** What these tags and digests resolve to now; those that do not exist are not in the answer. */
  resolve(references: readonly (Tag | Digest)[]): Promise<ReadonlyMap<string, Digest>>;
}

/** Nothing can be said about what is needed. */
export function unreadable(repository: Repository, what: string, cause: string): Refused {
  return new Refused({
    what: `Nothing is removed from ${formatReference(repository)}, because ${what} cannot be read, so that nobody knows what it needs`,
    cause,
    next: 'Run again later; when it stays so, push it anew or delete it by hand. Nothing was changed in this repository',
  });
}
