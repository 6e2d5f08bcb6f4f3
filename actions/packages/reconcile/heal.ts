import { readDistTags, removeDistTag, setDistTag } from '../../../lib/aws/codeartifact/protocols/npm.ts';
import { type Publisher, publishVersion } from '../../../lib/aws/codeartifact/publish-version.ts';
import type { RepositoryAccess } from '../../../lib/aws/codeartifact/repository.ts';
import { changeStatus } from '../../../lib/aws/codeartifact/status.ts';
import { readVersion, type StoredVersion } from '../../../lib/aws/codeartifact/version.ts';
import { OperationFailed } from '../../../lib/errors.ts';
import { type PackageId, shownVersion } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { eachBounded, mapBounded } from '../../../lib/parallel.ts';
import { isDown } from '../unread.ts';
import { withDownloaded } from './files.ts';
import type { PlannedHealing, PlannedPackage, PlannedVersion, ReconcileDetails } from './plan.ts';

/** What became of one version, or of the dist-tags of a package, in one Region. */
export type Result =
  | { readonly state: 'healed'; readonly published: readonly string[] }
  | { readonly state: 'failed'; readonly error: unknown }
  /** The Region, or the one that is whole, went down before. */
  | { readonly state: 'not tried' };

/** What healing came to, by `resultKey`. */
export type Healed = ReadonlyMap<string, Result>;

/** @param what the URL of a package with its version, or without it for the dist-tags */
export function resultKey(region: string, what: string): string {
  return `${region} ${what}`;
}

/** What healing needs. */
export interface Healer {
  readonly publisher: Publisher;
  /** The repositories of the plan's Regions, by their name. */
  readonly repositories: ReadonlyMap<string, RepositoryAccess>;
  readonly parallel: number;
}

/**
 * Brings each Region what the plan says: packages at the same time, the versions of one after the other, oldest first.
 * The files of a version are downloaded once and published in all Regions that lack it. What fails stops nothing else,
 * unless a Region is down. Nothing but the Regions remembers what was done, so that a run that was ended can be repeated.
 */
export async function heal(healer: Healer, { from, packages }: ReconcileDetails): Promise<Healed> {
  const run = new Run(healer, from);
  await eachBounded(packages, healer.parallel, async (planned) => {
    for (const version of planned.versions) await run.healVersion(planned, version);
    for (const change of planned.tags) await run.changeTags(planned, change);
  });
  return run.results;
}

class Run {
  readonly results = new Map<string, Result>();
  readonly #down = new Set<string>();
  readonly #healer: Healer;
  readonly #from: string;

  constructor(healer: Healer, from: string) {
    this.#healer = healer;
    this.#from = from;
  }

  async healVersion(planned: PlannedPackage, { version, assets, regions }: PlannedVersion): Promise<void> {
    const what = `${planned.package}@${version}`;
    const id = { ...planned.id, version };
    for (const { region } of regions) this.results.set(resultKey(region, what), { state: 'not tried' });
    const open = this.#down.has(this.#from) ? [] : regions.filter(({ region }) => !this.#down.has(region));
    if (open.length === 0) return;
    const { publisher } = this.#healer;
    const needed = neededOf(id, assets, open);
    let isRead = false;
    try {
      await withDownloaded(publisher, this.#repository(this.#from), id, needed, async (release) => {
        isRead = true;
        await mapBounded(open, open.length, async (healing) => {
          await this.#attempt(healing.region, what, () =>
            this.#healIn(release, healing, tagsFor(planned, version, healing)),
          );
        });
      });
    } catch (error) {
      publisher.signal.throwIfAborted();
      if (isRead) throw error;
      if (isDown(error)) this.#down.add(this.#from);
      for (const { region } of open) this.results.set(resultKey(region, what), { state: 'failed', error });
    }
  }

  /** Makes the dist-tags what the plan says, as far as their versions are there. */
  async changeTags(planned: PlannedPackage, { region, set, remove }: PlannedPackage['tags'][number]): Promise<void> {
    const what = planned.package;
    this.results.set(resultKey(region, what), { state: 'not tried' });
    if (this.#down.has(region)) return;
    const { id } = planned;
    const { session } = this.#healer.publisher;
    const repository = this.#repository(region);
    await this.#attempt(region, what, async () => {
      const current = await readDistTags(session, repository, id);
      for (const [tag, version] of Object.entries(set)) {
        const state = this.results.get(resultKey(region, `${what}@${version}`))?.state ?? 'healed';
        if (state !== 'healed') throw tagWithoutVersion(tag, version);
        if (current.get(tag) !== version) await setDistTag(session, repository, { ...id, version }, tag);
      }
      for (const tag of remove) if (current.has(tag)) await removeDistTag(session, repository, id, tag);
      return [];
    });
  }

  async #attempt(region: string, what: string, work: () => Promise<readonly string[]>): Promise<void> {
    try {
      this.results.set(resultKey(region, what), { state: 'healed', published: await work() });
    } catch (error) {
      this.results.set(resultKey(region, what), { state: 'failed', error });
      if (isDown(error)) this.#down.add(region);
    }
    this.#healer.publisher.signal.throwIfAborted();
  }

  /** @returns the names of the assets that were published */
  async #healIn(release: Release, healing: PlannedHealing, tags: readonly string[]): Promise<readonly string[]> {
    const { publisher } = this.#healer;
    const { signal, log } = publisher;
    const { region, missing, was, status } = healing;
    const { id } = release;
    const repository = this.#repository(region);
    const stored = await readVersion(repository, id, signal);
    checkContent(release, stored, region);
    const assets = release.assets.filter(({ name }) => missing.includes(name));
    const published: string[] = [];
    if (assets.length > 0 || was === 'Unfinished') {
      await publishVersion(publisher, repository, {
        release: { id, assets },
        stored,
        tags,
        onAsset: (name) => {
          published.push(name);
          log.info(`  ${region}: published ${name} of ${shownVersion(id)}`);
        },
      });
    }
    const now = stored?.status === 'Unlisted' ? 'Unlisted' : 'Published';
    if (now !== status) await changeStatus(repository, id, { from: now, to: status, signal });
    return published;
  }

  #repository(region: string): RepositoryAccess {
    const found = this.#healer.repositories.get(region);
    if (found === undefined) throw new Error(`the plan names the Region ${region}`);
    return found;
  }
}

/** Of Maven all files are read together, because the POM says what the others are; of the others only what is missing. */
function neededOf(
  { format }: PackageId,
  assets: PlannedVersion['assets'],
  regions: readonly PlannedHealing[],
): PlannedVersion['assets'] {
  const missing = new Set(regions.flatMap((each) => each.missing));
  return format === 'maven' && missing.size > 0 ? assets : assets.filter(({ name }) => missing.has(name));
}

/** The dist-tags that a version gets while it is published. */
function tagsFor({ tags }: PlannedPackage, version: string, { region }: PlannedHealing): readonly string[] {
  const set = tags.find((change) => change.region === region)?.set ?? {};
  return Object.entries(set).flatMap(([tag, tagged]) => (tagged === version ? [tag] : []));
}

/** @throws OperationFailed when somebody published something else since the plan was made */
function checkContent({ id, assets }: Release, stored: StoredVersion | undefined, region: string): void {
  const other = assets.find(({ name, sha256 }) => (stored?.assets.get(name)?.sha256 ?? sha256) !== sha256);
  if (other === undefined) return;
  throw new OperationFailed({
    what: `${other.name} of ${shownVersion(id)} has other content in ${region}`,
    cause: 'somebody else published the same version in the meantime',
    next: 'Give the package a new version: what is published is never changed',
  });
}

function tagWithoutVersion(tag: string, version: string): OperationFailed {
  return new OperationFailed({
    what: `the dist-tag ${tag} was not set, because ${version} could not be healed`,
    next: 'Run again when the version can be',
  });
}
