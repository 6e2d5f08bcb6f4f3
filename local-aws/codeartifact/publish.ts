import { conflict, denied } from './error.ts';
import {
  type About,
  type Asset,
  type PackageId,
  packageKey,
  type Repository,
  type Status,
  type Version,
} from './model.ts';
import { firstRestrictions, groupAllows } from './package-groups.ts';
import { ensurePackage, newRevision, shownName } from './store.ts';

let published = 0;

export interface NewAsset {
  readonly repository: Repository;
  readonly id: PackageId;
  readonly version: string;
  readonly assetName: string;
  readonly asset: Asset;
  /** The status that the version has afterwards, unless it was published already. */
  readonly status: 'Published' | 'Unfinished';
  /** Told when the version is made or gets an asset; what is left out stays as it was. */
  readonly about?: About;
}

/**
 * Adds an asset to a version, and makes the version, and the package, when they are not there. An asset that is there with
 * the same bytes is left as it is; with other bytes it is a conflict. Source: user guide, "Overwriting package assets".
 *
 * @returns the version, and whether the asset was new
 * @throws CodeArtifactError ConflictException, or AccessDeniedException where the origin controls block publishing
 */
export function publishAsset(added: NewAsset): { version: Version; added: boolean } {
  const { repository, id, assetName, asset } = added;
  checkPublishable(repository, id, added.version);
  const version = repository.packages.get(packageKey(id))?.versions.get(added.version);
  const same = version?.assets.get(assetName);
  const what = `${shownName(id)} ${added.version}`;
  if (same && same.hashes['SHA-256'] !== asset.hashes['SHA-256']) {
    throw conflict('asset', assetName, `The asset '${assetName}' of ${what} already exists with other content.`);
  }
  if (version && !same && version.status !== 'Unfinished' && !takesAssetsLater(id)) {
    throw conflict('package-version', what, `${what} already exists, and takes no more assets.`);
  }
  const into = version ?? makeVersion(repository, id, added.version);
  if (!same) {
    into.assets.set(assetName, asset);
    into.revision = newRevision();
  }
  into.about = { ...into.about, ...added.about };
  if (into.status === 'Unfinished') finish(into, added.status);
  return { version: into, added: !same };
}

/** Ends the publishing of a version, or leaves it unfinished. */
export function finish(version: Version, status: Status): void {
  if (status === 'Published' && version.status === 'Unfinished') version.publishedTime = new Date();
  version.status = status;
}

/**
 * What the package or its group blocks is blocked. Source: user guide, "How package origin controls interact with package
 * group origin controls".
 *
 * @throws CodeArtifactError when nothing may be published under this version
 */
export function checkPublishable(repository: Repository, id: PackageId, version: string): void {
  const known = repository.packages.get(packageKey(id));
  if (known?.restrictions.publish === 'BLOCK') {
    throw denied(`The origin configuration of the package '${shownName(id)}' blocks publishing.`);
  }
  if (!groupAllows(repository, id, 'PUBLISH')) {
    throw denied(`The package group of '${shownName(id)}' blocks publishing to the repository '${repository.name}'.`);
  }
  const { status } = known?.versions.get(version) ?? {};
  if (status === 'Archived' || status === 'Disposed') {
    const what = `${shownName(id)} ${version}`;
    throw conflict('package-version', what, `${what} is ${status}: nothing can be published under it.`);
  }
}

/** Python and Maven versions get assets at any time. Source: user guide, "Overwriting package assets". */
function takesAssetsLater({ format }: PackageId): boolean {
  return format === 'pypi' || format === 'maven';
}

function makeVersion(repository: Repository, id: PackageId, version: string): Version {
  const own = ensurePackage(repository, id, firstRestrictions(repository, id, 'publication'));
  published += 1;
  const made: Version = {
    version,
    status: 'Unfinished',
    revision: newRevision(),
    publishedTime: new Date(),
    order: published,
    origin: repository.name,
    assets: new Map(),
    about: {},
  };
  own.versions.set(version, made);
  return made;
}
