import { OperationFailed, Refused } from '../../../lib/errors.ts';
import { shownVersion, versionKey } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { explainUnread, isDown } from '../unread.ts';
import type { Conflict, VersionDecision } from './decision.ts';
import { assetTable, type Cell } from './report.ts';
import type { Site } from './sites.ts';
import type { SurveyResult } from './survey.ts';

/**
 * Refuses when a Region is wrongly set up, or too few are up.
 *
 * @throws OperationFailed with the reason of each such Region
 */
export function checkReadable(
  sites: readonly Site[],
  surveys: readonly SurveyResult[],
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

/** @throws Refused naming every conflict in every Region */
export function refuseConflicts(
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
