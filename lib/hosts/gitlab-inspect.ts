import { GitlabApi, GitlabApiError } from './gitlab-api.ts';
import { MAX_BYTES } from './gitlab-dotenv.ts';
import type { Finding } from './host.ts';

const CHECK = 'API token';
const HOW =
  "store a project access token with scope 'api' and the role Reporter as the masked CI variable HEADGATE_GITLAB_TOKEN";
/** Time to replace a token, in milliseconds. */
const SOON = 14 * 86_400_000;

/** What is known of the access token without writing, and the limit on outputs. */
export async function inspectGitlab(environment: NodeJS.ProcessEnv, now: Date): Promise<readonly Finding[]> {
  return [await tokenFinding(environment, now), dotenvFinding()];
}

async function tokenFinding(environment: NodeJS.ProcessEnv, now: Date): Promise<Finding> {
  const token = environment.HEADGATE_GITLAB_TOKEN?.trim();
  const base = environment.CI_API_V4_URL;
  if (!token) {
    const found = "there is none; the job's own token may not comment, so comments are left out";
    return { check: CHECK, status: 'warning', found, next: `For comments, ${HOW}` };
  }
  if (!base) return { check: CHECK, status: 'warning', found: 'CI_API_V4_URL is not set, so the API is unknown' };
  try {
    // It answers for project and group access tokens too. Source: GitLab Docs, "Personal access tokens API".
    const self = await new GitlabApi(base, token).request({ path: '/personal_access_tokens/self' });
    return judge(self as TokenInfo, now);
  } catch (error) {
    if (!(error instanceof GitlabApiError)) throw error;
    const what = error.status === 0 ? 'GitLab could not be reached' : `GitLab answered ${error.status}`;
    return { check: CHECK, status: 'warning', found: `${what} (${error.message})`, next: `Check it: ${HOW}` };
  }
}

interface TokenInfo {
  readonly active?: boolean;
  readonly scopes?: readonly string[];
  readonly expires_at?: string | null;
}

function judge({ active, scopes = [], expires_at: expires }: TokenInfo, now: Date): Finding {
  const end = expires ? `it ends on ${expires}` : 'it does not end';
  const found = `its scopes are ${scopes.join(', ') || 'none'}; ${end}`;
  const warn = (next: string): Finding => ({ check: CHECK, status: 'warning', found, next });
  if (active === false) return warn(`It is not active any more: ${HOW}`);
  if (!scopes.includes('api')) return warn(`It may not comment: ${HOW}`);
  if (expires && Date.parse(expires) - now.getTime() < SOON) return warn('Replace it soon');
  return { check: CHECK, status: 'ok', found };
}

function dotenvFinding(): Finding {
  const found = `outputs of a job may take ${MAX_BYTES} bytes, GitLab's default; larger results are in the result file`;
  return { check: 'Outputs (dotenv report)', status: 'ok', found };
}
