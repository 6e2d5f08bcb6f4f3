import type { StoredAsset } from '../../../lib/aws/codeartifact/version.ts';
import type { PackageId, VersionId } from '../../../lib/packages/package.ts';
import { packageUrl } from '../../../lib/packages/purl.ts';
import type { JoinedVersion, PackageLook, RegionVersion, VersionLook } from '../comparison/looks.ts';
import type { FindingKind, VerifyFinding } from './finding.ts';

/** Statuses with assets that somebody can download, or will. Source: user guide, "Package version status". */
const WITH_ASSETS: readonly string[] = ['Published', 'Unlisted', 'Unfinished'];

/** Which Regions are asked for the assets of a version: those that have it, when there are two to compare. Pure. */
export function assetsToCompare(entries: JoinedVersion['entries']): readonly boolean[] {
  const have = entries.map((entry) => typeof entry !== 'string' && WITH_ASSETS.includes(entry.status));
  return have.filter(Boolean).length < 2 ? have.map(() => false) : have;
}

/** Differences of a package as a whole: Regions without it, and dist-tags. Pure. */
export function packageDifferences(regions: readonly string[], look: PackageLook): readonly VerifyFinding[] {
  const { id, versions } = look;
  const counted = versions === 1 ? '1 version' : `${versions} versions`;
  const missing = regions.flatMap((region, n) =>
    look.regions[n] === 'missing'
      ? [about(region, id, 'missing package', `the package is missing, with ${counted}`)]
      : [],
  );
  return [...missing, ...tagDifferences(regions, look)];
}

/** Each Region is compared with the first one that has the package. */
function tagDifferences(regions: readonly string[], { id, tags }: PackageLook): VerifyFinding[] {
  const first = tags.findIndex((one) => typeof one !== 'string');
  const expected = tags[first];
  if (expected === undefined || typeof expected === 'string') return [];
  return tags.flatMap((own, n) => {
    if (typeof own === 'string') return [];
    const names = [...new Set([...expected.keys(), ...own.keys()])].sort();
    return names.flatMap((name) => {
      const [here, there] = [own.get(name), expected.get(name)];
      if (here === there) return [];
      const shown = `dist-tag ${name}: ${here ?? 'none'}, and ${there ?? 'none'} in ${regions[first]}`;
      return [about(regions[n] ?? '', id, 'other dist-tag', shown)];
    });
  });
}

/** Differences of one version: Regions without it, assets and status, each compared with the first Region that has it. Pure. */
export function versionDifferences(regions: readonly string[], { id, regions: looks }: VersionLook): VerifyFinding[] {
  const held = looks.flatMap((look, n) => (typeof look === 'string' ? [] : [{ region: regions[n] ?? '', ...look }]));
  const [first, ...others] = held;
  if (first === undefined) return [];
  const missing = looks.flatMap((look, n) =>
    look === 'missing'
      ? [
          about(
            regions[n] ?? '',
            id,
            'missing version',
            `the version is missing; ${first.region} has it${status(first)}`,
          ),
        ]
      : [],
  );
  const statuses = others
    .filter(({ status: own }) => own !== first.status)
    .map(({ region, status: own }) =>
      about(region, id, 'other status', `${own}, and ${first.status} in ${first.region}`),
    );
  return [...missing, ...statuses, ...assetDifferences(id, held)];
}

function status({ status: own }: RegionVersion): string {
  return own === 'Published' ? '' : ` (${own})`;
}

function assetDifferences(id: VersionId, held: readonly (RegionVersion & { readonly region: string })[]) {
  const read = held.flatMap(({ region, assets }) => (assets === undefined ? [] : [{ region, assets }]));
  const names = [...new Set(read.flatMap(({ assets }) => [...assets.keys()]))].sort();
  return names.flatMap((name) => {
    const owner = read.find(({ assets }) => assets.has(name));
    const expected = owner?.assets.get(name);
    if (owner === undefined || expected === undefined) return [];
    return read.flatMap(({ region, assets }): VerifyFinding[] => {
      const own = assets.get(name);
      if (own === undefined) return [about(region, id, 'missing asset', `missing; ${owner.region} has it`, name)];
      if (own.sha256 === expected.sha256) return [];
      const found = `other content: ${digest(own)}, and ${digest(expected)} in ${owner.region}`;
      return [about(region, id, 'other content', found, name)];
    });
  });
}

function digest({ sha256 }: StoredAsset): string {
  return `SHA-256 ${sha256.slice(0, 12)}…`;
}

/** What was asked for by name, and no Region has. */
export function absentEverywhere(regions: readonly string[], id: PackageId | VersionId): readonly VerifyFinding[] {
  const kind = 'version' in id ? 'missing version' : 'missing package';
  return regions.map((region) => about(region, id, kind, 'it was not published to the repository in any Region'));
}

function about(
  region: string,
  id: PackageId | VersionId,
  kind: FindingKind,
  found: string,
  asset: string | null = null,
): VerifyFinding {
  return { region, kind, package: packageUrl(id), asset, found };
}
