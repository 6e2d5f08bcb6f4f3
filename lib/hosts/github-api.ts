import type { getOctokit } from '@actions/github';
import { errorMessage } from '../errors.ts';
import { deepestCause } from './deepest-cause.ts';
import type { HostResult } from './host.ts';

/** Longest time for one request, in milliseconds. */
const REQUEST_TIMEOUT = 30_000;

/** The API of one repository. */
export interface GithubRepository {
  readonly octokit: ReturnType<typeof getOctokit>;
  readonly owner: string;
  readonly repo: string;
}

/**
 * Connects to the API. `GITHUB_API_URL` names it on GitHub Enterprise Server.
 *
 * @returns a note in place of a connection when a token or the repository's name is missing
 */
export async function connectGithub(
  environment: NodeJS.ProcessEnv,
  token: string | undefined,
): Promise<GithubRepository | { readonly note: string }> {
  const [owner, repo] = (environment.GITHUB_REPOSITORY ?? '').split('/');
  if (!owner || !repo) return { note: "GITHUB_REPOSITORY is not 'owner/name', so the repository is unknown" };
  if (token === undefined) {
    return { note: "there is no token; pass 'github-token: ${{ github.token }}' or set GITHUB_TOKEN" };
  }
  const { getOctokit } = await import('@actions/github');
  const octokit = getOctokit(token, { baseUrl: environment.GITHUB_API_URL || 'https://api.github.com' });
  octokit.hook.before('request', (options) => {
    options.request.signal = AbortSignal.timeout(REQUEST_TIMEOUT);
  });
  return { octokit, owner, repo };
}

/**
 * Runs work on the API. What the API refuses becomes a note, with the permission that the job lacks: a comment or a
 * deployment record never fails an operation that has done its work.
 */
export async function orNote(what: string, permission: string, work: () => Promise<HostResult>): Promise<HostResult> {
  try {
    return await work();
  } catch (error) {
    if (!isHttpError(error)) throw error;
    // Octokit gives a lost connection the status 500, and no response.
    if (error.response === undefined)
      return { done: false, note: `${what}: no answer from GitHub (${deepestCause(error)})` };
    const answer = `${what}: GitHub answered ${error.status} (${errorMessage(error)})`;
    // GitHub hides what a token may not see behind 404.
    const refused = error.status === 401 || error.status === 403 || error.status === 404;
    if (!refused) return { done: false, note: answer };
    const forks = 'a pull request from a fork always has a read-only token';
    return { done: false, note: `${answer}; the job probably lacks 'permissions: ${permission}' (${forks})` };
  }
}

/** Octokit's RequestError, told by its shape so that Octokit is not loaded for it. */
function isHttpError(error: unknown): error is Error & { status: number; response?: unknown } {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}
