import { OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Plan, PlannedAction } from '../../../lib/operation/define.ts';
import type { PackageId, VersionId } from '../../../lib/packages/package.ts';
import { packageUrl } from '../../../lib/packages/purl.ts';
import { compareRegions } from '../comparison/compare.ts';
import { FirstOf } from '../comparison/first-of.ts';
import type { PackageLook } from '../comparison/looks.ts';
import type { RegionReader } from '../comparison/region-reader.ts';
import type { Selection } from '../comparison/selection.ts';
import type { ReconcileContext } from '../reconcile.ts';
import { explainUnread, isDown } from '../unread.ts';
import { assetsToHeal, type Conflict, decideHealing, decideTags } from './decision.ts';

/** What one Region gets of one version. */
export type PlannedHealing = {
  readonly [key: string]: Json;
  readonly region: string;
  readonly missing: readonly string[];
  readonly was: 'nothing' | 'Unfinished' | 'Published' | 'Unlisted';
  readonly status: 'Published' | 'Unlisted';
};

/** One version that some Region lacks. */
export type PlannedVersion = {
  readonly [key: string]: Json;
  readonly version: string;
  /** All assets of the Region that is whole. */
  readonly assets: readonly { readonly name: string; readonly sha256: string; readonly size: number }[];
  readonly regions: readonly PlannedHealing[];
};

/** One package of which some Region lacks something. */
export type PlannedPackage = {
  readonly [key: string]: Json;
  /** Its URL. */
  readonly package: string;
  readonly id: PackageId & { readonly [key: string]: Json };
  /** Those that were published first come first. */
  readonly versions: readonly PlannedVersion[];
  readonly tags: readonly {
    readonly region: string;
    readonly set: Readonly<Record<string, string>>;
    readonly remove: readonly string[];
  }[];
};

/** Every fact that healing rests on: what is equal already is not in it. */
export type ReconcileDetails = {
  readonly [key: string]: Json;
  readonly repository: string;
  readonly from: string;
  /** The other Regions. */
  readonly regions: readonly {
    readonly [key: string]: Json;
    readonly region: string;
    /** Why it could not be read, when it is down; null when it was read. */
    readonly down: string | null;
  }[];
  readonly packages: readonly PlannedPackage[];
  /** The first ones. */
  readonly conflicts: readonly {
    readonly [key: string]: Json;
    readonly region: string;
    readonly package: string;
    readonly asset: string | null;
    readonly what: string;
  }[];
  readonly conflictCount: number;
  /** Whether there is more to heal than fits into one plan. */
  readonly isCut: boolean;
};

/** A plan is held in memory and saved as JSON, so that it ends with the page of packages in which it has so many versions. */
const MOST_VERSIONS = 10_000;
const MOST_CONFLICTS = 1000;
const MOST_NOTES = 100;

/**
 * Compares all Regions with the one that is whole, which is the first of the readers.
 *
 * @throws OperationFailed when that one cannot be read, or another one is wrongly set up
 */
export async function planHealing(
  { inputs, log }: Pick<ReconcileContext, 'inputs' | 'log'>,
  readers: readonly RegionReader[],
  selection: Selection,
): Promise<Plan<ReconcileDetails>> {
  const names = readers.map(({ region }) => region);
  const gathering = new Gathering(names, selection);
  const { isCut } = await compareRegions(readers, selection, { parallel: inputs.parallel, log }, gathering);
  checkReadable(readers);
  const [from = '', ...others] = names;
  const regions = readers.slice(1).map((reader) => ({ region: reader.region, down: downOf(reader) }));
  const down = new Set(regions.filter((each) => each.down !== null).map(({ region }) => region));
  const details: ReconcileDetails = {
    repository: `${inputs.domain}/${inputs.repository}`,
    from,
    regions,
    packages: gathering.packages().flatMap((each) => withoutRegions(each, down)),
    conflicts: gathering.conflicts.sorted().map(({ region, id, asset, what }) => ({
      region,
      package: packageUrl(id),
      asset: asset ?? null,
      what,
    })),
    conflictCount: gathering.conflicts.count,
    isCut,
  };
  const notes = [
    ...details.regions.flatMap(({ region, down }) => (down === null ? [] : [`${region} is left out: ${down}`])),
    ...conflictNotes(gathering.conflicts),
    ...gathering.notesToTell(from),
    ...(isCut ? ['There is more to heal than fits into one plan: the next run goes on'] : []),
  ];
  const actions = details.packages.flatMap(actionsOf);
  const isWhole = actions.length === 0 && gathering.conflicts.count === 0 && !isCut;
  return {
    summary: `Heal ${others.join(', ')} from ${from}.`,
    actions,
    notes,
    details,
    ...(isWhole && details.regions.every(({ down }) => down === null)
      ? { nothing: `${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} all that ${from} has.` }
      : {}),
  };
}

/** Takes what the comparison tells, and keeps only what is lacking. */
class Gathering {
  readonly conflicts = new FirstOf<Conflict>(MOST_CONFLICTS, ({ region, id, asset = '' }) =>
    [packageUrl(id), asset, region].join('\n'),
  );
  readonly #notes = new FirstOf<string>(MOST_NOTES, (note) => note);
  readonly #regions: readonly string[];
  readonly #selected: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  readonly #open = new Map<string, { look: PackageLook; versions: (PlannedVersion & { order: number })[] }>();
  readonly #packages: PlannedPackage[] = [];
  #versions = 0;
  #extras = 0;

  constructor(regions: readonly string[], { packages = [] }: Selection) {
    this.#regions = regions;
    this.#selected = new Map(packages.map(({ id, versions }) => [packageUrl(id), versions]));
  }

  assetsOf = assetsToHeal;

  isOver = (): boolean => this.#versions >= MOST_VERSIONS;

  onPackage = (look: PackageLook): void => {
    this.#open.set(packageUrl(look.id), { look, versions: [] });
  };

  onVersion = (look: Parameters<typeof decideHealing>[1]): void => {
    const { healings, conflicts, notes } = decideHealing(this.#regions, look);
    for (const conflict of conflicts) this.conflicts.add(conflict);
    for (const note of notes) this.#notes.add(note);
    const [first] = look.regions;
    if (first === 'missing' || first === 'no package') this.#extras += 1;
    if (healings.length === 0 || typeof first !== 'object') return;
    this.#versions += healings.length;
    const { version, ...id } = look.id;
    this.#open.get(packageUrl(id))?.versions.push({
      version,
      order: look.order,
      assets: [...(first.assets ?? [])]
        .map(([name, { sha256, size }]) => ({ name, sha256, size }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      regions: healings.map((healing) => ({ ...healing })),
    });
  };

  onPackageEnd = (id: PackageId): void => {
    const url = packageUrl(id);
    const found = this.#open.get(url);
    this.#open.delete(url);
    if (found === undefined) return;
    const healed = new Map<string, Set<string>>();
    for (const { version, regions } of found.versions) {
      for (const { region } of regions) healed.set(region, (healed.get(region) ?? new Set()).add(version));
    }
    const { changes, notes } = decideTags(this.#regions, found.look, healed, this.#selected.get(url));
    for (const note of notes) this.#notes.add(note);
    if (found.versions.length === 0 && changes.length === 0) return;
    const versions = found.versions
      .sort((a, b) => a.order - b.order)
      .map(({ version, assets, regions }) => ({ version, assets, regions }));
    this.#packages.push({ package: url, id: { ...id }, versions, tags: changes.map((change) => ({ ...change })) });
  };

  onAbsent = (id: PackageId | VersionId): void => {
    this.#notes.add(`${packageUrl(id)} was not published to the repository in any Region`);
  };

  packages(): readonly PlannedPackage[] {
    return this.#packages.sort((a, b) => (a.package < b.package ? -1 : 1));
  }

  notesToTell(from: string): readonly string[] {
    const kept = this.#notes.sorted();
    const more = this.#notes.count - kept.length;
    return [
      ...(this.#extras > 0
        ? [
            `${from} lacks ${this.#extras === 1 ? '1 version' : `${this.#extras} versions`} that other Regions have: it may be lagging itself. 'packages reconcile' with another Region as 'from' brings them`,
          ]
        : []),
      ...kept,
      ...(more > 0 ? [`… and ${more} more notes`] : []),
    ];
  }
}

/** @throws OperationFailed when the first Region was not read to the end, or another one is wrongly set up */
function checkReadable(readers: readonly RegionReader[]): void {
  const wrong = readers.flatMap(({ repository, failure }, n) =>
    failure !== undefined && (n === 0 || !isDown(failure.error)) ? [explainUnread(repository, failure.error)] : [],
  );
  const [first] = wrong;
  if (first === undefined) return;
  throw new OperationFailed({
    what: wrong.map(({ what }) => what).join('\n'),
    ...(first.cause === undefined ? {} : { cause: first.cause }),
    next: `${first.next ?? 'Run again'}. Nothing was changed in any Region`,
  });
}

/** What a package needs apart from Regions that went down after a part of them was read. */
function withoutRegions({ versions, tags, ...named }: PlannedPackage, down: ReadonlySet<string>): PlannedPackage[] {
  const left = {
    ...named,
    versions: versions
      .map((version) => ({ ...version, regions: version.regions.filter(({ region }) => !down.has(region)) }))
      .filter((version) => version.regions.length > 0),
    tags: tags.filter(({ region }) => !down.has(region)),
  };
  return left.versions.length === 0 && left.tags.length === 0 ? [] : [left];
}

function downOf({ repository, failure }: RegionReader): string | null {
  return failure === undefined ? null : explainUnread(repository, failure.error).what;
}

function conflictNotes(conflicts: FirstOf<Conflict>): readonly string[] {
  const told = conflicts.sorted().slice(0, 10);
  const more = conflicts.count - told.length;
  const lines = told.map(
    ({ region, id, asset, what }) =>
      `conflict: ${region}: ${asset === undefined ? '' : `${asset} of `}${packageUrl(id)} ${what}`,
  );
  return more > 0 ? [...lines, `… and ${more} more conflicts`] : lines;
}

function actionsOf({ package: url, versions, tags }: PlannedPackage): PlannedAction[] {
  return [
    ...versions.flatMap(({ version, regions }) =>
      regions.map(({ region, missing, was, status }): PlannedAction => {
        const parts = [
          ...(missing.length > 0 ? [missing.join(', ')] : []),
          ...(was === status ? [] : [`becomes ${status}`]),
        ];
        return {
          verb: was === 'nothing' ? 'create' : 'update',
          what: 'package version',
          name: `${url}@${version} in ${region}`,
          detail: parts.join('; '),
        };
      }),
    ),
    ...tags.map(({ region, set, remove }): PlannedAction => {
      const parts = [
        ...Object.entries(set).map(([tag, version]) => `${tag} at ${version}`),
        ...remove.map((tag) => `no ${tag}`),
      ];
      return { verb: 'tag', what: 'package', name: `${url} in ${region}`, detail: parts.join(', ') };
    }),
  ];
}
