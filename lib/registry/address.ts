import { isLoopback } from '../aws/endpoint.ts';
import { type Dial, directDialler, withoutBrackets } from '../net/dial.ts';
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

const dialDirectly = directDialler({
  who: 'the registry',
  strayed: {
    cause: 'an image, or what a registry answered, names a registry that is not on this machine',
    next: 'Unset AWS_ENDPOINT_URL to use real registries, or name one on this machine',
  },
});

/**
 * Says how to reach an address. With the local AWS, ECR's names are reached through its endpoint and nothing else leaves
 * this machine.
 *
 * @param endpoint of the local AWS; undefined when the real one is used
 * @throws Refused for an address on another machine while the local AWS is used, and for http to another machine
 */
export function dial(url: URL, endpoint: URL | undefined): Dial {
  if (endpoint === undefined || isLoopback(url.hostname) || ecrRegistryOf(url.host) === undefined) {
    return dialDirectly(url, endpoint);
  }
  const { protocol, hostname, port } = endpoint;
  return { isSecure: protocol === 'https:', hostname: withoutBrackets(hostname), port, host: url.host, isLocal: true };
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
