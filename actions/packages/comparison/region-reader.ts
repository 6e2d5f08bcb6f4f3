import type { Aws } from '../../../lib/aws/clients.ts';
import { countCalls } from '../../../lib/aws/codeartifact/count-calls.ts';
import {
  type ListedVersion,
  listPackages,
  listVersions,
  type PackagesPage,
} from '../../../lib/aws/codeartifact/listing.ts';
import { type DistTags, readDistTags } from '../../../lib/aws/codeartifact/protocols/npm.ts';
import type { ProtocolSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { openRepository, type RepositoryAccess } from '../../../lib/aws/codeartifact/repository.ts';
import { isMissing, readAssets, type StoredAsset } from '../../../lib/aws/codeartifact/version.ts';
import { pauseAfter } from '../../../lib/net/retry.ts';
import type { Context } from '../../../lib/operation/define.ts';
import type { PackageId, VersionId } from '../../../lib/packages/package.ts';
import { type REPOSITORY_INPUTS, repositoryNameOf } from '../repository-inputs.ts';
import { isDown } from '../unread.ts';
import { Gate } from './gate.ts';

/** A Region was not read; its reader says why. */
export type Unread = 'unread';

/** A long comparison outlasts a fault of seconds: in a Region that has answered, a read is begun anew so often. */
const ROUNDS = 3;

/**
 * One Region of a comparison. The SDK and the session repeat what may pass. After a read that failed all the same nothing
 * more is read there: one Region that is down, or wrongly set up, costs a few calls and not one for each package.
 */
export interface RegionReader {
  readonly region: string;
  readonly repository: RepositoryAccess;
  /** What ended the reading; undefined while it goes on. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Requests so far, also those that were repeated. */
  readonly calls: number;
  packages(): AsyncGenerator<PackagesPage>;
  versions(id: PackageId): Promise<readonly ListedVersion[] | 'missing' | Unread>;
  assets(id: VersionId): Promise<ReadonlyMap<string, StoredAsset> | 'missing' | Unread>;
  tags(id: PackageId): Promise<DistTags | Unread>;
}

/** What reading needs from outside. */
export type ReaderContext = Pick<Context<typeof REPOSITORY_INPUTS>, 'inputs' | 'clock' | 'signal'> & {
  readonly session: ProtocolSession;
};

/**
 * Makes the reader of a Region. Makes no call.
 *
 * @param parallel how many reads run at the same time
 */
export function openReader(context: ReaderContext, aws: Aws, parallel: number): RegionReader {
  const { inputs, clock, signal, session } = context;
  const opened = openRepository(aws, repositoryNameOf(inputs), clock);
  const gate = new Gate(parallel);
  let calls = 0;
  let hasAnswered = false;
  let failure: { readonly error: unknown } | undefined;
  const called = () => {
    calls += 1;
  };
  const repository: RepositoryAccess = {
    ...opened,
    client: async () => {
      const client = await opened.client();
      countCalls(client, called);
      return client;
    },
  };

  async function read<Value>(work: () => Promise<Value>): Promise<Value | Unread> {
    return await gate.run(async () => {
      for (let failures = 1; failure === undefined; failures++) {
        try {
          const value = await work();
          hasAnswered = true;
          return value;
        } catch (error) {
          signal.throwIfAborted();
          const mayPass = hasAnswered && failures < ROUNDS && isDown(error);
          const pause = mayPass ? pauseAfter(failures, clock.now()) : undefined;
          if (pause === undefined) failure ??= { error };
          else await clock.sleep(pause, signal);
        }
      }
      return 'unread';
    });
  }

  return {
    region: opened.region,
    repository,
    get failure() {
      return failure;
    },
    get calls() {
      return calls;
    },
    packages: async function* () {
      for (let nextToken: string | undefined; ; ) {
        const page = await read(() => listPackages(repository, nextToken, signal));
        if (page === 'unread') return;
        yield page;
        if (page.nextToken === undefined) return;
        nextToken = page.nextToken;
      }
    },
    versions: (id) => read(async () => (await listVersions(repository, id, signal)) ?? 'missing'),
    assets: (id) =>
      read(async () => {
        try {
          return (await readAssets(repository, id, signal)).assets;
        } catch (error) {
          if (isMissing(error, 'package', 'package-version')) return 'missing';
          throw error;
        }
      }),
    tags: (id) =>
      read(async () => {
        called();
        return await readDistTags(session, repository, id);
      }),
  };
}
