import type { IncomingHttpHeaders } from 'node:http';

/** What a request says about itself in its SigV4 credential scope. */
export interface CredentialScope {
  accessKeyId: string;
  /** The signing Region; `*` for a SigV4A signature, which names none. */
  region: string;
  /** The signing name of the service, for example `s3`, `monitoring` or `states`. */
  service: string;
}

const SCOPE = /^(?<key>[^/\s]+)\/\d{8}\/(?:(?<region>[a-z0-9*-]+)\/)?(?<service>[A-Za-z0-9-]+)\/aws4_request$/;

/**
 * Reads the credential scope of a request from the Authorization header or from the query of a presigned URL.
 * The signature itself is not checked: a local AWS has no secrets to check it with.
 * Rule: Signature Version 4, "Create a signed AWS API request"; a SigV4A scope has no Region.
 */
export function readScope(headers: IncomingHttpHeaders, query: URLSearchParams): CredentialScope | undefined {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const scope = SCOPE.exec(header ?? query.get('X-Amz-Credential') ?? '')?.groups;
  if (!scope?.key || !scope.service) return undefined;
  return { accessKeyId: scope.key, region: scope.region ?? '*', service: scope.service };
}
