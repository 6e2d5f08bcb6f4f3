import type { ListedVersion } from '../../../lib/aws/codeartifact/listing.ts';
import type { DistTags } from '../../../lib/aws/codeartifact/protocols/npm.ts';
import type { StoredAsset } from '../../../lib/aws/codeartifact/version.ts';
import type { PackageId, VersionId } from '../../../lib/packages/package.ts';
import type { Unread } from './region-reader.ts';

/** One package in all Regions, in the order of their readers. */
export interface PackageLook {
  readonly id: PackageId;
  /** How many of its versions are compared. */
  readonly versions: number;
  /** The names of all its versions, also of those that are not compared, where the package is there. */
  readonly regions: readonly (ReadonlySet<string> | 'missing' | Unread)[];
  /** npm: the dist-tags in each Region; 'missing' where the package is. Empty for other formats. */
  readonly tags: readonly (DistTags | 'missing' | Unread)[];
}

/** A version as one Region has it. */
export interface RegionVersion extends Pick<ListedVersion, 'status' | 'isOwn'> {
  /** Undefined where they were not asked for. */
  readonly assets: ReadonlyMap<string, StoredAsset> | undefined;
}

/** One version in all Regions, in the order of their readers. */
export interface VersionLook {
  readonly id: VersionId;
  /** Counts up from the version that was published first. */
  readonly order: number;
  readonly regions: readonly (RegionVersion | 'missing' | 'no package' | Unread)[];
}

/** A version in the lists of all Regions. */
export interface JoinedVersion {
  readonly version: string;
  readonly entries: readonly (ListedVersion | 'missing' | 'no package' | Unread)[];
}

/**
 * Puts the lists of all Regions together, the version that was published first at the beginning: in the order of the
 * first Region, then of what only the others have. A version counts when at least one Region got it by publishing: what
 * every Region only retains from upstream repositories is theirs to keep. Pure.
 */
export function joinVersions(
  lists: readonly (readonly ListedVersion[] | 'missing' | Unread)[],
  wanted: ReadonlySet<string> | undefined,
): readonly JoinedVersion[] {
  const byRegion = lists.map((list) =>
    typeof list === 'string' ? list : new Map(list.map((entry) => [entry.version, entry])),
  );
  const names = new Set(byRegion.flatMap((list) => (typeof list === 'string' ? [] : [...list.keys()].reverse())));
  return [...names]
    .filter((version) => wanted === undefined || wanted.has(version))
    .map((version) => ({
      version,
      entries: byRegion.map((list) => {
        if (list === 'missing') return 'no package' as const;
        return list === 'unread' ? list : (list.get(version) ?? ('missing' as const));
      }),
    }))
    .filter(({ entries }) => entries.some((entry) => typeof entry !== 'string' && entry.isOwn));
}
