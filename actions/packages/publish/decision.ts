import semver from 'semver';
import { PASSING_TAG } from '../../../lib/aws/codeartifact/publish-version.ts';
import type { StoredVersion } from '../../../lib/aws/codeartifact/version.ts';
import { shownVersion } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { takesFilesLater } from '../later-files.ts';

/** What publishing a version in one Region comes to, before anything is written. */
export type VersionDecision =
  /** Everything is there with the same content. */
  | { readonly kind: 'there'; readonly note?: string }
  | {
      readonly kind: 'publish';
      /** Names of assets that are not there; empty when only the end of publishing is missing. */
      readonly missing: readonly string[];
      /** Whether nothing of the version was there: only such a version may be taken back. */
      readonly isNew: boolean;
      /** Whether it is unlisted and shall be listed again. */
      readonly relist: boolean;
      /** npm: dist-tags that shall point at it. */
      readonly tags: readonly string[];
    }
  /** Nothing may be published under this version, or not this. */
  | { readonly kind: 'conflict'; readonly problems: readonly Conflict[] };

export interface Conflict {
  /** The asset that it is about; undefined for the whole version. */
  readonly asset?: string;
  readonly what: string;
  /** True where it is not the content that stands against it, but origin controls. */
  readonly isBlock?: true;
}

export interface DecisionOptions {
  /** npm: dist-tags that do not point at it yet, and shall. */
  readonly tags: readonly string[];
  /** Whether unlisted versions are listed again: they are what an earlier run took back. */
  readonly relists: boolean;
  /** Whether an ended run left its passing dist-tag at the version. */
  readonly tidies: boolean;
}

/**
 * Compares what shall be published with what a Region has. Content decides, by SHA-256, never the mere name. Pure.
 */
export function decideVersion(
  { id, assets }: Release,
  stored: StoredVersion | undefined,
  { tags, relists, tidies }: DecisionOptions,
): VersionDecision {
  const missing = assets.filter(({ name }) => !stored?.assets.has(name)).map(({ name }) => name);
  if (stored === undefined) return { kind: 'publish', missing, isNew: true, relist: false, tags };
  const { status } = stored;
  const version = shownVersion(id);
  if (status === 'Disposed' || status === 'Archived' || status === 'Deleted') {
    const what = `${version} is ${status.toLowerCase()}: nothing can be published under this version any more`;
    return { kind: 'conflict', problems: [{ what }] };
  }
  const other = assets.flatMap(({ name, sha256 }): Conflict[] => {
    const there = stored.assets.get(name);
    if (there === undefined || there.sha256 === sha256) return [];
    return [
      { asset: name, what: `has other content (SHA-256 ${there.sha256.slice(0, 12)}…, ours ${sha256.slice(0, 12)}…)` },
    ];
  });
  if (other.length > 0) return { kind: 'conflict', problems: other };
  if (missing.length > 0 && status !== 'Unfinished' && !takesFilesLater(id.format)) {
    const what = 'is missing, and a published version of this format takes no more files';
    return { kind: 'conflict', problems: missing.map((asset) => ({ asset, what })) };
  }
  const foreign = [...stored.assets.keys()].find((name) => !assets.some((asset) => asset.name === name));
  if (foreign !== undefined && status === 'Unfinished' && !takesFilesLater(id.format)) {
    const what = `${version} is unfinished and holds ${foreign}, which is not among these files: another run is publishing it, or one that ended left it; then delete the version`;
    return { kind: 'conflict', problems: [{ what }] };
  }
  const relist = relists && status === 'Unlisted';
  if (missing.length > 0 || status === 'Unfinished' || relist || tidies || tags.length > 0) {
    return { kind: 'publish', missing, isNew: false, relist, tags };
  }
  return status === 'Unlisted' ? { kind: 'there', note: `${version} is unlisted and stays so` } : { kind: 'there' };
}

/** How dist-tags come to an npm version. */
export interface TagQuestion {
  readonly version: string;
  /** The tag that was asked for; undefined for the usual one. */
  readonly asked: string | undefined;
  /** `publishConfig.tag` of the package. */
  readonly own: string | undefined;
  /** The tags of the package in each Region, the first Region first. */
  readonly regions: readonly {
    readonly region: string;
    readonly tags: ReadonlyMap<string, string>;
    readonly has: boolean;
  }[];
}

/** The tags that each Region gives the version, in the order of the Regions; or why that must be said first. */
export type TagAnswer = { readonly tags: readonly (readonly string[])[] } | { readonly problem: string };

/**
 * Decides which dist-tags a version gets where. A tag that was asked for is set. Without one it is `latest`, as with
 * `npm publish`: never on a pre-release, and never back to an older version. A Region that lags gets the tags that point
 * at the version in the first Region that has it; where newer versions have taken them over, it gets none. Pure.
 *
 * Source: npm CLI, "npm publish": since version 11 it asks for a tag in the same two cases.
 */
export function decideTags({ version, asked, own, regions }: TagQuestion): TagAnswer {
  const tag = asked ?? own;
  if (tag !== undefined) {
    return { tags: regions.map(({ tags, has }) => (has && tags.get(tag) === version ? [] : [tag])) };
  }
  const whole = regions.find(({ has }) => has);
  if (whole !== undefined) {
    const tags = [...whole.tags.keys()].filter((name) => name !== PASSING_TAG && whole.tags.get(name) === version);
    return {
      tags: regions.map((region) =>
        region.has ? [] : tags.filter((name) => isNotNewer(region.tags.get(name), version)),
      ),
    };
  }
  if (semver.prerelease(version) !== null) {
    return { problem: "is a pre-release, which must not become 'latest'; give 'npm-tag', for example 'next'" };
  }
  const newer = regions.find(({ tags }) => !isNotNewer(tags.get('latest'), version));
  if (newer !== undefined) {
    const latest = newer.tags.get('latest');
    return {
      problem: `is older than ${latest}, which is 'latest' in ${newer.region}; give 'npm-tag', for example 'v${semver.major(version)}-latest'`,
    };
  }
  return { tags: regions.map(() => ['latest']) };
}

function isNotNewer(tagged: string | undefined, version: string): boolean {
  return tagged === undefined || semver.valid(tagged) === null || semver.lte(tagged, version);
}
