import semver from 'semver';
import { type DistTags, readDistTags } from '../../lib/aws/codeartifact/protocols/npm.ts';
import type { Publisher } from '../../lib/aws/codeartifact/publish-version.ts';
import type { RepositoryAccess } from '../../lib/aws/codeartifact/repository.ts';
import { readVersion, type StoredVersion } from '../../lib/aws/codeartifact/version.ts';
import { OperationFailed } from '../../lib/errors.ts';
import { type PackageId, shownPackage, shownVersion, type VersionId } from '../../lib/packages/package.ts';

/** Pauses between looks at what was written: it is there within a second as a rule (user guide, "Publishing latency"). */
const PAUSES = [500, 1000, 2000, 4000, 8000] as const;

/** What a Region must have of a version. */
export interface Expected {
  readonly id: VersionId;
  readonly assets: readonly { readonly name: string; readonly sha256: string }[];
  /** Without it, any but Unfinished. */
  readonly status?: string;
  /** npm: dist-tags that point at it, unless a newer version has taken them over since. */
  readonly tags?: readonly string[];
}

/** What a look has found. */
interface Seen {
  /** What is not as it should be, as phrases. */
  readonly differences: readonly string[];
  /** Whether it stays so, however long one waits. */
  readonly isFinal?: boolean;
}

/**
 * Compares what a Region has now with what was published.
 *
 * @throws OperationFailed when it is not the same after a while
 */
export async function readBackVersion(
  publisher: Publisher,
  repository: RepositoryAccess,
  expected: Expected,
): Promise<void> {
  const { id, tags = [] } = expected;
  const { session, signal } = publisher;
  await untilSame(publisher, `${shownVersion(id)} was published in ${repository.region}`, async () => {
    const [stored, current] = await Promise.all([
      readVersion(repository, id, signal, { isThere: true }),
      tags.length === 0 ? undefined : readDistTags(session, repository, id),
    ]);
    const seen = compared(expected, stored);
    const untagged = tags.filter((tag) => !isAtOrAfter(current?.get(tag), id.version));
    return { ...seen, differences: [...seen.differences, ...untagged.map((tag) => pointing(current, tag))] };
  });
}

/**
 * Compares dist-tags with those that were set.
 *
 * @throws OperationFailed when they are not the same after a while
 */
export async function readBackTags(
  publisher: Publisher,
  repository: RepositoryAccess,
  id: PackageId,
  { set, remove = [] }: { readonly set: Readonly<Record<string, string>>; readonly remove?: readonly string[] },
): Promise<void> {
  await untilSame(publisher, `The dist-tags of ${shownPackage(id)} were set in ${repository.region}`, async () => {
    const tags = await readDistTags(publisher.session, repository, id);
    const differences = [
      ...Object.entries(set).flatMap(([tag, version]) => (tags.get(tag) === version ? [] : [pointing(tags, tag)])),
      ...remove.flatMap((tag) => (tags.has(tag) ? [`the dist-tag ${tag} is still there`] : [])),
    ];
    return { differences };
  });
}

function pointing(tags: DistTags | undefined, tag: string): string {
  return `the dist-tag ${tag} points at ${tags?.get(tag) ?? 'nothing'}`;
}

function isAtOrAfter(tagged: string | undefined, version: string): boolean {
  return tagged === version || (semver.valid(tagged) !== null && semver.gt(tagged ?? '', version));
}

function compared({ assets, status }: Expected, stored: StoredVersion | undefined): Seen {
  if (stored === undefined) return { differences: ['it is missing'] };
  const lacking = assets.filter(({ name, sha256 }) => stored.assets.get(name)?.sha256 !== sha256);
  const isStatus = status === undefined ? stored.status !== 'Unfinished' : stored.status === status;
  return {
    differences: [
      ...lacking.map(({ name }) => `${name} is ${stored.assets.has(name) ? 'different' : 'missing'}`),
      ...(isStatus ? [] : [`it is ${stored.status.toLowerCase()}`]),
    ],
    isFinal: lacking.some(({ name }) => stored.assets.has(name)),
  };
}

async function untilSame({ clock, signal }: Publisher, what: string, look: () => Promise<Seen>): Promise<void> {
  for (let looks = 0; ; looks++) {
    const { differences, isFinal = false } = await look();
    if (differences.length === 0) return;
    const pause = isFinal ? undefined : PAUSES[looks];
    if (pause === undefined) {
      throw new OperationFailed({
        what: `${what}, but reads back differently: ${differences.join(', ')}`,
        cause: 'somebody else changed it at the same time, or the service shows it later than usual',
        next: "Run 'packages verify' for the Regions, then this again",
      });
    }
    await clock.sleep(pause, signal);
  }
}
