import type { Call } from './calls.ts';
import type { FaultSet } from './fault-rules.ts';
import { DEFAULT_ACCOUNT, Gateway, type GatewayOptions } from './gateway.ts';
import type { ResourceFailure } from './resource-failure.ts';
import type { StackStatusSetting } from './stack-status.ts';

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
  /** Removes everything that was made, the recorded calls, the pace and all faults. */
  reset(): Promise<void>;
  /** Sets how many seconds creating, updating or deleting one resource takes, of all stacks or of those of one name. */
  setPace(resourceSeconds: number, stackName?: string): Promise<void>;
  /**
   * Lets calls fail by rules that replace the ones so far.
   *
   * @throws BadRequest when a rule is wrong
   */
  setFaults(faults: FaultSet): void;
  clearFaults(): void;
  /**
   * Shows a stack in a status that it would not reach by itself.
   *
   * @throws BadRequest when there is no such stack, or an operation runs on it
   */
  setStackStatus(setting: StackStatusSetting): Promise<void>;
  /** Makes creating, updating or deleting a resource of a stack fail; adds to the failures so far. */
  failResource(failure: ResourceFailure): Promise<void>;
  /** Sets how many seconds the logins last that ECR gives from now on; 12 hours at first. Below 0 they have ended. */
  setEcrTokenSeconds(seconds: number): Promise<void>;
  /** Sets how many seconds the tokens last that CodeArtifact gives from now on. Below 0 they have ended. */
  setCodeArtifactTokenSeconds(seconds: number): void;
  /** Ends all tokens that CodeArtifact has given so far. */
  endCodeArtifactTokens(): void;
  /** Ends all sessions of the Redshift Data API; a statement that runs in one fails. */
  endRedshiftSessions(): Promise<void>;
  /** Resources work again. */
  clearResourceFailures(): Promise<void>;
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
    setPace: (resourceSeconds, stackName) => gateway.setPace(resourceSeconds, stackName),
    setFaults: (faults) => gateway.faults.set(faults),
    clearFaults: () => gateway.faults.clear(),
    setStackStatus: (setting) => gateway.setStackStatus(setting),
    failResource: (failure) => gateway.failResource(failure),
    setEcrTokenSeconds: (seconds) => gateway.setEcrTokenSeconds(seconds),
    setCodeArtifactTokenSeconds: (seconds) => gateway.setCodeArtifactTokenSeconds(seconds),
    endCodeArtifactTokens: () => gateway.endCodeArtifactTokens(),
    endRedshiftSessions: () => gateway.endRedshiftSessions(),
    clearResourceFailures: () => gateway.clearResourceFailures(),
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
