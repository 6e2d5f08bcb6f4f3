import type { RegistryLogin } from './host.ts';

const REGISTRY = 'ghcr.io';

/** GitHub's registry belongs to github.com; the token of another server is nothing that it may see. */
function isGithubCom(environment: NodeJS.ProcessEnv): boolean {
  return (environment.GITHUB_SERVER_URL || 'https://github.com') === 'https://github.com';
}

/** Whether a registry is that of the server on which the run is. */
export function isGithubRegistry(environment: NodeJS.ProcessEnv, registry: string): boolean {
  return registry === REGISTRY && isGithubCom(environment);
}

/**
 * The login for ghcr.io with the token of the job. Packages need `permissions: packages: write` (or `read`).
 * Source: GitHub Docs, "Working with the Container registry".
 */
export function githubRegistryLogin(
  environment: NodeJS.ProcessEnv,
  token: string | undefined,
  registry: string,
): RegistryLogin | undefined {
  if (token === undefined || !isGithubRegistry(environment, registry)) return undefined;
  // GitHub looks at the token only, but an empty user is no login.
  return { username: environment.GITHUB_ACTOR || 'github', password: token };
}

/** `ghcr.io/<owner>/<repository>` in lower case, as registries want it; undefined on other servers than github.com. */
export function githubImageRepository(environment: NodeJS.ProcessEnv): string | undefined {
  const repository = environment.GITHUB_REPOSITORY ?? '';
  return repository === '' || !isGithubCom(environment) ? undefined : `${REGISTRY}/${repository.toLowerCase()}`;
}
