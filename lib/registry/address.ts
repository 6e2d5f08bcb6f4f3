import { isLoopback } from '../aws/endpoint.ts';
import { Refused } from '../errors.ts';
import { ecrRegistryOf } from './credentials/ecr.ts';

/** Docker Hub's name is not the name of the host that serves it. Source: distribution/reference, "docker.io". */
const SERVED_BY: Readonly<Record<string, string>> = {
  'docker.io': 'registry-1.docker.io',
  'index.docker.io': 'registry-1.docker.io',
};

/** Where a registry is, as an origin. A registry on this machine is spoken to by http, every other one by https. */
export function registryOrigin(registry: string): URL {
  const host = SERVED_BY[registry] ?? registry;
  const url = new URL(`https://${host}`);
  return isLoopback(url.hostname) ? new URL(`http://${host}`) : url;
}

/** How a connection to an address is made. */
export interface Dial {
  readonly isSecure: boolean;
  readonly hostname: string;
  /** Empty for the usual one. */
  readonly port: string;
  /** What the Host header says. */
  readonly host: string;
  /** Whether the connection ends on this machine, where no proxy leads. */
  readonly isLocal: boolean;
}

/**
 * Says how to reach an address. With the local AWS, ECR's names are reached through its endpoint and nothing else leaves
 * this machine.
 *
 * @param endpoint of the local AWS; undefined when the real one is used
 * @throws Refused for an address on another machine while the local AWS is used, and for http to another machine
 */
export function dial(url: URL, endpoint: URL | undefined): Dial {
  const isLocal = isLoopback(url.hostname);
  if (endpoint !== undefined && !isLocal) {
    if (ecrRegistryOf(url.host) !== undefined) {
      const { protocol, hostname, port } = endpoint;
      return { isSecure: protocol === 'https:', hostname: bare(hostname), port, host: url.host, isLocal: true };
    }
    throw new Refused({
      what: `A call to ${url.host} was stopped, because AWS_ENDPOINT_URL says that the local AWS (${endpoint.origin}) is in use`,
      cause: 'an image, or what a registry answered, names a registry that is not on this machine',
      next: 'Unset AWS_ENDPOINT_URL to use real registries, or name one on this machine',
    });
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw new Refused({
      what: `A call to ${url.protocol}//${url.host} was stopped, because it would not be encrypted`,
      cause: 'a registry, or a proxy before it, gave an address without https',
      next: "Correct the registry's own address (behind a proxy it must see 'X-Forwarded-Proto: https')",
    });
  }
  return {
    isSecure: url.protocol === 'https:',
    hostname: bare(url.hostname),
    port: url.port,
    host: url.host,
    isLocal,
  };
}

/** Sockets want the address of IPv6 without brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/**
 * Reads an address that a registry gave (Location, Link), seen from the one that it answered to. The same host by http
 * is taken for https: a registry behind a proxy that ends TLS often does not know better.
 *
 * @returns undefined for what is no address
 */
export function addressFrom(text: string, base: URL): URL | undefined {
  if (!URL.canParse(text, base.href)) return undefined;
  const url = new URL(text, base);
  if (base.protocol === 'https:' && url.protocol === 'http:' && url.hostname === base.hostname && url.port === '') {
    url.protocol = 'https:';
    url.port = base.port;
  }
  // Who signs in is decided here and never by an address from outside.
  url.username = '';
  url.password = '';
  return url;
}

/** Same scheme, host and port: what RFC 6454 calls an origin. */
export function sameOrigin(one: URL, other: URL): boolean {
  return one.origin === other.origin;
}
