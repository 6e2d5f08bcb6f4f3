import type { IncomingHttpHeaders } from 'node:http';

/** The wire protocols of AWS, as far as their errors differ. */
export type Protocol = 's3' | 'rest-xml' | 'query' | 'ec2' | 'json-rpc' | 'cbor-rpc' | 'rest-json' | 'oci-registry';

/** What tells the protocol of a request. */
export interface ProtocolSigns {
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
  /** The signing name. */
  service: string;
  /** Set for a request to the registry of ECR. */
  registry?: object | undefined;
  /** Set for a request of a package manager to CodeArtifact. */
  packages?: object | undefined;
}

/** The protocol of a request. Source: Smithy, "AWS protocols" and "Smithy RPC v2 CBOR protocol". */
export function protocolOf({ headers, query, service, registry, packages }: ProtocolSigns): Protocol {
  if (registry) return 'oci-registry';
  // Whatever the type of what it uploads: curl sends files as if they were forms.
  if (packages) return 'rest-json';
  if (service === 's3' || service === 's3express') return 's3';
  if (service === 'cloudfront' || service === 'route53') return 'rest-xml';
  const type = headers['content-type'] ?? '';
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor-rpc';
  if (type.startsWith('application/x-www-form-urlencoded') || query.has('Action')) {
    return service === 'ec2' ? 'ec2' : 'query';
  }
  return type.startsWith('application/x-amz-json') ? 'json-rpc' : 'rest-json';
}
