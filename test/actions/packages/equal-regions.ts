import { expect } from '@jest/globals';
import verify from '../../../actions/packages/verify.ts';
import { REGIONS, type Workplace } from './workplace.ts';

/** All Regions hold the same, as `packages verify` sees it and as it is asked past it. */
export async function expectEqualRegions(place: Workplace): Promise<void> {
  const [first, ...others] = await Promise.all(REGIONS.map((region) => place.held(region)));
  for (const other of others) expect(other).toEqual(first);
  expect(await place.run(verify)).toMatchObject({ exitCode: 0, outputs: { status: 'equal' } });
}
