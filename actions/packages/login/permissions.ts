import type { Permission } from '../../../lib/operation/define.ts';

/**
 * What a login takes. Sources: Service Authorization Reference, "Actions, resources, and condition keys for AWS
 * CodeArtifact"; IAM User Guide, "Service bearer tokens": the token is one of STS, asked for on the caller's behalf.
 */
export const LOGIN_PERMISSIONS: readonly Permission[] = [
  {
    action: 'codeartifact:GetAuthorizationToken',
    resource: 'arn:${Partition}:codeartifact:${Region}:${Account}:domain/*',
    why: 'gets the token, in each Region',
  },
  {
    action: 'sts:GetServiceBearerToken',
    resource: '*',
    why: "gets the token, by way of STS; limit it by the condition key sts:AWSServiceName ('codeartifact.amazonaws.com')",
  },
  {
    action: 'codeartifact:GetRepositoryEndpoint',
    resource: 'arn:${Partition}:codeartifact:${Region}:${Account}:repository/*/*',
    why: 'finds the address of the repository, in each Region',
  },
  {
    action: 'codeartifact:ReadFromRepository',
    resource: 'arn:${Partition}:codeartifact:${Region}:${Account}:repository/*/*',
    why: 'reads with the token: to find the nearest Region, to prove the login, and then by the tools',
  },
];
