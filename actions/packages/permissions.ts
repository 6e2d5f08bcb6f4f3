import type { Permission } from '../../lib/operation/define.ts';

const DOMAIN = 'arn:${Partition}:codeartifact:*:*:domain/*';
const REPOSITORY = 'arn:${Partition}:codeartifact:*:*:repository/*';
const PACKAGE = 'arn:${Partition}:codeartifact:*:*:package/*';

/** What signing in to the package protocols takes. Source: user guide, "AWS CodeArtifact authentication and tokens". */
export const SIGN_IN_PERMISSIONS: readonly Permission[] = [
  { action: 'codeartifact:GetAuthorizationToken', resource: DOMAIN, why: 'signs in to the package protocols' },
  {
    action: 'sts:GetServiceBearerToken',
    resource: '*',
    why: "belongs to every authorization token; limit it by the condition key sts:AWSServiceName ('codeartifact.amazonaws.com')",
  },
  { action: 'codeartifact:GetRepositoryEndpoint', resource: REPOSITORY, why: 'finds where a format is served' },
];

/** What a login for package managers takes. */
export const LOGIN_PERMISSIONS: readonly Permission[] = [
  ...SIGN_IN_PERMISSIONS,
  {
    action: 'codeartifact:ReadFromRepository',
    resource: REPOSITORY,
    why: 'reads with the token: to find the nearest Region, to prove the login, and then by the tools',
  },
];

/** What comparing versions takes. */
export const READ_VERSION_PERMISSIONS: readonly Permission[] = [
  { action: 'codeartifact:DescribePackageVersion', resource: PACKAGE, why: 'sees the status of a version' },
  { action: 'codeartifact:ListPackageVersionAssets', resource: PACKAGE, why: 'compares files by their SHA-256' },
];

export const PUBLISH_PERMISSIONS: readonly Permission[] = [
  ...SIGN_IN_PERMISSIONS,
  { action: 'codeartifact:DescribePackage', resource: PACKAGE, why: 'sees whether origin controls block publishing' },
  ...READ_VERSION_PERMISSIONS,
  { action: 'codeartifact:PublishPackageVersion', resource: PACKAGE, why: 'publishes' },
  {
    action: 'codeartifact:ReadFromRepository',
    resource: REPOSITORY,
    why: 'reads dist-tags and maven-metadata.xml',
    onlyWith: 'npm and Maven packages',
  },
  {
    action: 'codeartifact:PutPackageMetadata',
    resource: PACKAGE,
    why: 'writes dist-tags and maven-metadata.xml',
    onlyWith: 'npm and Maven packages',
  },
  {
    action: 'codeartifact:UpdatePackageVersionsStatus',
    resource: PACKAGE,
    why: 'ends the publishing of a version with several files; unlists, and lists again',
    onlyWith: "Maven and generic packages, and 'on-failure: unlist'",
  },
  {
    action: 'codeartifact:DeletePackageVersions',
    resource: PACKAGE,
    why: 'deletes versions that this run made',
    onlyWith: "'on-failure: delete'",
  },
];

/** What comparing whole repositories takes; npm's dist-tags are read by its own protocol. */
export const VERIFY_PERMISSIONS: readonly Permission[] = [
  { action: 'codeartifact:ListPackages', resource: REPOSITORY, why: 'finds the packages' },
  { action: 'codeartifact:ListPackageVersions', resource: PACKAGE, why: 'compares versions and their status' },
  { action: 'codeartifact:ListPackageVersionAssets', resource: PACKAGE, why: 'compares files by their SHA-256' },
  ...SIGN_IN_PERMISSIONS.map((permission) => ({ ...permission, onlyWith: 'npm packages' })),
  {
    action: 'codeartifact:ReadFromRepository',
    resource: REPOSITORY,
    why: 'compares dist-tags',
    onlyWith: 'npm packages',
  },
];

/** What healing Regions takes, besides the comparison. */
export const RECONCILE_PERMISSIONS: readonly Permission[] = [
  ...VERIFY_PERMISSIONS.filter(({ onlyWith }) => onlyWith === undefined),
  ...SIGN_IN_PERMISSIONS,
  {
    action: 'codeartifact:ReadFromRepository',
    resource: REPOSITORY,
    why: 'reads dist-tags and maven-metadata.xml',
    onlyWith: 'npm and Maven packages',
  },
  { action: 'codeartifact:DescribePackageVersion', resource: PACKAGE, why: 'reads back what was healed' },
  { action: 'codeartifact:GetPackageVersionAsset', resource: PACKAGE, why: 'downloads from the Region that is whole' },
  { action: 'codeartifact:PublishPackageVersion', resource: PACKAGE, why: 'publishes in the other Regions' },
  {
    action: 'codeartifact:PutPackageMetadata',
    resource: PACKAGE,
    why: 'writes dist-tags and maven-metadata.xml',
    onlyWith: 'npm and Maven packages',
  },
  {
    action: 'codeartifact:UpdatePackageVersionsStatus',
    resource: PACKAGE,
    why: 'ends the publishing of a version with several files; unlists, and lists again',
    onlyWith: 'Maven and generic packages, and unlisted versions',
  },
];
