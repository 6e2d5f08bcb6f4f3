import { mapBounded } from '../../../lib/parallel.ts';
import { readBackTags, readBackVersion } from '../read-back.ts';
import { type Healed, type Healer, type Result, resultKey } from './heal.ts';
import type { ReconcileDetails } from './plan.ts';

/** Reads back all that was healed. What reads back differently has failed. */
export async function checkHealed(
  { publisher, repositories, parallel }: Healer,
  { packages }: ReconcileDetails,
  healed: Healed,
): Promise<Healed> {
  const results = new Map<string, Result>(healed);
  const check = async (region: string, what: string, work: () => Promise<void>): Promise<void> => {
    const key = resultKey(region, what);
    if (results.get(key)?.state !== 'healed') return;
    try {
      await work();
    } catch (error) {
      results.set(key, { state: 'failed', error });
    }
  };
  await mapBounded(packages, parallel, async ({ package: url, id, versions, tags }) => {
    for (const { version, assets, regions } of versions) {
      for (const { region, status } of regions) {
        const repository = repositories.get(region);
        if (repository === undefined) continue;
        const expected = { id: { ...id, version }, assets, status };
        await check(region, `${url}@${version}`, () => readBackVersion(publisher, repository, expected));
      }
    }
    for (const { region, set, remove } of tags) {
      const repository = repositories.get(region);
      if (repository === undefined) continue;
      await check(region, url, () => readBackTags(publisher, repository, id, { set, remove }));
    }
  });
  publisher.signal.throwIfAborted();
  return results;
}
