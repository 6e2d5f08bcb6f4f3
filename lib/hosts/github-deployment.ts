import { OperationFailed } from '../errors.ts';
import type { GithubRepository } from './github-api.ts';
import type { DeploymentState, HostResult } from './host.ts';

const STATES = { 'in-progress': 'in_progress', success: 'success', failure: 'failure' } as const;
/** GitHub's limit on a status' description, in characters. */
const MAX_DESCRIPTION = 140;

/**
 * Records the state of a deployment. `inactive` ends all deployments of the environment; every other state belongs to
 * the deployment of the state's commit, which is created when there is none. Errors are Octokit's.
 */
export async function putGithubDeployment(
  repository: GithubRepository,
  state: DeploymentState,
  logUrl: string | undefined,
): Promise<HostResult> {
  if (state.state === 'inactive') return await endAll(repository, state.environment);
  if (state.commit === undefined && state.branch === undefined) {
    return { done: false, note: 'a deployment needs a commit or a branch, and neither is known' };
  }
  const { octokit, owner, repo } = repository;
  const id = (await findDeployment(repository, state)) ?? (await createDeployment(repository, state));
  await octokit.rest.repos.createDeploymentStatus({
    owner,
    repo,
    deployment_id: id,
    state: STATES[state.state],
    // Other deployments of this environment may be somebody else's.
    auto_inactive: false,
    ...(state.url === undefined ? {} : { environment_url: state.url }),
    ...(logUrl === undefined ? {} : { log_url: logUrl }),
    ...(state.description === undefined ? {} : { description: shorten(state.description) }),
  });
  return state.url === undefined ? { done: true } : { done: true, url: state.url };
}

async function findDeployment(
  { octokit, owner, repo }: GithubRepository,
  { environment, commit }: DeploymentState,
): Promise<number | undefined> {
  if (commit === undefined) return undefined;
  const { data } = await octokit.rest.repos.listDeployments({ owner, repo, environment, sha: commit, per_page: 100 });
  return data.find((deployment) => deployment.environment === environment && deployment.sha === commit)?.id;
}

async function createDeployment(repository: GithubRepository, state: DeploymentState): Promise<number> {
  const { branch, commit } = state;
  // With the branch as its ref, GitHub shows the deployment on the branch's pull request.
  const created = await create(repository, state, branch ?? commit ?? '');
  if (commit === undefined || created.sha === commit) return created.id;
  // The branch has moved on since this run began: this deployment would be of another commit.
  await endOne(repository, created.id);
  return (await create(repository, state, commit)).id;
}

async function create({ octokit, owner, repo }: GithubRepository, state: DeploymentState, ref: string) {
  const { data } = await octokit.rest.repos.createDeployment({
    owner,
    repo,
    ref,
    environment: state.environment,
    // Deploy exactly this commit now: no merge from the default branch, no waiting for checks of which this run is one.
    auto_merge: false,
    required_contexts: [],
    transient_environment: true,
    production_environment: false,
    ...(state.description === undefined ? {} : { description: shorten(state.description) }),
  });
  if (!('id' in data)) {
    throw new OperationFailed({
      what: `GitHub made no deployment of '${ref}': ${data.message ?? 'it gave no reason'}`,
    });
  }
  return data;
}

async function endAll(repository: GithubRepository, environment: string): Promise<HostResult> {
  const { octokit, owner, repo } = repository;
  const deployments = await octokit.paginate(octokit.rest.repos.listDeployments, {
    owner,
    repo,
    environment,
    per_page: 100,
  });
  for (const deployment of deployments) {
    if (deployment.environment !== environment) continue;
    const { data } = await octokit.rest.repos.listDeploymentStatuses({
      owner,
      repo,
      deployment_id: deployment.id,
      per_page: 1,
    });
    if (data[0]?.state !== 'inactive') await endOne(repository, deployment.id);
  }
  return { done: true };
}

async function endOne({ octokit, owner, repo }: GithubRepository, id: number): Promise<void> {
  await octokit.rest.repos.createDeploymentStatus({ owner, repo, deployment_id: id, state: 'inactive' });
}

function shorten(description: string): string {
  return description.length <= MAX_DESCRIPTION ? description : `${description.slice(0, MAX_DESCRIPTION - 1)}…`;
}
