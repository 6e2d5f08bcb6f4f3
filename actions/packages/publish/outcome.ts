import { errorMessage, HeadgateError, OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { text } from '../../../lib/report/markdown.ts';
import type { Published } from './apply.ts';
import type { PUBLISH_OUTPUTS } from './inputs.ts';
import { type PublishDetails, plannedCells } from './plan.ts';
import type { RegionOutcome } from './region.ts';
import { assetTable, type Cell } from './report.ts';

type PublishOutcome = Outcome<keyof typeof PUBLISH_OUTPUTS>;

/** The outcome of a dry run, or of a run that had nothing to do. Pure. */
export function describePlan({ nothing, summary, details, notes }: Plan<PublishDetails>): PublishOutcome {
  const incomplete = details.regions.filter(({ down, versions }) => down !== null || versions.length > 0);
  const told = nothing ?? `${summary} Planned only; nothing was published.`;
  return {
    summary: told,
    outputs: {
      status: nothing === undefined ? 'planned' : 'nothing',
      versions: String(details.releases.length),
      published: '0',
      'complete-regions': names(details.regions.filter((region) => !incomplete.includes(region))),
      'incomplete-regions': names(incomplete),
    },
    report: reportOf(
      nothing === undefined ? 'Publishing, planned' : 'Nothing to publish',
      told,
      plannedCells(details),
      notes,
    ),
    result: details,
  };
}

/**
 * What the run came to.
 *
 * @throws OperationFailed when not enough Regions are complete
 */
export function judge(
  { details, notes }: Plan<PublishDetails>,
  { regions, isEnough, takenBack }: Published,
): PublishOutcome {
  const complete = regions.filter(({ state }) => state === 'complete');
  const incomplete = regions.filter(({ state }) => state !== 'complete');
  const count = regions.flatMap(({ published }) => [...published.values()]).reduce((sum, { size }) => sum + size, 0);
  const cells = assetTable(
    details.releases,
    regions.map(({ region }) => region),
    (n, release, name) => {
      const taken = takenBack.find((one) => one.region === regions[n]?.region && one.release === release);
      if (taken?.outcome === 'unlisted' || taken?.outcome === 'deleted') return taken.outcome;
      return cellOf(regions[n], details, release, name);
    },
  );
  const failures = regions.flatMap(({ region, failures: all }) =>
    [...all].map(([release, error]) => ({ region, version: details.releases[release]?.version ?? '', error })),
  );
  const kept = takenBack.flatMap(({ region, release, outcome, why, error }) =>
    outcome === 'kept'
      ? [
          `${region}: ${details.releases[release]?.version} was kept: ${why}${error === undefined ? '' : ` (${errorMessage(error)})`}`,
        ]
      : [],
  );
  const told = [
    ...notes,
    ...failures.map(({ region, version, error }) => `${region}: ${version}: ${errorMessage(error)}`),
    ...kept,
  ];
  const result: Json = {
    repository: details.repository,
    releases: details.releases,
    regions: regions.map((region) => ({
      region: region.region,
      state: region.state,
      published: [...region.published].flatMap(([release, all]) =>
        [...all].map((asset) => ({ version: details.releases[release]?.version ?? '', asset })),
      ),
      failures: [...region.failures].map(([release, error]) => ({
        version: details.releases[release]?.version ?? '',
        error: errorMessage(error),
      })),
    })),
    takenBack: takenBack.map(({ region, release, outcome }) => ({
      region,
      version: details.releases[release]?.version ?? '',
      outcome,
    })),
  };
  if (!isEnough) {
    const summary = failureSummary(regions, takenBack);
    const [first] = failures;
    const explained = first?.error instanceof HeadgateError ? first.error.explanation : undefined;
    throw new OperationFailed(
      {
        what: `${summary}${first === undefined ? '' : `. ${first.region}: ${explained?.what ?? errorMessage(first.error)}`}`,
        cause: explained?.cause ?? 'see the message',
        next: nextStep(takenBack),
        report: reportOf('Not published everywhere', `${summary}.`, cells, told),
        data: { result },
      },
      { cause: first?.error },
    );
  }
  const assets = count === 1 ? '1 asset' : `${count} assets`;
  const summary =
    incomplete.length === 0
      ? `${assets} published; all ${regions.length === 1 ? 'is' : `${regions.length} Regions are`} complete.`
      : `${assets} published; ${complete.length} of ${regions.length} Regions are complete, which is enough. ${names(incomplete)} must be healed: run 'packages reconcile', or this again.`;
  return {
    summary,
    outputs: {
      status: incomplete.length === 0 ? 'published' : 'partly',
      versions: String(details.releases.length),
      published: String(count),
      'complete-regions': names(complete),
      'incomplete-regions': names(incomplete),
    },
    report: reportOf('Published', summary, cells, told),
    result,
  };
}

function cellOf(region: RegionOutcome | undefined, details: PublishDetails, release: number, name: string): Cell {
  if (region === undefined || region.state === 'not-tried') return 'not tried';
  if (region.state === 'unreachable') return 'unreachable';
  if (region.published.get(release)?.has(name) === true) return 'published';
  const planned = details.regions.find(({ region: own }) => own === region.region)?.versions;
  const isMissing = planned?.some((version) => version.release === release && version.missing.includes(name));
  if (isMissing !== true) return 'already there';
  if (region.failures.has(release)) return 'failed';
  return region.published.has(release) ? 'already there' : 'not tried';
}

function failureSummary(regions: readonly RegionOutcome[], takenBack: Published['takenBack']): string {
  const complete = regions.filter(({ state }) => state === 'complete');
  const others = regions
    .filter(({ state }) => state !== 'complete')
    .map(({ region, state }) => `${region} (${STATES[state]})`);
  const isBack = takenBack.some(({ outcome }) => outcome === 'unlisted' || outcome === 'deleted');
  const isAll = takenBack.every(({ outcome }) => outcome !== 'kept');
  const back = isBack ? `. What this run made was taken back${isAll ? '' : ', but for what the report names'}` : '';
  return `${complete.length} of ${regions.length} Regions are complete; not ${others.join(', ')}${back}`;
}

const STATES = { complete: 'complete', failed: 'failed', unreachable: 'down', 'not-tried': 'not tried' } as const;

function nextStep(takenBack: Published['takenBack']): string {
  if (takenBack.some(({ outcome }) => outcome === 'kept'))
    return 'See the report for what was kept and why, then run again';
  return 'Run again: it goes on from what it finds, and nothing is published twice';
}

function reportOf(title: string, summary: string, cells: string, notes: readonly string[]): string {
  const list = notes.map((note) => `- ${text(note)}\n`).join('');
  return `### ${title}\n\n${text(summary)}\n\n${cells}${list === '' ? '' : `\n${list}`}`;
}

function names(regions: readonly { readonly region: string }[]): string {
  return regions.map(({ region }) => region).join(',');
}
