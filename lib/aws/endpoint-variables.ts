import { isLoopback } from './endpoint.ts';

/** A variable that sends calls elsewhere than to AWS's own address. */
export interface EndpointVariable {
  readonly name: string;
  /** Scheme, host and port, without credentials; undefined when the value is no address. */
  readonly origin: string | undefined;
  readonly isOnThisMachine: boolean;
}

/** AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>. Source: "Service-specific endpoints", AWS SDKs and Tools Reference Guide. */
export function endpointVariables(environment: NodeJS.ProcessEnv = process.env): readonly EndpointVariable[] {
  return Object.entries(environment)
    .filter(([name, value]) => /^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/.test(name) && value)
    .map(([name, value = '']) => {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      return { name, origin: url?.origin, isOnThisMachine: url !== undefined && isLoopback(url.hostname) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
