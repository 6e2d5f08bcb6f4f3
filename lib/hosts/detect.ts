import { badInput } from '../errors.ts';
import type { Host, HostName } from './host.ts';
import type { HostOptions } from './options.ts';

export type { HostOptions } from './options.ts';

const HOSTS: readonly HostName[] = ['github', 'gitlab', 'terminal'];

/**
 * Makes the host that this process runs on. Only the code of that host is loaded.
 *
 * @throws BadInput when `HEADGATE_HOST` names no host
 */
export async function createHost(options: HostOptions): Promise<Host> {
  switch (detectHost(options.environment)) {
    case 'github':
      return (await import('./github.ts')).githubHost(options);
    case 'gitlab':
      return (await import('./gitlab.ts')).gitlabHost(options);
    case 'terminal':
      return (await import('./terminal.ts')).terminalHost(options);
  }
}

/**
 * Tells the host from the variables that runners set; `HEADGATE_HOST` overrides them.
 *
 * @throws BadInput when `HEADGATE_HOST` names no host
 */
export function detectHost(environment: NodeJS.ProcessEnv): HostName {
  const chosen = environment.HEADGATE_HOST ?? '';
  if (chosen !== '') {
    const host = HOSTS.find((name) => name === chosen);
    if (host === undefined) throw badInput('HEADGATE_HOST', `is not a host; write 'github', 'gitlab' or 'terminal'`);
    return host;
  }
  if (environment.GITHUB_ACTIONS === 'true') return 'github';
  if (environment.GITLAB_CI === 'true') return 'gitlab';
  return 'terminal';
}
