import type { Publisher } from '../../../lib/aws/codeartifact/publish-version.ts';
import { changeStatus, deleteVersion } from '../../../lib/aws/codeartifact/status.ts';
import { readVersion } from '../../../lib/aws/codeartifact/version.ts';
import { shownVersion } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { mapEach } from '../../../lib/parallel.ts';
import type { RegionOutcome } from './region.ts';
import type { Site } from './sites.ts';

/** What became of one version that this run had made, or had listed again. */
export interface TakenBack {
  readonly region: string;
  /** Index of the release. */
  readonly release: number;
  readonly outcome: 'unlisted' | 'deleted' | 'kept' | 'absent';
  /** Why it was kept. */
  readonly why?: string;
  /** What kept it, where that is a failure. */
  readonly error?: unknown;
}

/**
 * Takes back the versions that this run made, in every Region. A version that holds anything that is not ours is kept:
 * somebody else has added to it. What is unfinished is not listed anyway, and is deleted in both cases.
 */
export async function takeBack(
  { signal }: Publisher,
  how: 'unlist' | 'delete',
  regions: readonly RegionOutcome[],
  sites: readonly Site[],
  releases: readonly Release[],
): Promise<readonly TakenBack[]> {
  const due = regions.flatMap(({ region, made }, n) => {
    const site = sites[n];
    return site === undefined ? [] : [...made].map((release) => ({ region, release, site }));
  });
  return await mapEach(due, 4, async ({ region, release, site }): Promise<TakenBack> => {
    const ours = releases[release];
    if (ours === undefined) return { region, release, outcome: 'kept', why: 'it is not known' };
    try {
      return { region, release, ...(await takeBackOne(site, how, ours, signal)) };
    } catch (error) {
      signal.throwIfAborted();
      return { region, release, outcome: 'kept', why: `${shownVersion(ours.id)} could not be taken back`, error };
    }
  });
}

async function takeBackOne(
  { repository }: Site,
  how: 'unlist' | 'delete',
  { id, assets }: Release,
  signal: AbortSignal,
): Promise<Pick<TakenBack, 'outcome' | 'why'>> {
  const stored = await readVersion(repository, id, signal);
  if (stored === undefined) return { outcome: 'absent' };
  const own = new Map(assets.map(({ name, sha256 }) => [name, sha256]));
  const foreign = [...stored.assets].find(([name, { sha256 }]) => own.get(name) !== sha256);
  if (foreign !== undefined) return { outcome: 'kept', why: `it holds ${foreign[0]}, which is not of this run` };
  const { status, revision } = stored;
  if (status === 'Unfinished' || (how === 'delete' && (status === 'Published' || status === 'Unlisted'))) {
    await deleteVersion(repository, id, { status, signal });
    return { outcome: 'deleted' };
  }
  if (status !== 'Published') return { outcome: 'kept', why: `it is ${status.toLowerCase()}` };
  await changeStatus(repository, id, { from: 'Published', to: 'Unlisted', revision, signal });
  return { outcome: 'unlisted' };
}
