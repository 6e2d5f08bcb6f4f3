import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { badInput } from '../errors.ts';
import { noProxyForNode } from './proxy-bypass.ts';

/** The proxies that the environment names. */
export interface ProxySettings {
  /** For `http://` addresses; undefined where none is named. */
  readonly http: ProxyAddress | undefined;
  /** For `https://` addresses: reached through a CONNECT tunnel (RFC 9110, section 9.3.6). */
  readonly https: ProxyAddress | undefined;
  /** Entries of NO_PROXY as they were given. */
  readonly noProxy: readonly string[];
}

export interface ProxyAddress {
  /** The variable that names it. */
  readonly variable: string;
  /** The address without user and password; the only form that may be printed. */
  readonly shown: string;
  /** True when the address has a user or a password. */
  readonly hasCredentials: boolean;
  /** The whole address. Never print it. */
  readonly href: string;
}

/** The agents that the SDK's request handler takes. */
export interface ProxyAgents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** As many connections to one host as the SDK's own agents allow. Source: "NodeHttpHandler", smithy-typescript. */
const MAX_SOCKETS = 50;

/**
 * What HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. Lower case comes first, as with curl and Node; an empty variable counts
 * as not set, and an address without a scheme as `http://`.
 *
 * @returns undefined when no proxy is named
 * @throws BadInput naming the variable, without its value, which may hold a password
 */
export function proxySettings(environment: NodeJS.ProcessEnv = process.env): ProxySettings | undefined {
  const http = addressOf(environment, ['http_proxy', 'HTTP_PROXY']);
  const https = addressOf(environment, ['https_proxy', 'HTTPS_PROXY']);
  if (http === undefined && https === undefined) return undefined;
  const noProxy = (environment.no_proxy || environment.NO_PROXY || '').split(/[,\s]+/).filter((entry) => entry !== '');
  return { http, https, noProxy };
}

/**
 * Agents that go through the proxies of the environment and keep their connections. They are whole agents and not
 * options: for uploads the SDK makes an agent of its own from options, which would go past the proxy.
 *
 * @returns undefined when no proxy is named, so that the SDK's own agents are used
 * @throws BadInput as `proxySettings` does
 */
export function proxyAgents(environment: NodeJS.ProcessEnv): ProxyAgents | undefined {
  const proxyEnv = nodeEnvironment(environment);
  if (proxyEnv === undefined) return undefined;
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, proxyEnv };
  // Loaded only where there is a proxy: a start without a call stays quick.
  const http = process.getBuiltinModule('node:http');
  const https = process.getBuiltinModule('node:https');
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
}

/**
 * Makes `fetch` and the default agents of `node:http` and `node:https` of this process use the proxies of the
 * environment. What is wrong with a variable is said by those who need AWS; here it is passed over.
 *
 * @returns what undoes it; undefined when nothing was changed
 */
export function useProxies(environment: NodeJS.ProcessEnv): (() => void) | undefined {
  let proxyEnv: NodeEnvironment | undefined;
  try {
    proxyEnv = nodeEnvironment(environment);
  } catch {
    return undefined;
  }
  if (proxyEnv === undefined) return undefined;
  const http: { setGlobalProxyFromEnv?: (proxyEnv: NodeEnvironment) => () => void } =
    process.getBuiltinModule('node:http');
  return http.setGlobalProxyFromEnv?.(proxyEnv);
}

/** How far a version of Node goes through proxies: `all`, only the AWS `clients`, or `none`. */
export type ProxySupport = 'all' | 'clients' | 'none';

/** Source: Node.js documentation, history of `http.setGlobalProxyFromEnv` and of the agents' option `proxyEnv`. */
export function proxySupport(nodeVersion: string): ProxySupport {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const from = (wanted: number, least: number) => major === wanted && minor >= least;
  if (from(24, 14) || from(25, 4) || major > 25) return 'all';
  return from(22, 21) || from(24, 5) || major === 25 ? 'clients' : 'none';
}

type NodeEnvironment = { readonly HTTP_PROXY?: string; readonly HTTPS_PROXY?: string; readonly NO_PROXY: string };

/** The settings in the form that Node reads. */
function nodeEnvironment(environment: NodeJS.ProcessEnv): NodeEnvironment | undefined {
  const settings = proxySettings(environment);
  if (settings === undefined) return undefined;
  const { http, https, noProxy } = settings;
  return {
    ...(http === undefined ? {} : { HTTP_PROXY: http.href }),
    ...(https === undefined ? {} : { HTTPS_PROXY: https.href }),
    NO_PROXY: noProxyForNode(noProxy).join(','),
  };
}

function addressOf(environment: NodeJS.ProcessEnv, names: readonly string[]): ProxyAddress | undefined {
  const variable = names.find((name) => environment[name]?.trim());
  if (variable === undefined) return undefined;
  const text = environment[variable]?.trim() ?? '';
  const form = "write for example 'http://proxy.example.com:3128'";
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address) || !decodes(new URL(address))) throw badInput(variable, `is not an address; ${form}`);
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badInput(variable, `'${url.protocol}//' is not a kind of proxy that Node can use; ${form}`);
  }
  return {
    variable,
    shown: `${url.protocol}//${url.host}`,
    hasCredentials: url.username !== '' || url.password !== '',
    href: url.href,
  };
}

/** Node decodes user and password and fails where they cannot be. */
function decodes({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}
