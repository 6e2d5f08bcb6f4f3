import semver from 'semver';
import { type Publisher, publishVersion } from '../../../lib/aws/codeartifact/publish-version.ts';
import { changeStatus } from '../../../lib/aws/codeartifact/status.ts';
import { readVersion } from '../../../lib/aws/codeartifact/version.ts';
import { packageKey, shownVersion, type VersionId } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { mapBounded } from '../../../lib/parallel.ts';
import { readBackVersion } from '../read-back.ts';
import { isDown } from '../unread.ts';
import type { PlannedRegion, PlannedVersion } from './plan.ts';
import type { Site } from './sites.ts';

/** What became of one Region. */
export interface RegionOutcome {
  readonly region: string;
  readonly state: 'complete' | 'failed' | 'unreachable' | 'not-tried';
  /** Names of the assets that this run published, by the index of their release. */
  readonly published: ReadonlyMap<number, ReadonlySet<string>>;
  /** Failures by the index of their release. */
  readonly failures: ReadonlyMap<number, unknown>;
  /**
   * Indexes of releases of which nothing was there before this run, or nothing that was listed, and something is now or
   * may be.
   */
  readonly made: ReadonlySet<number>;
}

/**
 * Publishes in one Region what the plan says, and reads it back. One version that fails stops no other, unless the
 * Region itself is down.
 */
export async function publishRegion(
  publisher: Publisher,
  { repository, region }: Site,
  planned: PlannedRegion,
  releases: readonly Release[],
  parallel: number,
): Promise<RegionOutcome> {
  const { log, signal } = publisher;
  const published = new Map<number, Set<string>>();
  const failures = new Map<number, unknown>();
  const made = new Set<number>();
  let isOver = false;

  async function publishOne(version: PlannedVersion): Promise<void> {
    const release = releases[version.release];
    if (release === undefined) throw new Error(`the plan names release ${version.release}`);
    const names = new Set<string>();
    published.set(version.release, names);
    const { format } = release.id;
    const [stored] = await Promise.all([
      readVersion(repository, release.id, signal),
      // The API alone publishes generic packages; all others need a login.
      format === 'generic' ? undefined : repository.signIn(format),
    ]);
    if (version.isNew && stored === undefined) made.add(version.release);
    await publishVersion(publisher, repository, {
      release,
      stored,
      tags: version.tags,
      onAsset: (name) => {
        names.add(name);
        log.info(`  ${region}: published ${shownVersion(release.id)}: ${name}`);
      },
    });
    if (version.relist) {
      made.add(version.release);
      await changeStatus(repository, release.id, { from: 'Unlisted', to: 'Published', signal });
    }
    await readBackVersion(publisher, repository, { ...release, tags: version.tags });
  }

  await mapBounded(byPackage(planned.versions, releases), parallel, async (versions) => {
    for (const version of versions) {
      if (isOver || signal.aborted) return;
      try {
        await publishOne(version);
      } catch (error) {
        failures.set(version.release, error);
        isOver ||= isDown(error);
        // A newer version must not get ahead of an older one that failed: 'latest' would move back later.
        return;
      }
    }
  });
  signal.throwIfAborted();
  return { region, state: failures.size === 0 ? 'complete' : 'failed', published, failures, made };
}

/** The versions of each package: one after the other, of npm the newest last, so that dist-tags end at it. */
function byPackage(versions: readonly PlannedVersion[], releases: readonly Release[]): PlannedVersion[][] {
  const groups = new Map<string, PlannedVersion[]>();
  for (const version of versions) {
    const id = releases[version.release]?.id;
    const key = id === undefined ? '' : packageKey(id);
    groups.set(key, [...(groups.get(key) ?? []), version]);
  }
  return [...groups.values()].map((group) =>
    group.toSorted((a, b) => compareNpm(releases[a.release]?.id, releases[b.release]?.id)),
  );
}

/** Older versions of npm first; those of other formats stay in their order. */
function compareNpm(a: VersionId | undefined, b: VersionId | undefined): number {
  return a?.format === 'npm' && b?.format === 'npm' ? semver.compare(a.version, b.version) : 0;
}
