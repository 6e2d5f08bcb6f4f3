import type { DistTags } from '../../../lib/aws/codeartifact/protocols/npm.ts';
import { PASSING_TAG } from '../../../lib/aws/codeartifact/publish-version.ts';
import type { StoredAsset } from '../../../lib/aws/codeartifact/version.ts';
import type { VersionId } from '../../../lib/packages/package.ts';
import { packageUrl } from '../../../lib/packages/purl.ts';
import type { JoinedVersion, PackageLook, RegionVersion, VersionLook } from '../comparison/looks.ts';
import { takesFilesLater } from '../later-files.ts';

// Pure. The first Region of every look is the one that is whole; `regions` are the names of all.

/** A status that is copied. The others are somebody's decision about one Region, or say that it is not complete. */
export type CopiedStatus = 'Published' | 'Unlisted';

/** What one Region gets of a version. */
export interface Healing {
  readonly region: string;
  /** Names of the assets that it lacks. */
  readonly missing: readonly string[];
  /** What it has of the version now. */
  readonly was: 'nothing' | 'Unfinished' | CopiedStatus;
  /** The status that it has afterwards. */
  readonly status: CopiedStatus;
}

/** What healing a version comes to. */
export interface VersionDecision {
  readonly healings: readonly Healing[];
  /** What cannot become equal: a version that is there is never overwritten. */
  readonly conflicts: readonly Conflict[];
  /** What differs and is left as it is. */
  readonly notes: readonly string[];
}

export interface Conflict {
  readonly region: string;
  readonly id: VersionId;
  /** Undefined for the whole version. */
  readonly asset?: string;
  readonly what: string;
}

/**
 * Which Regions are asked for the assets of a version: the first one when something can be copied from it, and those that
 * can be compared with it.
 */
export function assetsToHeal([first, ...others]: JoinedVersion['entries']): readonly boolean[] {
  const canCopy = first !== undefined && typeof first !== 'string' && first.isOwn && isCopied(first.status);
  const compared = others.map((entry) => canCopy && typeof entry !== 'string' && isComparable(entry.status));
  return [canCopy && others.some((entry) => entry !== 'unread'), ...compared];
}

/** Decides what each Region gets of a version. */
export function decideHealing(regions: readonly string[], { id, regions: looks }: VersionLook): VersionDecision {
  const [from = '', ...names] = regions;
  const [first, ...others] = looks;
  const version = packageUrl(id);
  const note = (text: string): VersionDecision => ({ healings: [], conflicts: [], notes: [text] });
  if (first === undefined || first === 'unread') return { healings: [], conflicts: [], notes: [] };
  if (typeof first === 'string') {
    const owners = names.filter((_, n) => typeof others[n] === 'object');
    return note(`${version} is only in ${owners.join(', ')}, and is kept there`);
  }
  if (!first.isOwn) return note(`${version} comes from an upstream repository in ${from}, and is not copied`);
  const { status, assets } = first;
  if (!isCopied(status)) {
    const isSame = others.every(
      (other) => other === 'unread' || (typeof other === 'object' && other.status === status),
    );
    if (isSame) return { healings: [], conflicts: [], notes: [] };
    return note(`${version} is ${status.toLowerCase()} in ${from}, and is not copied`);
  }
  if (assets === undefined) return { healings: [], conflicts: [], notes: [] };
  const decisions = others.map((other, n) => decideRegion({ region: names[n] ?? '', from, id, status, assets }, other));
  return {
    healings: decisions.flatMap(({ healings }) => healings),
    conflicts: decisions.flatMap(({ conflicts }) => conflicts),
    notes: decisions.flatMap(({ notes }) => notes),
  };
}

interface Wanted {
  readonly region: string;
  readonly from: string;
  readonly id: VersionId;
  readonly status: CopiedStatus;
  readonly assets: ReadonlyMap<string, StoredAsset>;
}

function decideRegion(
  { region, from, id, status, assets }: Wanted,
  other: VersionLook['regions'][number],
): VersionDecision {
  const nothing: VersionDecision = { healings: [], conflicts: [], notes: [] };
  if (other === undefined || other === 'unread') return nothing;
  if (typeof other === 'string') {
    return { ...nothing, healings: [{ region, missing: [...assets.keys()].sort(), was: 'nothing', status }] };
  }
  const version = packageUrl(id);
  if (!isComparable(other.status)) {
    return { ...nothing, notes: [`${version} is ${other.status.toLowerCase()} in ${region}, and stays so`] };
  }
  const own = other.assets;
  if (own === undefined) return nothing;
  const conflicts = conflictsOf({ region, from, id, status, assets }, { ...other, assets: own });
  if (conflicts.length > 0) return { ...nothing, conflicts };
  const further = [...own.keys()].filter((name) => !assets.has(name));
  const notes = further.length === 0 ? [] : [`${version} has further files in ${region}: ${further.sort().join(', ')}`];
  const missing = [...assets.keys()].filter((name) => !own.has(name)).sort();
  const was: Healing['was'] = isCopied(other.status) ? other.status : 'Unfinished';
  const healings = missing.length === 0 && was === status ? [] : [{ region, missing, was, status }];
  return { healings, conflicts: [], notes };
}

/** A version that has other content, or takes no more files, is not touched at all: half of two builds is worse than one. */
function conflictsOf(
  { region, from, id, assets }: Wanted,
  { status, assets: own }: RegionVersion & { readonly assets: ReadonlyMap<string, StoredAsset> },
): readonly Conflict[] {
  const names = [...new Set([...assets.keys(), ...own.keys()])].sort();
  return names.flatMap((asset): Conflict[] => {
    const [wanted, there] = [assets.get(asset), own.get(asset)];
    if (wanted !== undefined && there !== undefined) {
      if (wanted.sha256 === there.sha256) return [];
      const [here, ours] = [there, wanted].map(({ sha256 }) => `SHA-256 ${sha256.slice(0, 12)}…`);
      return [{ region, id, asset, what: `has other content (${here}, and ${ours} in ${from})` }];
    }
    if (there === undefined && status !== 'Unfinished' && !takesFilesLater(id.format)) {
      return [{ region, id, asset, what: 'is missing, and a published version of this format takes no more files' }];
    }
    if (wanted === undefined && status === 'Unfinished') {
      return [
        { region, id, asset, what: `is in an unfinished version, and not in ${from}: somebody else may be publishing` },
      ];
    }
    return [];
  });
}

function isCopied(status: string): status is CopiedStatus {
  return status === 'Published' || status === 'Unlisted';
}

/** Archived and disposed versions were taken out of one Region on purpose, and take nothing. */
function isComparable(status: string): boolean {
  return isCopied(status) || status === 'Unfinished';
}

/** Changes of the dist-tags of a package in one Region. */
export interface TagChanges {
  readonly region: string;
  /** By tag: the version that it shall point at. */
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/**
 * Decides how dist-tags become equal to those of the first Region. A tag that points at a version which only the other
 * Region has stays: it may be the newer one. So does one whose version the other Region will not have. With some versions
 * selected, only tags that point at these are set, and none is removed.
 *
 * @param healed the versions that each Region gets
 */
export function decideTags(
  regions: readonly string[],
  { id, regions: lists, tags }: PackageLook,
  healed: ReadonlyMap<string, ReadonlySet<string>>,
  selected: ReadonlySet<string> | undefined,
): { readonly changes: readonly TagChanges[]; readonly notes: readonly string[] } {
  const [wanted] = tags;
  const [known] = lists;
  if (wanted === undefined || typeof wanted === 'string' || typeof known !== 'object')
    return { changes: [], notes: [] };
  const notes: string[] = [];
  const changes = regions.slice(1).flatMap((region, n): TagChanges[] => {
    const there = tags[n + 1] ?? 'unread';
    const list = lists[n + 1] ?? 'unread';
    if (there === 'unread' || list === 'unread') return [];
    const own: DistTags = there === 'missing' ? new Map() : there;
    const willHave = (version: string) =>
      (typeof list === 'object' && list.has(version)) || healed.get(region)?.has(version) === true;
    const isOnlyThere = (version: string | undefined) => version !== undefined && !known.has(version);
    const set: Record<string, string> = {};
    for (const [tag, version] of wanted) {
      if (tag === PASSING_TAG || own.get(tag) === version || selected?.has(version) === false) continue;
      const what = `dist-tag ${tag} of ${packageUrl(id)} in ${region}`;
      if (isOnlyThere(own.get(tag))) notes.push(`${what} stays at ${own.get(tag)}, which only this Region has`);
      else if (willHave(version)) set[tag] = version;
      else notes.push(`${what} cannot point at ${version}, which this Region does not have`);
    }
    const remove: string[] = [];
    for (const [tag, version] of own) {
      if (wanted.has(tag) && tag !== PASSING_TAG) continue;
      if (selected !== undefined && tag !== PASSING_TAG) continue;
      if (isOnlyThere(version) && tag !== PASSING_TAG) {
        notes.push(`dist-tag ${tag} of ${packageUrl(id)} in ${region} stays at ${version}, which only this Region has`);
      } else remove.push(tag);
    }
    return Object.keys(set).length === 0 && remove.length === 0 ? [] : [{ region, set, remove: remove.sort() }];
  });
  return { changes, notes };
}
