import type { LocalAws } from '../../local-aws/start.ts';
import type { ScratchRepository } from './scratch-repository.ts';

/** What a host was told: the same happenings for all hosts. */
export type Happening =
  | { readonly kind: 'push'; readonly branch: string; readonly created: boolean }
  | { readonly kind: 'delete'; readonly branch: string }
  | { readonly kind: 'manual'; readonly branch: string };

export interface Call {
  /** `branch-stack deploy` */
  readonly operation: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly happening: Happening;
}

export interface Result {
  readonly exitCode: number;
  /** Outputs as the host hands them to later steps or jobs. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Everything that was printed. */
  readonly log: string;
  /** Largest resident set of the process, where the door measures it. */
  readonly peakKilobytes?: number;
}

/** One of the doors, with a repository behind it. All run the release tree, never the sources. */
export interface Door {
  readonly name: string;
  run(call: Call): Promise<Result>;
}

/** Makes a door for a repository; `aws` is the local AWS that its jobs see. */
export type OpenDoor = (repository: ScratchRepository, aws: LocalAws) => Promise<Door>;
