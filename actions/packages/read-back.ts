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
  const { id } = expected;
  const look = async () => differences(expected, await readVersion(repository, id, publisher.signal));
  await untilSame(publisher, `${shownVersion(id)} was published in ${repository.region}`, look);
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
  const look = async () => {
    const tags = await readDistTags(publisher.session, repository, id);
    return [
      ...Object.entries(set).flatMap(([tag, version]) => pointing(tags, tag, version)),
      ...remove.flatMap((tag) => (tags.has(tag) ? [`the dist-tag ${tag} is still there`] : [])),
    ];
  };
  await untilSame(publisher, `The dist-tags of ${shownPackage(id)} were set in ${repository.region}`, look);
}

function pointing(tags: DistTags, tag: string, version: string): string[] {
  return tags.get(tag) === version ? [] : [`the dist-tag ${tag} points at ${tags.get(tag) ?? 'nothing'}`];
}

function differences({ assets, status }: Expected, stored: StoredVersion | undefined): string[] {
  if (stored === undefined) return ['it is missing'];
  const isStatus = status === undefined ? stored.status !== 'Unfinished' : stored.status === status;
  return [
    ...assets.flatMap(({ name, sha256 }) => {
      const there = stored.assets.get(name)?.sha256;
      if (there === sha256) return [];
      return [`${name} is ${there === undefined ? 'missing' : 'different'}`];
    }),
    ...(isStatus ? [] : [`it is ${stored.status.toLowerCase()}`]),
  ];
}

async function untilSame({ clock, signal }: Publisher, what: string, look: () => Promise<string[]>): Promise<void> {
  for (let looks = 0; ; looks++) {
    const seen = await look();
    if (seen.length === 0) return;
    const pause = PAUSES[looks];
    if (pause === undefined) {
      throw new OperationFailed({
        what: `${what}, but reads back differently: ${seen.join(', ')}`,
        cause: 'somebody else changed it at the same time, or the service shows it later than usual',
        next: "Run 'packages verify' for the Regions, then this again",
      });
    }
    await clock.sleep(pause, signal);
  }
}
