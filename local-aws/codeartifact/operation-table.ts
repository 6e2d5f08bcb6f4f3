import type { NamedOperation } from '../operations.ts';

/** The whole API, REST over JSON. Source: CodeArtifact API reference, "Request Syntax" of each action. */
const TABLE: Readonly<Record<string, string>> = {
  'POST /v1/repository/external-connection': 'AssociateExternalConnection',
  'DELETE /v1/repository/external-connection': 'DisassociateExternalConnection',
  'POST /v1/package/versions/copy': 'CopyPackageVersions',
  'POST /v1/domain': 'CreateDomain',
  'GET /v1/domain': 'DescribeDomain',
  'DELETE /v1/domain': 'DeleteDomain',
  'POST /v1/domains': 'ListDomains',
  'GET /v1/domain/permissions/policy': 'GetDomainPermissionsPolicy',
  'PUT /v1/domain/permissions/policy': 'PutDomainPermissionsPolicy',
  'DELETE /v1/domain/permissions/policy': 'DeleteDomainPermissionsPolicy',
  'POST /v1/domain/repositories': 'ListRepositoriesInDomain',
  'POST /v1/repository': 'CreateRepository',
  'GET /v1/repository': 'DescribeRepository',
  'PUT /v1/repository': 'UpdateRepository',
  'DELETE /v1/repository': 'DeleteRepository',
  'POST /v1/repositories': 'ListRepositories',
  'GET /v1/repository/endpoint': 'GetRepositoryEndpoint',
  'GET /v1/repository/permissions/policy': 'GetRepositoryPermissionsPolicy',
  'PUT /v1/repository/permissions/policy': 'PutRepositoryPermissionsPolicy',
  'DELETE /v1/repository/permissions/policies': 'DeleteRepositoryPermissionsPolicy',
  'POST /v1/authorization-token': 'GetAuthorizationToken',
  'POST /v1/packages': 'ListPackages',
  'GET /v1/package': 'DescribePackage',
  'POST /v1/package': 'PutPackageOriginConfiguration',
  'DELETE /v1/package': 'DeletePackage',
  'POST /v1/package/versions': 'ListPackageVersions',
  'POST /v1/package/versions/delete': 'DeletePackageVersions',
  'POST /v1/package/versions/dispose': 'DisposePackageVersions',
  'POST /v1/package/versions/update_status': 'UpdatePackageVersionsStatus',
  'GET /v1/package/version': 'DescribePackageVersion',
  'POST /v1/package/version/publish': 'PublishPackageVersion',
  'POST /v1/package/version/assets': 'ListPackageVersionAssets',
  'GET /v1/package/version/asset': 'GetPackageVersionAsset',
  'GET /v1/package/version/readme': 'GetPackageVersionReadme',
  'POST /v1/package/version/dependencies': 'ListPackageVersionDependencies',
  'POST /v1/package-group': 'CreatePackageGroup',
  'GET /v1/package-group': 'DescribePackageGroup',
  'PUT /v1/package-group': 'UpdatePackageGroup',
  'DELETE /v1/package-group': 'DeletePackageGroup',
  'POST /v1/package-groups': 'ListPackageGroups',
  'POST /v1/package-groups/sub-groups': 'ListSubPackageGroups',
  'PUT /v1/package-group-origin-configuration': 'UpdatePackageGroupOriginConfiguration',
  'GET /v1/package-group-allowed-repositories': 'ListAllowedRepositoriesForGroup',
  'GET /v1/get-associated-package-group': 'GetAssociatedPackageGroup',
  'GET /v1/list-associated-packages': 'ListAssociatedPackages',
  'POST /v1/tags': 'ListTagsForResource',
  'POST /v1/tag': 'TagResource',
  'POST /v1/untag': 'UntagResource',
};

/** Further actions. Source: API reference of the operation, and user guide, "CodeArtifact permissions reference". */
const ALSO_NEEDS: Readonly<Record<string, readonly string[]>> = {
  GetAuthorizationToken: ['sts:GetServiceBearerToken'],
  CopyPackageVersions: ['codeartifact:ReadFromRepository'],
};

/** Parameters that say what a call is about, from the whole to the part. */
const RESOURCE_PARAMETERS = [
  'domain',
  'repository',
  'destination-repository',
  'format',
  'namespace',
  'package',
  'version',
  'asset',
];

/** Names a call of the API by method and path; undefined when there is no such call. */
export function nameApiCall(method: string, path: string, query: URLSearchParams): NamedOperation | undefined {
  const key = `${method} ${path.replace(/\/$/, '')}`;
  const operation = Object.hasOwn(TABLE, key) ? TABLE[key] : undefined;
  if (operation === undefined) return undefined;
  const resource = RESOURCE_PARAMETERS.flatMap((name) => query.get(name) ?? []).join('/');
  const alsoNeeds = ALSO_NEEDS[operation];
  return {
    operation,
    iamAction: `codeartifact:${operation}`,
    ...(alsoNeeds && { alsoNeeds: [...alsoNeeds] }),
    ...(resource && { resource }),
  };
}
