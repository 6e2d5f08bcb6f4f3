import type { ProtocolSession } from '../../../lib/aws/codeartifact/protocols/session.ts';
import { BadInput } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Plan, PlannedAction } from '../../../lib/operation/define.ts';
import { packageKey, shownPackage, shownVersion, versionKey } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import type { PublishContext } from '../publish.ts';
import { decideVersion, type VersionDecision } from './decision.ts';
import { checkReadable, refuseConflicts } from './refusals.ts';
import { assetTable, type Cell } from './report.ts';
import type { Site } from './sites.ts';
import { hasPassingTag, type SurveyResult, surveyRegion } from './survey.ts';
import { tagsOf } from './tags.ts';

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
    sites.map(async ({ repository }): Promise<SurveyResult> => {
      try {
        return await surveyRegion(session, repository, releases, signal);
      } catch (error) {
        signal.throwIfAborted();
        return { error };
      }
    }),
  );
  checkReadable(sites, surveys, quorum, inputs.mode, releases);
  const tags = tagsOf(inputs['npm-tag'], releases, sites, surveys);
  const relists = inputs['on-failure'] === 'unlist';
  const decisions = surveys.map((survey, site): readonly VersionDecision[] | undefined => {
    if ('error' in survey) return undefined;
    return releases.map((release, n) => {
      const blocked = survey.blocked.has(packageKey(release.id));
      const stored = survey.versions.get(versionKey(release.id));
      const tidies = hasPassingTag(survey.tags.get(packageKey(release.id)), release.id.version);
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

/** Without the id of the request: a saved plan is compared with one that is made later. */
function downBecause(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
