/** The endpoint of a local AWS: AWS_ENDPOINT_URL when it is on this machine, otherwise undefined. */
export function localEndpoint(environment: NodeJS.ProcessEnv): URL | undefined {
  const text = environment.AWS_ENDPOINT_URL;
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return isLoopback(url.hostname) ? url : undefined;
}

/** True for host names and addresses of this machine only (RFC 5735 section 3, RFC 4291 section 2.5.3, RFC 6761 section 6.3). */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}
