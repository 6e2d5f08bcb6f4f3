import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import { buildIndex, type StoredManifest } from '../../../lib/registry/manifest.ts';
import { formatPlatform, parsePlatform } from '../../../lib/registry/platform.ts';
import { formatReference, isTag, parseRepository, type Tag } from '../../../lib/registry/reference.ts';
import type { Entry } from './entries.ts';
import type { Target } from './targets.ts';

/** Every fact that a plan to assemble rests on, as JSON. */
export type AssembleDetails = {
  readonly image: string | null;
  /** Digest of the index; null when nothing is assembled in this run. */
  readonly index: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly entries: readonly {
    readonly platform: string;
    readonly digest: string;
    readonly mediaType: string;
    readonly size: number;
    readonly from: string;
  }[];
  readonly tags: readonly string[];
  readonly targets: readonly {
    readonly repository: string;
    readonly hasIndex: boolean;
    readonly missing: readonly string[];
    readonly tags: readonly { readonly tag: string; readonly before: string | null }[];
  }[];
  readonly checkedBinaries: boolean;
};

/** What is to be done, read back from a plan. */
export interface Assembly {
  readonly index: StoredManifest;
  readonly entries: readonly Entry[];
  readonly tags: readonly Tag[];
  readonly targets: readonly Target[];
}

export function entriesJson(entries: readonly Entry[]): AssembleDetails['entries'] {
  return entries.map(({ descriptor, from }) => ({
    platform: formatPlatform(descriptor.platform),
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    from: formatReference(from),
  }));
}

export function targetsJson(targets: readonly Target[]): AssembleDetails['targets'] {
  return targets.map(({ repository, hasIndex, missing, tags }) => ({
    repository: formatReference(repository),
    hasIndex,
    missing,
    tags: tags.map(({ tag, before }) => ({ tag, before: before ?? null })),
  }));
}

/**
 * Reads a plan's facts back. The index is made again, from the same facts, so it is the same bytes.
 *
 * @throws Error for facts that this version did not write
 */
export function readDetails(details: AssembleDetails): Assembly {
  const entries = details.entries.map(({ platform, digest, mediaType, size, from }): Entry => {
    const parsed = parsePlatform(platform);
    if (parsed === undefined) throw new Error(`The plan holds the platform '${platform}'`);
    return {
      descriptor: { mediaType, digest: digestIn(digest), size, platform: parsed },
      from: parseRepository(from),
    };
  });
  const index = buildIndex(
    entries.map(({ descriptor }) => descriptor),
    details.annotations,
  );
  if (index.digest !== details.index) throw new Error(`The plan names the index ${details.index}, not ${index.digest}`);
  return {
    index,
    entries,
    tags: details.tags.map(tagIn),
    targets: details.targets.map(({ repository, hasIndex, missing, tags }) => ({
      repository: parseRepository(repository),
      hasIndex,
      missing: missing.map(digestIn),
      tags: tags.map(({ tag, before }) => ({
        tag: tagIn(tag),
        before: before === null ? undefined : digestIn(before),
      })),
    })),
  };
}

function digestIn(text: string): Digest {
  if (!isDigest(text)) throw new Error(`The plan holds the digest '${text}'`);
  return text;
}

function tagIn(text: string): Tag {
  if (!isTag(text)) throw new Error(`The plan holds the tag '${text}'`);
  return text;
}
