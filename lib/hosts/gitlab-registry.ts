import type { RegistryLogin } from './host.ts';

/**
 * The login that GitLab gives a job for its container registry and for its dependency proxy.
 * Source: GitLab Docs, "Predefined CI/CD variables reference", CI_REGISTRY and CI_DEPENDENCY_PROXY_SERVER.
 */
export function gitlabRegistryLogin(environment: NodeJS.ProcessEnv, registry: string): RegistryLogin | undefined {
  for (const prefix of ['CI_REGISTRY', 'CI_DEPENDENCY_PROXY']) {
    const server = prefix === 'CI_REGISTRY' ? environment.CI_REGISTRY : environment.CI_DEPENDENCY_PROXY_SERVER;
    const username = environment[`${prefix}_USER`];
    const password = environment[`${prefix}_PASSWORD`];
    if (server && username && password && sameServer(server, registry)) return { username, password };
  }
  return undefined;
}

/** GitLab writes the port of the dependency proxy also where it is the usual one. */
function sameServer(one: string, other: string): boolean {
  const usual = (server: string) => server.toLowerCase().replace(/:443$/, '');
  return usual(one) === usual(other);
}
