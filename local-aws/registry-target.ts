/** Where the layers of ECR are downloaded from; `local-aws/shims/ecr_registry.py` answers there. */
export const LAYER_PREFIX = '/_headgate/ecr-layer/';

/** A request to the registry of ECR of one account in one Region. */
export interface RegistryTarget {
  /** Empty where the request names no registry. */
  readonly region: string;
  /** What follows `/v2/`, without account and Region. */
  readonly path: string;
  /** The name of the registry on AWS, or what was sent. */
  readonly host: string;
  /** `<account>/<region>/` where the path named the registry; otherwise empty. */
  readonly prefix: string;
}

// Source: ECR user guide, "Making requests to Amazon ECR registries".
const HOST = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./;
const NAMED_IN_PATH = /^((\d{12})\/([a-z]{2,4}(?:-[a-z]+)+-\d)\/)(.+)$/;

/**
 * Reads which registry a request is for: from its host name, as on AWS, or, for clients that can only reach
 * 127.0.0.1, from the path: `127.0.0.1:<port>/<account>/<region>/<repository>`.
 *
 * @returns undefined for a request that is not for a registry
 */
export function readRegistryTarget(host: string, path: string): RegistryTarget | undefined {
  if (path !== '/v2' && !path.startsWith('/v2/')) return undefined;
  const rest = path.slice('/v2/'.length);
  const region = HOST.exec(host.toLowerCase())?.[1];
  if (region !== undefined) return { region, path: rest, host: host.toLowerCase(), prefix: '' };
  const [, prefix = '', account, place = '', own = ''] = NAMED_IN_PATH.exec(rest) ?? [];
  if (account === undefined) return { region: '', path: rest, host, prefix: '' };
  return { region: place, path: own, host: `${account}.dkr.ecr.${place}.amazonaws.com`, prefix };
}
