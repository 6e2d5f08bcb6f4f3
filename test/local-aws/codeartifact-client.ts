import { createHash } from 'node:crypto';
import {
  Codeartifact,
  CodeartifactServiceException,
  type GetRepositoryEndpointCommandInput,
  type PackageFormat,
} from '@aws-sdk/client-codeartifact';
import type { LocalAws } from '../../local-aws/start.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const DOMAIN = 'team';

/** The real client; an access key of twelve digits is the account. */
export function codeArtifactOf(aws: LocalAws, account = ACCOUNT, region = REGION): Codeartifact {
  const credentials = { accessKeyId: account, secretAccessKey: 'local' };
  return new Codeartifact({ endpoint: aws.endpoint, region, credentials, maxAttempts: 1 });
}

/** Makes a domain with repositories of these names. */
export async function makeRepositories(client: Codeartifact, ...names: string[]): Promise<void> {
  await client.createDomain({ domain: DOMAIN });
  for (const repository of names) await client.createRepository({ domain: DOMAIN, repository });
}

/** The endpoint of a repository, and a token for it. */
export async function loginTo(
  client: Codeartifact,
  repository: string,
  format: PackageFormat,
): Promise<{ endpoint: string; token: string }> {
  const asked: GetRepositoryEndpointCommandInput = { domain: DOMAIN, repository, format };
  const { repositoryEndpoint } = await client.getRepositoryEndpoint(asked);
  const { authorizationToken } = await client.getAuthorizationToken({ domain: DOMAIN });
  return { endpoint: repositoryEndpoint!, token: authorizationToken! };
}

/** An address with the login in it, as pip and twine take it. */
export function withLogin({ endpoint, token }: { endpoint: string; token: string }, rest = ''): string {
  const url = new URL(rest, endpoint);
  url.username = 'aws';
  url.password = token;
  return url.href;
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The error that a call must end with, as far as its members are told. */
export async function errorOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof CodeartifactServiceException)) throw error;
    const { name, message, $metadata } = error;
    const { resourceType, resourceId, reason } = error as unknown as Record<string, unknown>;
    return { name, message, status: $metadata.httpStatusCode, resourceType, resourceId, reason };
  }
  throw new Error('the call succeeded');
}

/** Publishes a generic package. */
export async function publishGeneric(
  client: Codeartifact,
  asked: {
    repository: string;
    version: string;
    content?: string;
    assetName?: string;
    unfinished?: boolean;
    package?: string;
  },
) {
  const { content = 'content', assetName = 'file.txt', package: name = 'tool', ...rest } = asked;
  return await client.publishPackageVersion({
    domain: DOMAIN,
    format: 'generic',
    namespace: 'build',
    package: name,
    packageVersion: rest.version,
    repository: rest.repository,
    assetName,
    assetContent: Buffer.from(content),
    assetSHA256: sha256(content),
    ...(rest.unfinished !== undefined && { unfinished: rest.unfinished }),
  });
}

/** Makes a package group that blocks publishing. */
export async function blockPublishing(client: Codeartifact, packageGroup: string): Promise<void> {
  await client.createPackageGroup({ domain: DOMAIN, packageGroup });
  const restrictions = { PUBLISH: 'BLOCK' } as const;
  await client.updatePackageGroupOriginConfiguration({ domain: DOMAIN, packageGroup, restrictions });
}
