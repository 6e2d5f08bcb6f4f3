import type { NamedOperation } from '../operations.ts';

/** Endpoints that GetRepositoryEndpoint gives begin with this. No bucket can have this name. */
export const PACKAGES_PREFIX = '/_headgate/codeartifact/';

/** A request of a package manager. */
export interface PackagesTarget {
  readonly account: string;
  readonly region: string;
  readonly domain: string;
  readonly format: string;
  readonly repository: string;
  /** What follows the endpoint of the repository, decoded segment by segment. */
  readonly segments: readonly string[];
}

const PATH = /^(\d{12})\/([a-z0-9-]+)\/([^/]+)\/([^/]+)\/([^/]+)(?:\/(.*))?$/;

/**
 * Reads which repository the request of a package manager is for; undefined for another request. In an address that is
 * malformed all names are empty, so that nothing is found by it.
 */
export function readPackagesTarget(path: string): PackagesTarget | undefined {
  if (!path.startsWith(PACKAGES_PREFIX)) return undefined;
  const [, account = '', region = '', domain = '', format = '', repository = '', rest = ''] =
    PATH.exec(path.slice(PACKAGES_PREFIX.length)) ?? [];
  const segments = decodeSegments(rest);
  if (!segments) return { account: '', region: '', domain: '', format: '', repository: '', segments: [] };
  return { account, region, domain, format, repository, segments };
}

/** The endpoint of a repository for a format, below the gateway's own address. */
export function endpointPath(
  { account, region, domain, format, repository }: Omit<PackagesTarget, 'segments'>,
  rest = '',
): string {
  return `${PACKAGES_PREFIX}${account}/${region}/${domain}/${format}/${repository}/${rest}`;
}

/**
 * Names the request of a package manager by the action that CodeArtifact checks. Source: user guide, "CodeArtifact
 * permissions reference" and "Package publishing": Maven's metadata and npm's tags are package metadata.
 */
export function namePackagesCall(method: string, target: PackagesTarget): NamedOperation {
  const { domain, repository, format, segments } = target;
  const operation = operationOf(method, format, segments);
  return {
    operation,
    iamAction: `codeartifact:${operation}`,
    resource: [domain, repository, format, ...segments].filter(Boolean).join('/'),
  };
}

function operationOf(method: string, format: string, segments: readonly string[]): string {
  if (method === 'GET' || method === 'HEAD') return 'ReadFromRepository';
  const isMetadata =
    (format === 'maven' && (segments.at(-1) ?? '').startsWith('maven-metadata.xml')) ||
    (format === 'npm' && segments.includes('dist-tags'));
  return isMetadata ? 'PutPackageMetadata' : 'PublishPackageVersion';
}

function decodeSegments(rest: string): string[] | undefined {
  try {
    return rest
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
