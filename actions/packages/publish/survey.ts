import { type DistTags, readDistTags } from '../../../lib/aws/codeartifact/protocols/npm.ts';
import type { ProtocolSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { PASSING_TAG } from '../../../lib/aws/codeartifact/publish-version.ts';
import type { RepositoryAccess } from '../../../lib/aws/codeartifact/repository.ts';
import { mayPublish, readVersion, type StoredVersion } from '../../../lib/aws/codeartifact/version.ts';
import { packageKey, versionKey } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { eachBounded } from '../../../lib/parallel.ts';

/** What one Region has of the versions that shall be published. */
export interface Survey {
  /** By `versionKey`; a version that is not there is left out. */
  readonly versions: ReadonlyMap<string, StoredVersion>;
  /** npm: by `packageKey`. */
  readonly tags: ReadonlyMap<string, DistTags>;
  /** Keys of packages whose origin controls block publishing. */
  readonly blocked: ReadonlySet<string>;
}

/** What a look at a Region came to. */
export type SurveyResult = Survey | { readonly error: unknown };

/** How many things are looked up at the same time. */
const AT_ONCE = 8;

/**
 * Looks at all versions in one Region: two calls for each that is there, and one more for each package.
 *
 * @throws errors of the API and PackagesError; the signal's reason
 */
export async function surveyRegion(
  session: ProtocolSession,
  repository: RepositoryAccess,
  releases: readonly Release[],
  signal: AbortSignal,
): Promise<Survey> {
  const versions = new Map<string, StoredVersion>();
  const packages = new Map(releases.map(({ id }) => [packageKey(id), id]));
  const tags = new Map<string, DistTags>();
  const blocked = new Set<string>();
  const looks = [
    ...releases.map(({ id }) => async () => {
      const stored = await readVersion(repository, id, signal);
      if (stored !== undefined) versions.set(versionKey(id), stored);
    }),
    ...[...packages].flatMap(([key, id]) => [
      async () => {
        if (!(await mayPublish(repository, id, signal))) blocked.add(key);
      },
      async () => {
        if (id.format === 'npm') tags.set(key, await readDistTags(session, repository, id));
      },
    ]),
  ];
  await eachBounded(looks, AT_ONCE, (look) => look());
  return { versions, tags, blocked };
}

/** Whether an ended run left its passing dist-tag at a version. */
export function hasPassingTag(tags: DistTags | undefined, version: string): boolean {
  return tags?.get(PASSING_TAG) === version;
}
