import type { Call } from './calls.ts';
import { DEFAULT_ACCOUNT, Gateway, type GatewayOptions } from './gateway.ts';

/** The environment that points every AWS client at a local AWS. */
export type LocalEnvironment = Record<
  'AWS_ENDPOINT_URL' | 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_REGION' | 'AWS_EC2_METADATA_DISABLED',
  string
>;

/** A local AWS inside this process. */
export interface LocalAws {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  environment: LocalEnvironment;
  /** The recorded calls with a number above `since`, oldest first. */
  calls(since?: number): Call[];
  /** Removes everything that was made, and the recorded calls. */
  reset(): Promise<void>;
  /** Sets how many seconds creating, updating or deleting one resource of a stack takes. */
  setPace(resourceSeconds: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a local AWS in this process, for tests. Several can run at once, each with emulators of its own.
 *
 * @throws LocalAwsError when Python is missing, or an emulator cannot be installed or started
 */
export async function startLocalAws(options: GatewayOptions = {}): Promise<LocalAws> {
  const gateway = await Gateway.start(options);
  return {
    endpoint: gateway.endpoint,
    environment: localEnvironment(gateway.endpoint),
    calls: (since) => gateway.calls.since(since),
    reset: () => gateway.reset(),
    setPace: (resourceSeconds) => gateway.setPace(resourceSeconds),
    stop: () => gateway.stop(),
  };
}

/**
 * The environment for an endpoint of the local AWS. An access key id of twelve digits is the account, so these
 * keys stand for the default account.
 */
export function localEnvironment(endpoint: string): LocalEnvironment {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: DEFAULT_ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
