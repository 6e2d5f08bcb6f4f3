import type { Publisher } from '../../../lib/aws/codeartifact/publish-version.ts';
import type { Release } from '../../../lib/packages/release.ts';
import type { PublishContext } from '../publish.ts';
import type { PublishDetails } from './plan.ts';
import { publishRegion, type RegionOutcome } from './region.ts';
import { type TakenBack, takeBack } from './retraction.ts';
import type { Site } from './sites.ts';

/** What a run came to, in every Region. */
export interface Published {
  readonly regions: readonly RegionOutcome[];
  readonly isEnough: boolean;
  /** What was taken back after a failure; empty when nothing was. */
  readonly takenBack: readonly TakenBack[];
}

/**
 * Publishes in all Regions. With `primary-first` no replica is begun before the primary is complete, so that none is ever
 * ahead of it.
 */
export async function publishEverywhere(
  context: PublishContext,
  publisher: Publisher,
  { quorum, regions: planned }: PublishDetails,
  sites: readonly Site[],
  releases: readonly Release[],
): Promise<Published> {
  const { inputs, log } = context;
  const publish = async (n: number): Promise<RegionOutcome> => {
    const [site, plan] = [sites[n], planned[n]];
    if (site === undefined || plan === undefined) throw new Error(`the plan has no Region ${n}`);
    if (plan.down !== null) return untouched(plan.region, 'unreachable');
    return await publishRegion(publisher, site, plan, releases, inputs.parallel);
  };
  const numbers = [...sites.keys()];
  const regions: RegionOutcome[] = [];
  if (inputs.mode === 'primary-first') {
    const primary = await publish(0);
    regions.push(primary);
    const replicas = numbers.slice(1);
    if (primary.state === 'complete') regions.push(...(await Promise.all(replicas.map(publish))));
    else regions.push(...replicas.map((n) => untouched(sites[n]?.region ?? '', 'not-tried')));
  } else {
    regions.push(...(await Promise.all(numbers.map(publish))));
  }
  const complete = regions.filter(({ state }) => state === 'complete').length;
  const isEnough = complete >= quorum && (inputs.mode === 'all-at-once' || regions[0]?.state === 'complete');
  if (isEnough || inputs['on-failure'] === 'keep') return { regions, isEnough, takenBack: [] };
  log.info(
    `Taking back what this run made, because ${regions.length - complete} of ${regions.length} Regions are not complete.`,
  );
  const takenBack = await takeBack(publisher, inputs['on-failure'], regions, sites, releases);
  return { regions, isEnough, takenBack };
}

function untouched(region: string, state: 'unreachable' | 'not-tried'): RegionOutcome {
  return { region, state, published: new Map(), failures: new Map(), made: new Set() };
}
