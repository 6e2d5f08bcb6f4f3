import type { Finding } from '../../lib/hosts/host.ts';
import { type ProxyAddress, type ProxySettings, proxySettings, proxySupport } from '../../lib/net/proxy.ts';
import { notUnderstood } from '../../lib/net/proxy-bypass.ts';
import { failure, ok, problem, warning } from './finding.ts';

const CHECK = 'Proxy';

/** The proxy variables as they are understood, without user and password. */
export function proxyFindings(nodeVersion: string, environment?: NodeJS.ProcessEnv): readonly Finding[] {
  let settings: ProxySettings | undefined;
  try {
    settings = proxySettings(environment);
  } catch (error) {
    return [failure(CHECK, 'problem', error)];
  }
  if (settings === undefined) return [ok(CHECK, 'none')];
  return [settingsFinding(settings, nodeVersion), ...bypassFindings(settings.noProxy)];
}

function settingsFinding({ http, https }: ProxySettings, nodeVersion: string): Finding {
  const found = [describe('https', https), describe('http', http)].join('; ');
  switch (proxySupport(nodeVersion)) {
    case 'none':
      return problem(CHECK, `${found}, but Node ${nodeVersion} uses none`, 'Use Node 24, or Node 22.21 or newer');
    case 'clients':
      return warning(
        CHECK,
        `${found}; Node ${nodeVersion} uses them for AWS and GitHub, but not for GitLab`,
        'Use Node 24.14 or newer, or set NODE_USE_ENV_PROXY=1 for the job',
      );
    case 'all':
      return https === undefined
        ? warning(
            CHECK,
            found,
            'AWS and the hosts are https; if they are only reached through the proxy, set HTTPS_PROXY',
          )
        : ok(CHECK, found);
  }
}

function describe(scheme: string, address: ProxyAddress | undefined): string {
  if (address === undefined) return `${scheme} directly`;
  const login = address.hasCredentials ? ', with user and password' : '';
  return `${scheme} through ${address.shown} (${address.variable}${login})`;
}

function bypassFindings(noProxy: readonly string[]): readonly Finding[] {
  if (noProxy.length === 0) return [];
  const unclear = notUnderstood(noProxy);
  const check = `${CHECK}: NO_PROXY`;
  const found = `past the proxy: ${noProxy.join(', ')}, and always this machine`;
  if (unclear.length === 0) return [ok(check, found)];
  return [warning(check, `${found}; not understood: ${unclear.join(', ')}`, 'Write names, addresses or IPv4 networks')];
}
