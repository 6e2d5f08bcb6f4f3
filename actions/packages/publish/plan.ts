import type { ProtocolSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { openRepository, type RepositoryAccess } from '../../../lib/aws/codeartifact/repository.ts';
import { BadInput, type InputProblem, OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Plan, PlannedAction } from '../../../lib/operation/define.ts';
import { shownPackage, shownVersion, versionKey } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import type { PublishContext } from '../publish.ts';
import { regionsOf } from '../regions.ts';
import { repositoryNameOf } from '../repository-inputs.ts';
import { explainUnread, isDown } from '../unread.ts';
import { type Conflict, decideTags, decideVersion, type VersionDecision } from './decision.ts';
import { assetTable, type Cell } from './report.ts';
import { hasPassingTag, type Survey, surveyRegion } from './survey.ts';

/** What one Region lacks of one version. */
export type PlannedVersion = {
  readonly [key: string]: Json;
  /** Index of the release. */
  readonly release: number;
  readonly missing: readonly string[];
  readonly isNew: boolean;
  readonly relist: boolean;
  readonly tags: readonly string[];
};

/** One Region of a plan. */
export type PlannedRegion = {
  readonly [key: string]: Json;
  readonly region: string;
  /** Why it could not be read, when it is down; null when it was read. */
  readonly down: string | null;
  /** Versions that are not whole there. */
  readonly versions: readonly PlannedVersion[];
};

/** Every fact that publishing rests on. */
export type PublishDetails = {
  readonly [key: string]: Json;
  readonly repository: string;
  readonly quorum: number;
  readonly releases: readonly {
    readonly [key: string]: Json;
    readonly version: string;
    readonly format: string;
    readonly assets: readonly { readonly name: string; readonly sha256: string; readonly size: number }[];
  }[];
  /** The primary first. */
  readonly regions: readonly PlannedRegion[];
};

/** A Region with its repository. */
export interface Site {
  readonly region: string;
  readonly repository: RepositoryAccess;
}

/** The repositories that the inputs name, the primary first. Makes no call. */
export function sitesOf(context: PublishContext): readonly Site[] {
  const name = repositoryNameOf(context.inputs);
  return regionsOf(context.aws, context.inputs.replicas).map(({ region, aws }) => ({
    region,
    repository: openRepository(aws, name, context.clock),
  }));
}

/**
 * Compares all files with all Regions. A conflict in any Region is found here, before anything is written in one.
 *
 * @throws Refused for conflicts; OperationFailed when too few Regions can be read; BadInput for dist-tags that must be said
 */
export async function planPublishing(
  context: PublishContext,
  { releases, sites, session }: { releases: readonly Release[]; sites: readonly Site[]; session: ProtocolSession },
): Promise<Plan<PublishDetails>> {
  const { inputs, signal } = context;
  const quorum = checkQuorum(inputs.quorum, sites.length);
  const surveys = await Promise.all(
    sites.map(async ({ repository }): Promise<Survey | { readonly error: unknown }> => {
      try {
        return await surveyRegion(session, repository, releases, signal);
      } catch (error) {
        signal.throwIfAborted();
        return { error };
      }
    }),
  );
  checkReadable(sites, surveys, quorum, inputs.mode, releases);
  const tags = tagsOf(context, releases, sites, surveys);
  const relists = inputs['on-failure'] === 'unlist';
  const decisions = surveys.map((survey, site): readonly VersionDecision[] | undefined => {
    if ('error' in survey) return undefined;
    return releases.map((release, n) => {
      const blocked = survey.blocked.includes(shownPackage(release.id));
      const stored = survey.versions.get(versionKey(release.id));
      const tidies = hasPassingTag(survey.tags.get(shownPackage(release.id)), release.id.version);
      const decision = decideVersion(release, stored, { tags: tags[n]?.[site] ?? [], relists, tidies });
      if (!blocked || decision.kind !== 'publish') return decision;
      return {
        kind: 'conflict',
        problems: [{ isBlock: true, what: `the origin controls of ${shownPackage(release.id)} block publishing` }],
      };
    });
  });
  refuseConflicts(releases, sites, decisions);

  const regions = sites.map(({ region }, site): PlannedRegion => {
    const survey = surveys[site];
    const down = survey !== undefined && 'error' in survey ? downBecause(survey.error) : null;
    const versions = (decisions[site] ?? []).flatMap((decision, release): PlannedVersion[] => {
      if (decision.kind !== 'publish') return [];
      const { missing, isNew, relist, tags: own } = decision;
      return [{ release, missing: [...missing], isNew, relist, tags: [...own] }];
    });
    return { region, down, versions };
  });
  const { domain, repository } = inputs;
  const details: PublishDetails = {
    repository: `${domain}/${repository}`,
    quorum,
    releases: releases.map(({ id, assets }) => ({
      version: shownVersion(id),
      format: id.format,
      assets: assets.map(({ name, sha256, size }) => ({ name, sha256, size })),
    })),
    regions,
  };
  const notes = [
    ...regions.flatMap(({ region, down }) =>
      down === null ? [] : [`${region} is left out, because it is down: ${down}`],
    ),
    ...decisions.flatMap((all = [], site) =>
      all.flatMap((decision) =>
        decision.kind === 'there' && decision.note !== undefined ? [`${sites[site]?.region}: ${decision.note}`] : [],
      ),
    ),
  ];
  const actions = regions.flatMap((region) => actionsIn(region, details));
  const versions = releases.length === 1 ? '1 version' : `${releases.length} versions`;
  return {
    summary: `Publish ${versions} to ${domain}/${repository} in ${sites.map(({ region }) => region).join(', ')}.`,
    actions,
    notes,
    details,
    ...(actions.length === 0 && regions.every(({ down }) => down === null)
      ? {
          nothing: `All Regions have ${releases.length === 1 ? 'this version' : `all ${versions}`} already, with the same content.`,
        }
      : {}),
  };
}

/** The planned state of each asset in each Region. */
export function plannedCells({ releases, regions }: PublishDetails): string {
  const cell = (region: PlannedRegion, release: number, name: string): Cell => {
    if (region.down !== null) return 'unreachable';
    const planned = region.versions.find((version) => version.release === release);
    return planned?.missing.includes(name) === true ? 'to publish' : 'already there';
  };
  return assetTable(
    releases,
    regions.map(({ region }) => region),
    (site, release, name) => {
      const region = regions[site];
      return region === undefined ? 'not tried' : cell(region, release, name);
    },
  );
}

function actionsIn({ region, versions }: PlannedRegion, { releases }: PublishDetails): PlannedAction[] {
  return versions.map(({ release, missing, isNew, relist, tags }): PlannedAction => {
    const parts = [
      ...(missing.length > 0 ? [missing.join(', ')] : []),
      ...(relist ? ['listed again'] : []),
      ...(tags.length > 0 ? [`dist-tag ${tags.join(', ')}`] : []),
    ];
    return {
      verb: isNew ? 'create' : 'update',
      what: 'package version',
      name: `${releases[release]?.version ?? ''} in ${region}`,
      ...(parts.length === 0 ? {} : { detail: parts.join('; ') }),
    };
  });
}

function checkQuorum(quorum: number | undefined, regions: number): number {
  if (quorum !== undefined && quorum > regions) {
    const message = `input 'quorum': '${quorum}' is more than the ${regions} Regions that there are`;
    throw new BadInput([{ input: 'quorum', message }]);
  }
  return quorum ?? regions;
}

/** @throws OperationFailed when a Region is wrongly set up, or too few are up */
function checkReadable(
  sites: readonly Site[],
  surveys: readonly (Survey | { readonly error: unknown })[],
  quorum: number,
  mode: 'primary-first' | 'all-at-once',
  releases: readonly Release[],
): void {
  const failed = surveys.flatMap((survey, n) => {
    const site = sites[n];
    return 'error' in survey && site !== undefined ? [{ n, site, error: survey.error }] : [];
  });
  const wrong = failed.filter(({ error }) => !isDown(error));
  const primaryIsDown = mode === 'primary-first' && failed.some(({ n }) => n === 0);
  if (wrong.length === 0 && !primaryIsDown && sites.length - failed.length >= quorum) return;
  const told = (wrong.length > 0 ? wrong : failed).map(({ site, error }) => explainUnread(site.repository, error));
  const [first] = told;
  throw new OperationFailed(
    {
      what: told.map(({ what }) => what).join('\n'),
      ...(first?.cause === undefined ? {} : { cause: first.cause }),
      next: `${first?.next ?? 'Run again'}. Nothing was published in any Region`,
      report: unchangedReport(releases, sites, (site, release, name) => {
        const survey = surveys[site];
        const id = releases[release]?.id;
        if (survey === undefined || 'error' in survey || id === undefined) return 'unreachable';
        return survey.versions.get(versionKey(id))?.assets.has(name) === true ? 'already there' : 'not tried';
      }),
      data: { regions: failed.map(({ site }) => site.region) },
    },
    { cause: failed[0]?.error },
  );
}

/** By release and Region. */
function tagsOf(
  { inputs }: PublishContext,
  releases: readonly Release[],
  sites: readonly Site[],
  surveys: readonly (Survey | { readonly error: unknown })[],
): readonly (readonly (readonly string[])[])[] {
  const problems: InputProblem[] = [];
  const answers = releases.map((release): readonly (readonly string[])[] => {
    const { id } = release;
    if (id.format !== 'npm') return sites.map(() => []);
    const own = release.assets.flatMap(({ details }) =>
      details.format === 'npm' ? [ownTag(details.manifest)] : [],
    )[0];
    const answer = decideTags({
      version: id.version,
      asked: inputs['npm-tag'],
      own,
      regions: sites.map(({ region }, n) => {
        const survey = surveys[n];
        const read = survey !== undefined && !('error' in survey) ? survey : undefined;
        return {
          region,
          tags: read?.tags.get(shownPackage(id)) ?? new Map(),
          has: read?.versions.has(versionKey(id)) ?? false,
        };
      }),
    });
    if ('tags' in answer) return answer.tags;
    problems.push({ input: 'npm-tag', message: `input 'npm-tag': ${shownVersion(id)} ${answer.problem}` });
    return [];
  });
  if (problems.length > 0) throw new BadInput(problems);
  return answers;
}

function ownTag(manifest: Readonly<Record<string, Json>>): string | undefined {
  const { publishConfig } = manifest;
  if (typeof publishConfig !== 'object' || publishConfig === null || !('tag' in publishConfig)) return undefined;
  return typeof publishConfig.tag === 'string' ? publishConfig.tag : undefined;
}

/** @throws Refused naming every conflict in every Region */
function refuseConflicts(
  releases: readonly Release[],
  sites: readonly Site[],
  decisions: readonly (readonly VersionDecision[] | undefined)[],
): void {
  const conflicts = decisions.flatMap((all = [], n) =>
    all.flatMap((decision, m) => {
      const release = releases[m];
      if (decision.kind !== 'conflict' || release === undefined) return [];
      return decision.problems.map((conflict) => ({ region: sites[n]?.region ?? '', release, conflict }));
    }),
  );
  if (conflicts.length === 0) return;
  const line = ({ region, release, conflict }: { region: string; release: Release; conflict: Conflict }) =>
    conflict.asset === undefined
      ? `${region}: ${conflict.what}`
      : `${region}: ${conflict.asset} of ${shownVersion(release.id)} ${conflict.what}`;
  const areBlocks = conflicts.every(({ conflict }) => conflict.isBlock === true);
  throw new Refused({
    what: conflicts.map(line).join('\n'),
    ...(areBlocks ? BLOCKED : PUBLISHED_BEFORE),
    report: unchangedReport(releases, sites, (site, release, name) => stateOf(decisions[site]?.[release], name)),
    data: { conflicts: conflicts.map(line) },
  });
}

const PUBLISHED_BEFORE = {
  cause: 'the version was published before from other files, for example by a build that is not reproducible',
  next: 'Give the package a new version, or publish the files of the first build. Nothing was published in any Region',
} as const;

const BLOCKED = {
  cause: 'the package came from a public registry or an upstream repository first',
  next: 'Allow publishing in its origin configuration in that Region, or give it another name. Nothing was published in any Region',
} as const;

function unchangedReport(
  releases: readonly Release[],
  sites: readonly Site[],
  cellOf: (site: number, release: number, name: string) => Cell,
): string {
  const shown = releases.map(({ id, assets }) => ({ version: shownVersion(id), format: id.format, assets }));
  const regions = sites.map(({ region }) => region);
  return `### Not published\n\nNothing was changed in any Region.\n\n${assetTable(shown, regions, cellOf)}`;
}

/** Without the id of the request: a saved plan is compared with one that is made later. */
function downBecause(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stateOf(decision: VersionDecision | undefined, name: string): Cell {
  if (decision === undefined) return 'unreachable';
  switch (decision.kind) {
    case 'there':
      return 'already there';
    case 'publish':
      return decision.missing.includes(name) ? 'to publish' : 'already there';
    case 'conflict':
      return decision.problems.some(({ asset }) => asset === undefined || asset === name)
        ? 'conflict'
        : 'already there';
  }
}
