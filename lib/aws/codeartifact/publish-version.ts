import { pauseAfter } from '../../net/retry.ts';
import type { Context } from '../../operation/define.ts';
import { shownVersion } from '../../packages/package.ts';
import type { Release, ReleaseAsset } from '../../packages/release.ts';
import { eachBounded } from '../../parallel.ts';
import { mayPass as mayPassAws } from '../passing-failure.ts';
import { PackagesError } from './error.ts';
import { uploadCrate } from './protocols/cargo.ts';
import { uploadGeneric } from './protocols/generic.ts';
import { publishMaven, uploadMaven } from './protocols/maven.ts';
import { removeDistTag, setDistTag, uploadNpm } from './protocols/npm.ts';
import { uploadPypi } from './protocols/pypi.ts';
import { mayPass, type ProtocolSession } from './protocols/session.ts';
import type { RepositoryAccess } from './repository.ts';
import { changeStatus } from './status.ts';
import { isMissing, readAssets, type StoredVersion } from './version.ts';

/** What publishing needs from outside. */
export type Publisher = Pick<Context, 'clock' | 'signal' | 'log'> & { readonly session: ProtocolSession };

export interface PublishRequest {
  readonly release: Release;
  /** What the repository had of it before; undefined when nothing. */
  readonly stored: StoredVersion | undefined;
  /** npm: dist-tags that point at the version afterwards. With none, the version gets no tag. */
  readonly tags: readonly string[];
  /** Told of each asset when it is there. */
  readonly onAsset: (name: string) => void;
}

/** npm wants a tag with each version that is published. Where none shall point at it, this one does and is removed at once. */
export const PASSING_TAG = 'headgate-publishing';
/** Files of one version that are sent at the same time. */
const AT_ONCE = 4;

/**
 * Publishes what is missing of a version in one repository, by the protocol of its format. What is there already is not
 * sent again, so a run that was ended can be repeated. Whether an upload whose answer was lost did arrive is looked up
 * by its SHA-256 before it is sent again: nothing is published twice, and a lost answer is no failure.
 *
 * The first file goes alone: two runs with other builds of the same version meet there, one of them ends, and their files
 * are not mixed.
 *
 * @throws PackagesError (`exists` when somebody else published other content), errors of the API, the signal's reason
 */
export async function publishVersion(
  publisher: Publisher,
  repository: RepositoryAccess,
  { release, stored, tags, onAsset }: PublishRequest,
): Promise<void> {
  const { session, signal, clock } = publisher;
  const { id, assets } = release;
  const other = assets.find(({ name, sha256 }) => (stored?.assets.get(name)?.sha256 ?? sha256) !== sha256);
  if (other !== undefined) throw otherContent(repository, other, shownVersion(id));
  const missing = assets.filter(({ name }) => !stored?.assets.has(name));
  const send = async (asset: ReleaseAsset, upload: () => Promise<void>): Promise<Sent> => {
    const sent = await untilThere(publisher, repository, release, asset, upload);
    onAsset(asset.name);
    return sent;
  };
  const sendAll = async (upload: (asset: ReleaseAsset) => Promise<void>) => {
    for (const asset of missing.slice(0, 1)) await send(asset, () => upload(asset));
    await eachBounded(missing.slice(1), AT_ONCE, async (asset) => {
      await send(asset, () => upload(asset));
    });
  };
  switch (id.format) {
    case 'generic': {
      let isFinished = stored !== undefined && stored.status !== 'Unfinished';
      for (const [n, asset] of missing.entries()) {
        const isLast = n === missing.length - 1;
        const sent = await send(asset, () => uploadGeneric(repository, id, asset, { isLast, signal }));
        isFinished = isLast && sent === 'answered';
      }
      if (!isFinished) await finish();
      return;
    }
    case 'maven': {
      await sendAll((asset) => uploadMaven(session, repository, id, asset));
      if (stored?.status === 'Published' || stored?.status === 'Unlisted') return;
      await publishMaven(session, repository, id, clock.now());
      await finish();
      return;
    }
    case 'npm': {
      let areTagged = false;
      for (const asset of missing) areTagged = (await send(asset, () => uploadAlone(asset))) === 'answered';
      if (!areTagged) for (const tag of tags) await setDistTag(session, repository, id, tag);
      if (tags.length === 0 || stored !== undefined) await removeDistTag(session, repository, id, PASSING_TAG);
      return;
    }
    default:
      await sendAll(uploadAlone);
  }

  async function uploadAlone(asset: ReleaseAsset): Promise<void> {
    const { details } = asset;
    switch (details.format) {
      case 'pypi':
        return await uploadPypi(session, repository, id, { ...asset, details });
      case 'cargo':
        return await uploadCrate(session, repository, id, { ...asset, details });
      case 'npm':
        return await uploadNpm(
          session,
          repository,
          id,
          { ...asset, details },
          tags.length === 0 ? [PASSING_TAG] : tags,
        );
      default:
        throw new Error(`${asset.name} was read as ${details.format}`);
    }
  }

  /** Metadata alone does not always end it: another run may have sent its own in between. */
  async function finish(): Promise<void> {
    await changeStatus(repository, id, { from: 'Unfinished', to: 'Published', signal });
  }
}

/** Whether the service said that it took an asset, or the asset was found there afterwards. */
type Sent = 'answered' | 'found';

/** Sends an asset until it is there; what may pass, and what contradicts itself, is looked up and tried again. */
async function untilThere(
  { clock, signal, log }: Publisher,
  repository: RepositoryAccess,
  { id }: Release,
  asset: ReleaseAsset,
  upload: () => Promise<void>,
): Promise<Sent> {
  for (let failures = 1; ; failures++) {
    try {
      await upload();
      return 'answered';
    } catch (error) {
      signal.throwIfAborted();
      if (!isDoubtful(error)) throw error;
      const there = await shaOf(repository, id, asset.name, signal);
      if (there === asset.sha256) return 'found';
      if (there !== undefined) throw otherContent(repository, asset, shownVersion(id));
      const pause = pauseAfter(failures, clock.now());
      if (pause === undefined) throw error;
      log.debug(`${repository.region}: ${(error as Error).message}; again in ${pause} ms`);
      await clock.sleep(pause, signal);
    }
  }
}

/** Whether it is open what became of an upload. A conflict about what is not there is the answer to a lost one. */
function isDoubtful(error: unknown): boolean {
  if (error instanceof PackagesError) return error.kind === 'exists' || mayPass(error);
  return mayPassAws(error) || (error instanceof Error && error.name === 'ConflictException');
}

async function shaOf(
  repository: RepositoryAccess,
  id: Release['id'],
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await readAssets(repository, id, signal)).assets.get(name)?.sha256;
  } catch (error) {
    if (isMissing(error, 'package', 'package-version')) return undefined;
    throw error;
  }
}

function otherContent({ region }: RepositoryAccess, { name }: ReleaseAsset, version: string): PackagesError {
  return new PackagesError('exists', {
    what: `${name} of ${version} has other content in ${region}`,
    cause: 'somebody else published another build of the same version in the meantime',
    next: 'Give the package a new version: what is published is never changed',
  });
}
