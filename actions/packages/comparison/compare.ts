import type { DistTags } from '../../../lib/aws/codeartifact/protocols/npm.ts';
import type { Log } from '../../../lib/hosts/host.ts';
import type { PackageId, VersionId } from '../../../lib/packages/package.ts';
import { packageUrl } from '../../../lib/packages/purl.ts';
import { eachBounded } from '../../../lib/parallel.ts';
import { type JoinedVersion, joinVersions, type PackageLook, type RegionVersion, type VersionLook } from './looks.ts';
import type { RegionReader, Unread } from './region-reader.ts';
import type { SelectedPackage, Selection } from './selection.ts';

/** What a comparison tells: of each package before its versions, and otherwise in no certain order. */
export interface Visitor {
  /** Which Regions are asked for the assets of a version, by what each has of it. */
  assetsOf(entries: JoinedVersion['entries']): readonly boolean[];
  onPackage(look: PackageLook): void;
  onVersion(look: VersionLook): void;
  /** Told after the last version of a package. */
  onPackageEnd?(id: PackageId): void;
  /** Told of what was asked for by name, and no Region has by publishing. */
  onAbsent(id: PackageId | VersionId): void;
  /** Whether enough was seen: after the page in which this becomes true no more are read. */
  isOver?(): boolean;
}

export interface CompareOptions {
  readonly parallel: number;
  readonly log: Pick<Log, 'info'>;
}

/** What was gone through. */
export interface Compared {
  readonly packages: number;
  readonly versions: number;
  /** Packages of which every version comes from elsewhere. */
  readonly foreign: number;
  /** Packages of formats that are not compared; the largest number of any Region. */
  readonly otherFormats: number;
  /** Whether the visitor ended it before all was seen. */
  readonly isCut: boolean;
}

/**
 * Compares a repository in all Regions, package by package: each Region is asked for its versions at nearly the same
 * time, so that what is published meanwhile is no difference.
 *
 * Packages come from the lists of all Regions, one page at a time and one Region after the other; each is compared when
 * it is first seen. So nothing rests on the order of the lists, which is not documented, and of what was seen only the
 * names are held (some 100 bytes for each package) and the versions of those packages that are being compared. Calls: one
 * for each thousand packages in each Region; for each package one in each Region; for each version one in each Region
 * whose assets are wanted; for each npm package one in each Region that has it, and two in each for the login.
 *
 * With fewer than two Regions that can be read there is nothing to compare, and it ends.
 */
export async function compareRegions(
  readers: readonly RegionReader[],
  { packages, formats }: Selection,
  { parallel, log }: CompareOptions,
  visitor: Visitor,
): Promise<Compared> {
  const seen = { packages: 0, versions: 0, foreign: 0 };
  let otherFormats = 0;
  const canGoOn = () => readers.filter(({ failure }) => failure === undefined).length >= 2;

  const lookAt = async (selected: SelectedPackage): Promise<void> => {
    if (!canGoOn()) return;
    const found = await lookAtPackage(readers, selected, parallel, visitor);
    if (found > 0) seen.packages += 1;
    else seen.foreign += 1;
    seen.versions += found;
  };

  if (packages !== undefined) {
    await eachBounded(packages, parallel, lookAt);
    return { ...seen, otherFormats, isCut: false };
  }

  const known = new Set<string>();
  // The first pages of all, before any package: a Region that is down is then known.
  const lists = readers.map((reader) => reader.packages());
  const first = await Promise.all(lists.map((list) => list.next()));
  for (const [n, list] of lists.entries()) {
    let others = 0;
    for (let page = first[n]; page !== undefined && page.done !== true; page = await list.next()) {
      const isNew = (id: PackageId) => formats.includes(id.format) && !known.has(packageUrl(id));
      const fresh = page.value.packages.filter(isNew);
      others += page.value.others + page.value.packages.filter(({ format }) => !formats.includes(format)).length;
      for (const id of fresh) known.add(packageUrl(id));
      await eachBounded(fresh, parallel, (id) => lookAt({ id, versions: undefined, isNamed: false }));
      otherFormats = Math.max(otherFormats, others);
      if (fresh.length > 0) log.info(`  ${known.size} packages compared`);
      if (!canGoOn()) return { ...seen, otherFormats, isCut: false };
      if (visitor.isOver?.() === true) return { ...seen, otherFormats, isCut: true };
    }
  }
  return { ...seen, otherFormats, isCut: false };
}

/** @returns how many versions were compared */
async function lookAtPackage(
  readers: readonly RegionReader[],
  { id, versions: wanted, isNamed }: SelectedPackage,
  parallel: number,
  visitor: Visitor,
): Promise<number> {
  const lists = await Promise.all(readers.map((reader) => reader.versions(id)));
  const versions = joinVersions(lists, wanted);
  const isAnywhere = (version: string) => versions.some((one) => one.version === version);
  for (const version of wanted ?? []) if (!isAnywhere(version)) visitor.onAbsent({ ...id, version });
  if (isNamed && wanted === undefined && versions.length === 0) visitor.onAbsent(id);
  if (versions.length === 0) return 0;
  const tags = id.format === 'npm' ? await readTags(readers, id, lists) : [];
  const regions = lists.map((list) => (typeof list === 'string' ? list : new Set(list.map(({ version }) => version))));
  visitor.onPackage({ id, versions: versions.length, regions, tags });
  await eachBounded([...versions.entries()], parallel, async ([order, version]) => {
    visitor.onVersion(await lookAtVersion(readers, id, version, order, visitor));
  });
  visitor.onPackageEnd?.(id);
  return versions.length;
}

async function readTags(
  readers: readonly RegionReader[],
  id: PackageId,
  lists: readonly (readonly unknown[] | 'missing' | Unread)[],
): Promise<readonly (DistTags | 'missing' | Unread)[]> {
  return await Promise.all(
    readers.map(async (reader, n) => {
      const list = lists[n] ?? 'unread';
      return typeof list === 'string' ? list : await reader.tags(id);
    }),
  );
}

async function lookAtVersion(
  readers: readonly RegionReader[],
  id: PackageId,
  { version, entries }: JoinedVersion,
  order: number,
  visitor: Visitor,
): Promise<VersionLook> {
  const own: VersionId = { ...id, version };
  const wanted = visitor.assetsOf(entries);
  const regions = await Promise.all(
    entries.map(async (entry, n): Promise<RegionVersion | 'missing' | 'no package' | Unread> => {
      const reader = readers[n];
      if (typeof entry === 'string' || reader === undefined) return entry as Exclude<typeof entry, object>;
      if (wanted[n] !== true) return { ...entry, assets: undefined };
      const assets = await reader.assets(own);
      return typeof assets === 'string' ? assets : { ...entry, assets };
    }),
  );
  return { id: own, order, regions };
}
