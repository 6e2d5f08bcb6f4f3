import type { IncomingMessage } from 'node:http';
import type { AssetFiles } from './assets.ts';
import type { Repository } from './model.ts';
import type { Reply } from './reply.ts';
import type { PackagesTarget } from './target.ts';

/** One request of a package manager, whose login holds. */
export interface PackagesCall {
  readonly method: string;
  readonly request: IncomingMessage;
  readonly target: PackagesTarget;
  readonly repository: Repository;
  readonly files: AssetFiles;
  /** The address of the gateway. */
  readonly endpoint: string;
}

/** The protocol of one format. */
export type Protocol = (call: PackagesCall) => Promise<Reply>;
