import type { HostEvent, Surroundings } from './host.ts';

/** Sources that stand for a person's wish. Source: GitLab Docs, "Predefined CI/CD variables", CI_PIPELINE_SOURCE. */
const BY_HAND = new Set(['web', 'api', 'chat', 'webide']);

/** Where a GitLab job happens, from its predefined variables. A local runner may leave out any of them. */
export function gitlabSurroundings(environment: NodeJS.ProcessEnv): Surroundings {
  const given = (name: string) => environment[name] || undefined;
  const serverHost = given('CI_SERVER_HOST');
  const repositoryPath = given('CI_PROJECT_PATH');
  const defaultBranch = given('CI_DEFAULT_BRANCH');
  // In a pipeline of merged results CI_COMMIT_SHA is a merge commit that no branch has.
  const commit = given('CI_MERGE_REQUEST_SOURCE_BRANCH_SHA') ?? given('CI_COMMIT_SHA');
  const isProtected = given('CI_COMMIT_REF_PROTECTED');
  const runUrl = given('CI_JOB_URL');
  // Set only where the project has a container registry.
  const imageRepository = given('CI_REGISTRY_IMAGE')?.toLowerCase();
  return {
    ...(serverHost === undefined ? {} : { serverHost }),
    ...(repositoryPath === undefined ? {} : { repositoryPath }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    ...(commit === undefined ? {} : { commit }),
    ...(isProtected === undefined ? {} : { branchIsProtected: isProtected === 'true' }),
    ...(runUrl === undefined ? {} : { runUrl }),
    ...(imageRepository === undefined ? {} : { imageRepository }),
    event: gitlabEvent(environment),
  };
}

/** The event behind a GitLab job. GitLab starts no pipeline when a branch is deleted; it stops its environment instead. */
export function gitlabEvent(environment: NodeJS.ProcessEnv): HostEvent {
  // gitlab-ci-local and old runners may not set it; a run without a source is one for the commit at hand.
  const source = environment.CI_PIPELINE_SOURCE || 'push';
  const tag = environment.CI_COMMIT_TAG || undefined;
  const branch = tag === undefined ? gitlabBranch(environment) : undefined;
  const mergeRequest = Number(environment.CI_MERGE_REQUEST_IID || Number.NaN);
  const sameRepository = !Number.isInteger(mergeRequest) || comesFromThisProject(environment);

  if (environment.CI_ENVIRONMENT_ACTION === 'stop') {
    if (branch === undefined) return { kind: 'other' };
    // A branch of a fork must not stop what belongs to a branch of ours with the same name.
    if (!sameRepository)
      return { kind: 'pull-request', action: 'closed', number: mergeRequest, branch, sameRepository };
    return { kind: 'stop', branch };
  }
  if (Number.isInteger(mergeRequest) && branch !== undefined) {
    return { kind: 'pull-request', action: 'updated', number: mergeRequest, branch, sameRepository };
  }
  const on = branch === undefined ? {} : { branch };
  if (source === 'schedule') return { kind: 'schedule', ...on };
  if (BY_HAND.has(source)) return { kind: 'manual', ...on };
  if (source === 'push') {
    if (tag !== undefined) return { kind: 'tag', tag, deleted: false };
    if (branch !== undefined) return { kind: isNew(environment) ? 'branch-created' : 'branch-pushed', branch };
  }
  return { kind: 'other', ...on };
}

/** The bare branch name; never the slug, in which two branches can look the same. */
function gitlabBranch(environment: NodeJS.ProcessEnv): string | undefined {
  return (
    environment.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME ||
    environment.CI_COMMIT_BRANCH ||
    environment.CI_COMMIT_REF_NAME ||
    undefined
  );
}

function comesFromThisProject(environment: NodeJS.ProcessEnv): boolean {
  const project = environment.CI_PROJECT_ID || undefined;
  return project !== undefined && environment.CI_MERGE_REQUEST_SOURCE_PROJECT_ID === project;
}

/** The commit before the push is all zeros for a new branch (SHA-1 and SHA-256 repositories alike). */
function isNew(environment: NodeJS.ProcessEnv): boolean {
  return /^0{40,}$/.test(environment.CI_COMMIT_BEFORE_SHA ?? '');
}
