import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why a request is refused, when a web page of another origin sent it; undefined when it may pass.
 * The local AWS runs uploaded code, and any page open in a browser can send forms to a port of 127.0.0.1.
 * Browsers add `Origin` to such requests (Fetch standard, section 3.2), AWS clients never do.
 */
export function refusal(headers: IncomingHttpHeaders): string | undefined {
  const { origin } = headers;
  if (origin === undefined && headers['sec-fetch-site'] !== 'cross-site') return undefined;
  if (origin !== undefined && isLoopback(origin)) return undefined;
  return `The local AWS does not answer web pages of other origins (${origin ?? 'cross-site request'}).`;
}

function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
