import { quote } from '../operation/inputs.ts';
import { shownVersion, type VersionId, versionKey } from './package.ts';
import type { PackageFile } from './package-file.ts';
import { pythonVersionKey } from './python-version.ts';
import type { NamedAsset } from './reading.ts';
import type { Release, ReleaseAsset } from './release.ts';

/** Releases of assets, and what does not go together. */
export interface JoinedAssets {
  /** Sorted by format, name and version. */
  readonly releases: readonly Release[];
  readonly problems: readonly { readonly shown: string; readonly message: string }[];
}

/**
 * Puts assets together by their version. One asset may be given twice with the same content, but not with another; and
 * the versions of a Python package must be written in one way, as CodeArtifact takes `1.0` and `1.0.0` for two.
 */
export function joinAssets(assets: readonly NamedAsset[], files: readonly PackageFile[]): JoinedAssets {
  const shownByPath = new Map(files.map(({ path, shown }) => [path, shown]));
  const shown = ({ file }: ReleaseAsset) => shownByPath.get(file) ?? file;
  const versions = new Map<string, { id: VersionId; assets: Map<string, ReleaseAsset> }>();
  const spellings = new Map<string, { id: VersionId; asset: ReleaseAsset }>();
  const problems: { shown: string; message: string }[] = [];
  for (const { id, asset } of assets) {
    const key = versionKey(id);
    const version = versions.get(key) ?? { id, assets: new Map<string, ReleaseAsset>() };
    versions.set(key, version);
    const known = version.assets.get(asset.name);
    if (known === undefined) version.assets.set(asset.name, asset);
    else if (known.sha256 !== asset.sha256) {
      problems.push({
        shown: shown(asset),
        message: `it is the asset ${quote(asset.name)} of ${shownVersion(id)}, and so is ${shown(known)} with other content; give one of them`,
      });
    }
    const spelled = spellingKey(id);
    const first = spellings.get(spelled) ?? { id, asset };
    spellings.set(spelled, first);
    if (first.id.version !== id.version) {
      problems.push({
        shown: shown(asset),
        message: `it says version ${quote(id.version)}, and ${shown(first.asset)} says ${quote(first.id.version)}, which is the same version; build them together`,
      });
    }
  }
  const releases = [...versions.values()].map(({ id, assets: own }) => ({ id, assets: sorted([...own.values()]) }));
  return { releases: releases.sort((a, b) => compare(orderOf(a.id), orderOf(b.id))), problems };
}

/** A text that is the same for all ways to write one version. */
function spellingKey(id: VersionId): string {
  return versionKey(id.format === 'pypi' ? { ...id, version: pythonVersionKey(id.version) ?? id.version } : id);
}

function sorted(assets: readonly ReleaseAsset[]): readonly ReleaseAsset[] {
  return assets.toSorted((a, b) => compare([a.name], [b.name]));
}

function orderOf({ format, namespace = '', name, version }: VersionId): readonly string[] {
  return [format, namespace, name, version];
}

function compare(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((text, n) => text !== other[n]);
  return at < 0 ? 0 : (one[at] ?? '') < (other[at] ?? '') ? -1 : 1;
}
