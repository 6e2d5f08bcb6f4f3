import { errorMessage } from '../errors.ts';
import { deepestCause } from './deepest-cause.ts';
import type { GithubRepository } from './github-api.ts';
import type { ImagePackage, ImagePlace, PackageVersion } from './host.ts';
import { PackageError, type PackageErrorKind } from './package-error.ts';

type Octokit = GithubRepository['octokit'];

/** GitHub's own limit for one page. */
const PER_PAGE = 100;

const ROLE =
  "Give the job 'permissions: packages: write', and this repository the role 'Admin' on the package's page under 'Package settings', 'Manage Actions access'";

/** What is read of GitHub's "package-version" schema. */
interface Version {
  readonly id: number;
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly metadata?: { readonly container?: { readonly tags: readonly string[] } };
}

/**
 * The package behind `ghcr.io/<owner>/<name>`. Makes no call before it is asked for something.
 *
 * Source: GitHub Docs, "REST API endpoints for packages" and "Deleting and restoring a package".
 */
export function githubPackage(octokit: Octokit, { registry, path }: ImagePlace): ImagePackage {
  const [owner = '', ...rest] = path.split('/');
  const name = `${registry}/${path}`;
  // Octokit encodes the slashes.
  const common = { package_type: 'container', package_name: rest.join('/') } as const;
  const { packages } = octokit.rest;
  let kind: Promise<'organization' | 'user'> | undefined;

  /** Who owns it decides which calls there are; a request that failed is made again the next time. */
  function ownerKind(): Promise<'organization' | 'user'> {
    kind ??= askOwnerKind(octokit, owner).catch((error: unknown) => {
      kind = undefined;
      throw refusal(error, `GitHub did not say who owns ${name}`);
    });
    return kind;
  }

  async function* versions(): AsyncIterable<PackageVersion> {
    const isUser = (await ownerKind()) === 'user';
    const page = { ...common, state: 'active', per_page: PER_PAGE } as const;
    const pages: AsyncIterable<{ readonly data: readonly Version[] }> = isUser
      ? octokit.paginate.iterator(packages.getAllPackageVersionsForPackageOwnedByUser, { ...page, username: owner })
      : octokit.paginate.iterator(packages.getAllPackageVersionsForPackageOwnedByOrg, { ...page, org: owner });
    try {
      for await (const { data } of pages) for (const version of data) yield versionOf(version);
    } catch (error) {
      throw refusal(error, `The images of ${name} cannot be listed`);
    }
  }

  async function version(id: number): Promise<PackageVersion | undefined> {
    const isUser = (await ownerKind()) === 'user';
    const one = { ...common, package_version_id: id };
    try {
      const { data } = isUser
        ? await packages.getPackageVersionForUser({ ...one, username: owner })
        : await packages.getPackageVersionForOrganization({ ...one, org: owner });
      return versionOf(data);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw refusal(error, `An image of ${name} cannot be read`);
    }
  }

  async function remove(id: number): ReturnType<ImagePackage['remove']> {
    const isUser = (await ownerKind()) === 'user';
    const one = { ...common, package_version_id: id };
    try {
      if (isUser) await packages.deletePackageVersionForUser({ ...one, username: owner });
      else await packages.deletePackageVersionForOrg({ ...one, org: owner });
      return { removed: true };
    } catch (error) {
      const status = statusOf(error);
      // So GitHub refuses the last version that has a tag, and public ones with more than 5,000 downloads.
      if (status === 400 || status === 422) return { removed: false, why: `GitHub keeps it: ${errorMessage(error)}` };
      // GitHub answers 404 also when the token may not remove what it may read.
      if (status === 404 && (await version(id)) === undefined) return { removed: true };
      throw refusal(error, `An image of ${name} cannot be removed`, status === 404 ? 'denied' : undefined);
    }
  }

  return { versions, version, remove };
}

/** `/users/` answers for organizations, too, but may hide a user; `/orgs/` answers for organizations only. */
async function askOwnerKind(octokit: Octokit, owner: string): Promise<'organization' | 'user'> {
  try {
    await octokit.rest.orgs.get({ org: owner });
    return 'organization';
  } catch (error) {
    if (statusOf(error) === 404) return 'user';
    throw error;
  }
}

function versionOf({ id, name, created_at, updated_at, metadata }: Version): PackageVersion {
  return {
    id,
    digest: name,
    tags: metadata?.container?.tags ?? [],
    // A tag that came or went, or a second push of the same image, counts as well.
    changedAt: new Date(Math.max(Date.parse(created_at), Date.parse(updated_at))),
  };
}

function refusal(error: unknown, what: string, as?: PackageErrorKind): PackageError {
  if (error instanceof PackageError) return error;
  const status = statusOf(error);
  const options = { cause: error };
  if (status === undefined) {
    const answer = `${what}: no answer from GitHub (${deepestCause(error)})`;
    return new PackageError('failed', { what: answer, next: 'Run again later' }, options);
  }
  const answer = `${what}: GitHub answered ${status} (${errorMessage(error)})`;
  if (isBusy(error, status)) {
    const cause = "the job's token has used up its requests; on github.com they are 1,000 an hour for each repository";
    return new PackageError('busy', { what: answer, cause, next: 'Run again in an hour' }, options);
  }
  const kind = as ?? (status === 404 ? 'missing' : status === 401 || status === 403 ? 'denied' : 'failed');
  if (kind === 'failed') return new PackageError(kind, { what: answer, next: 'Run again later' }, options);
  const cause =
    'the token may not do this, because the package does not trust this repository; or there is no such package';
  return new PackageError(kind, { what: answer, cause, next: ROLE }, options);
}

/** Source: GitHub Docs, "Rate limits for the REST API", "Exceeding the rate limit". */
function isBusy(error: unknown, status: number): boolean {
  if (status === 429) return true;
  const headers = (error as { response?: { headers?: Record<string, string | undefined> } }).response?.headers;
  const isUsedUp = headers?.['x-ratelimit-remaining'] === '0' || headers?.['retry-after'] !== undefined;
  return status === 403 && (isUsedUp || /rate limit/i.test(errorMessage(error)));
}

/** The status of an answer; undefined for everything else. Octokit gives a lost connection a status and no response. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error) || !('response' in error)) return undefined;
  return error.response === undefined || typeof error.status !== 'number' ? undefined : error.status;
}
