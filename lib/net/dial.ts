import { isLoopback } from '../aws/endpoint.ts';
import { Refused } from '../errors.ts';

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

/** How to reach an address; `endpoint` is that of the local AWS, undefined when the real one is used. */
export type Dialler = (url: URL, endpoint: URL | undefined) => Dial;

/** What kind of place is dialled, for messages. */
export interface Dialled {
  /** `a registry`, `CodeArtifact`. */
  readonly who: string;
  /** Where an address on another machine may come from while the local AWS is used, and what to do then. */
  readonly strayed: { readonly cause: string; readonly next: string };
}

/**
 * Says how to reach an address as it stands. With the local AWS nothing leaves this machine.
 *
 * @throws Refused for an address on another machine while the local AWS is used, and for http to another machine
 */
export function directDialler({ who, strayed }: Dialled): Dialler {
  return (url, endpoint) => {
    const isLocal = isLoopback(url.hostname);
    if (endpoint !== undefined && !isLocal) {
      throw new Refused({
        what: `A call to ${url.host} was stopped, because AWS_ENDPOINT_URL says that the local AWS (${endpoint.origin}) is in use`,
        ...strayed,
      });
    }
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
      throw new Refused({
        what: `A call to ${url.protocol}//${url.host} was stopped, because it would not be encrypted`,
        cause: `${who}, or a proxy before it, gave an address without https`,
        next: `Correct the own address of ${who} (behind a proxy it must see 'X-Forwarded-Proto: https')`,
      });
    }
    const { protocol, hostname, port, host } = url;
    return { isSecure: protocol === 'https:', hostname: withoutBrackets(hostname), port, host, isLocal };
  };
}

/** Sockets want the address of IPv6 without brackets. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
