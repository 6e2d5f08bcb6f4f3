import { type ApiCall, askedPackage, askedRepository, type Handler, seconds } from './api-call.ts';
import { invalid, notFound } from './error.ts';
import { type Asset, FORMATS, type Package, packageKey, STATUSES, type Version } from './model.ts';
import { page, pageInOrder } from './pages.ts';
import { checkPublishable, publishAsset } from './publish.ts';
import { assetReply, json } from './reply.ts';
import { defaultVersion, ensurePackage, shownName, versionOf } from './store.ts';
import { isDownloadable } from './upstream.ts';

const ALLOW_OR_BLOCK = ['ALLOW', 'BLOCK'] as const;

const listPackages: Handler = (call) => {
  const { parameters } = call;
  const format = parameters.oneOf('format', FORMATS);
  const namespace = parameters.optional('namespace');
  const prefix = parameters.optional('package-prefix') ?? '';
  const publish = parameters.oneOf('publish', ALLOW_OR_BLOCK);
  const upstream = parameters.oneOf('upstream', ALLOW_OR_BLOCK);
  const { entries, nextToken } = pageInOrder(
    parameters,
    askedRepository(call).packages,
    ({ id, restrictions }) =>
      (format === undefined || id.format === format) &&
      (namespace === undefined || id.namespace === namespace) &&
      id.name.startsWith(prefix) &&
      (publish === undefined || restrictions.publish === publish) &&
      (upstream === undefined || restrictions.upstream === upstream),
  );
  const packages = entries.map((entry) => {
    const { name, ...rest } = describePackage(entry);
    return { ...rest, package: name };
  });
  return json({ packages, nextToken });
};

const putOriginConfiguration: Handler = (call) => {
  const { publish, upstream } = call.parameters.object('restrictions') ?? {};
  const read = (member: string, value: unknown) => {
    const found = ALLOW_OR_BLOCK.find((entry) => entry === value);
    if (found === undefined) throw invalid(`The member 'restrictions.${member}' must be ALLOW or BLOCK.`);
    return found;
  };
  const restrictions = { publish: read('publish', publish), upstream: read('upstream', upstream) };
  const changed = ensurePackage(askedRepository(call), call.parameters.package(), restrictions);
  changed.restrictions = restrictions;
  return json({ originConfiguration: { restrictions } });
};

const deletePackage: Handler = (call) => {
  const found = askedPackage(call);
  askedRepository(call).packages.delete(packageKey(found.id));
  const { name, ...rest } = describePackage(found);
  return json({ deletedPackage: { ...rest, package: name } });
};

const listPackageVersions: Handler = (call) => {
  const { parameters } = call;
  const status = parameters.oneOf('status', STATUSES);
  const originType = parameters.oneOf('originType', ['INTERNAL', 'EXTERNAL', 'UNKNOWN']);
  const byTime = parameters.oneOf('sortBy', ['PUBLISHED_TIME']) !== undefined;
  const found = askedPackage(call);
  const wanted = [...found.versions.values()].filter(
    (version) => (status ?? version.status) === version.status && (originType ?? 'INTERNAL') === 'INTERNAL',
  );
  // Newest first.
  const timeKey = ({ order }: Version) => String(Number.MAX_SAFE_INTEGER - order).padStart(16, '0');
  const { entries, nextToken } = page(parameters, wanted, byTime ? timeKey : ({ version }) => version);
  const versions = entries.map((version) => ({
    version: version.version,
    revision: version.revision,
    status: version.status,
    origin: describeOrigin(version),
  }));
  return json({ ...about(found), defaultDisplayVersion: defaultVersion(found), versions, nextToken });
};

const describePackageVersion: Handler = (call) => {
  const { found, version } = askedVersion(call);
  const { summary, homePage, sourceCodeRepository, license } = version.about;
  const { package: packageName, ...named } = about(found);
  return json({
    packageVersion: {
      ...named,
      packageName,
      displayName: version.about.displayName ?? shownName(found.id),
      version: version.version,
      summary,
      homePage,
      sourceCodeRepository,
      publishedTime: seconds(version.publishedTime),
      licenses: license === undefined ? [] : [{ name: license }],
      revision: version.revision,
      status: version.status,
      origin: describeOrigin(version),
    },
  });
};

const listPackageVersionAssets: Handler = (call) => {
  const { found, version } = askedVersion(call);
  const { entries, nextToken } = page(call.parameters, [...version.assets], ([name]) => name);
  const assets = entries.map(([name, asset]) => describeAsset(name, asset));
  return json({ ...about(found), version: version.version, versionRevision: version.revision, assets, nextToken });
};

const getPackageVersionAsset: Handler = (call) => {
  const { found, version } = askedVersion(call);
  const name = call.parameters.required('asset');
  const revision = call.parameters.optional('revision');
  if (revision !== undefined && revision !== version.revision) {
    throw notFound('package-version', `${shownName(found.id)} ${version.version} ${revision}`);
  }
  const asset = isDownloadable(version) ? version.assets.get(name) : undefined;
  if (!asset) throw notFound('asset', name);
  return assetReply(asset, {
    'x-assetname': encodeURI(name),
    'x-packageversion': version.version,
    'x-packageversionrevision': version.revision,
  });
};

const getPackageVersionReadme: Handler = (call) => {
  const { found, version } = askedVersion(call);
  const { readme } = version.about;
  if (readme === undefined) throw notFound('asset', 'readme');
  return json({ ...about(found), version: version.version, versionRevision: version.revision, readme });
};

/** Only of generic packages. Source: API reference, PublishPackageVersion. */
const publishPackageVersion: Handler = async (call) => {
  const { parameters, request, files } = call;
  const id = parameters.package();
  if (id.format !== 'generic') {
    throw invalid(`Packages of the format ${id.format} are published with a package manager; only generic ones here.`);
  }
  const repository = askedRepository(call);
  const version = parameters.required('version');
  const assetName = parameters.required('asset');
  const expected = request.headers['x-amz-content-sha256'];
  if (typeof expected !== 'string' || !/^[0-9a-f]{64}$/.test(expected)) {
    throw invalid("The header 'x-amz-content-sha256' must hold the SHA-256 of the asset in lower-case hexadecimal.");
  }
  checkPublishable(repository, id, version);
  const asset = await files.write(request);
  try {
    if (asset.hashes['SHA-256'] !== expected) {
      throw invalid(`The asset has the SHA-256 ${asset.hashes['SHA-256']}, and the request says ${expected}.`);
    }
    const unfinished = parameters.oneOf('unfinished', ['true', 'false']) === 'true';
    const status = unfinished ? 'Unfinished' : 'Published';
    const { version: into, added } = publishAsset({ repository, id, version, assetName, asset, status });
    if (!added) await files.discard(asset);
    return json({
      ...about({ id }),
      version: into.version,
      versionRevision: into.revision,
      status: into.status,
      asset: describeAsset(assetName, asset),
    });
  } catch (error) {
    await files.discard(asset);
    throw error;
  }
};

/** The operations on packages and on single versions. */
export const PACKAGE_OPERATIONS: Readonly<Record<string, Handler>> = {
  ListPackages: listPackages,
  DescribePackage: (call) => json({ package: describePackage(askedPackage(call)) }),
  DeletePackage: deletePackage,
  PutPackageOriginConfiguration: putOriginConfiguration,
  ListPackageVersions: listPackageVersions,
  DescribePackageVersion: describePackageVersion,
  ListPackageVersionAssets: listPackageVersionAssets,
  GetPackageVersionAsset: getPackageVersionAsset,
  GetPackageVersionReadme: getPackageVersionReadme,
  PublishPackageVersion: publishPackageVersion,
};

function askedVersion(call: ApiCall): { found: Package; version: Version } {
  const name = call.parameters.required('version');
  const found = askedPackage(call);
  return { found, version: versionOf(found, name) };
}

/** The members by which every answer names its package. */
function about({ id }: Pick<Package, 'id'>) {
  return {
    format: id.format,
    ...(id.namespace !== undefined && { namespace: id.namespace }),
    package: id.name,
  };
}

function describePackage({ id, restrictions }: Package) {
  const { package: name, ...rest } = about({ id });
  return { ...rest, name, originConfiguration: { restrictions } };
}

function describeOrigin({ origin }: Version) {
  return { domainEntryPoint: { repositoryName: origin }, originType: 'INTERNAL' };
}

function describeAsset(name: string, { size, hashes }: Asset) {
  return { name, size, hashes };
}
