import semver from 'semver';
import { readDistTags } from '../../../lib/aws/codeartifact/protocols/npm.ts';
import { type Publisher, publishVersion } from '../../../lib/aws/codeartifact/publish-version.ts';
import { changeStatus } from '../../../lib/aws/codeartifact/status.ts';
import { readVersion } from '../../../lib/aws/codeartifact/version.ts';
import { OperationFailed } from '../../../lib/errors.ts';
import { shownVersion, type VersionId } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { mapBounded } from '../../../lib/parallel.ts';
import { isDown } from '../unread.ts';
import type { PlannedRegion, PlannedVersion, Site } from './plan.ts';

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

/** Pauses between looks at what was published: it is there within a second as a rule (user guide, "Publishing latency"). */
const PAUSES = [500, 1000, 2000, 4000, 8000] as const;

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
    const stored = await readVersion(repository, release.id, signal);
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
    await readBack(publisher, { repository, region }, release, version.tags);
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
    const key = JSON.stringify([id?.format, id?.namespace, id?.name]);
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

/**
 * Compares what a Region has now with what was published.
 *
 * @throws OperationFailed when it is not the same after a while
 */
async function readBack(
  { session, clock, signal }: Publisher,
  { repository, region }: Site,
  { id, assets }: Release,
  tags: readonly string[],
): Promise<void> {
  for (let looks = 0; ; looks++) {
    const stored = await readVersion(repository, id, signal);
    const lacking = assets.filter(({ name, sha256 }) => stored?.assets.get(name)?.sha256 !== sha256);
    const isOther = lacking.some(({ name }) => stored?.assets.has(name) === true);
    const isUnfinished = stored?.status === 'Unfinished';
    const current = tags.length === 0 ? undefined : await readDistTags(session, repository, id);
    const untagged = tags.filter((tag) => !isAtOrAfter(current?.get(tag), id.version));
    if (lacking.length === 0 && !isUnfinished && untagged.length === 0) return;
    // What has other content stays so.
    const pause = isOther ? undefined : PAUSES[looks];
    if (pause === undefined) {
      const seen = [
        ...lacking.map(({ name }) => `${name} is ${stored?.assets.has(name) === true ? 'different' : 'missing'}`),
        ...(isUnfinished ? ['it is unfinished'] : []),
        ...untagged.map((tag) => `the dist-tag ${tag} points at ${current?.get(tag) ?? 'nothing'}`),
      ];
      throw new OperationFailed({
        what: `${shownVersion(id)} was published in ${region}, but reads back differently: ${seen.join(', ')}`,
        cause: 'somebody else changed the version at the same time, or the service shows it later than usual',
        next: "Run 'packages verify' for the Regions, then this again",
      });
    }
    await clock.sleep(pause, signal);
  }
}

/** Whether a dist-tag points at a version, or a newer one has taken it over since. */
function isAtOrAfter(tagged: string | undefined, version: string): boolean {
  return tagged === version || (semver.valid(tagged) !== null && semver.gt(tagged ?? '', version));
}
