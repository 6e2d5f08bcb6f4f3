import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import type { Required } from '../support/requires.ts';
import type { Door, Happening, OpenDoor, Result } from './door.ts';
import {
  addTransforms,
  DESTROY,
  filesByFolder,
  GLUE_VERSION,
  NAMES,
  publishedIn,
  REGIONS,
  STACK,
  sparkIsMissing,
  stackOutputs,
  transformsOf,
  withSpark,
} from './glue-transform-application.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

const MINUTES = 60_000;
const PUSH: Happening = { kind: 'push', branch: 'main', created: false };
const EVERYWHERE = { regions: REGIONS.join('\n') } as const;

/** Which tests of the transforms go through a door: all of them, or those that match an expression of pytest. */
export interface Extent {
  readonly select: string;
  readonly atLeast: number;
}

/** The article's path, told to one door operation by operation: the same assertions hold for GitHub and the terminal. */
export function describeGlueLife(doorName: string, open: OpenDoor, java: Required, extent: Extent): void {
  describe(`glue-transform through ${doorName}`, () => {
    let aws: LocalAws;
    let repository: ScratchRepository;
    let door: Door;

    beforeAll(async () => {
      const [started, made, missing] = await Promise.all([
        startLocalAws(),
        createScratchRepository(),
        sparkIsMissing(),
      ]);
      [aws, repository] = [started, made];
      expect(missing).toBeUndefined();
      await addTransforms(repository);
      door = await open(repository, withSpark(aws));
    }, 5 * MINUTES);

    afterAll(async () => {
      await Promise.all([aws?.stop(), repository?.remove()]);
    });

    const run = async (operation: string, inputs: Record<string, string> = {}): Promise<Result> =>
      await door.run({ operation, inputs, happening: PUSH });
    const done = async (...call: Parameters<typeof run>): Promise<Result['outputs']> => {
      const result = await run(...call);
      expect(result.exitCode === 0 ? '' : result.log).toBe('');
      return result.outputs;
    };

    java.test(
      'two transforms are checked, tested on Spark, published to three Regions, used by a job, and retired',
      async () => {
        expect(await done('glue-transform check')).toMatchObject({ status: 'passed', transforms: '2', errors: '0' });
        const tested = await done('glue-transform test', { select: extent.select });
        expect(tested).toMatchObject({
          status: 'passed',
          transforms: '2',
          failed: '0',
          untested: '0',
          versions: GLUE_VERSION,
        });
        expect(Number(tested.passed)).toBeGreaterThanOrEqual(extent.atLeast);

        expect(await done('glue-transform publish', EVERYWHERE)).toMatchObject({ status: 'published', published: '6' });
        const expected = await transformsOf(repository);
        for (const region of REGIONS) expect(await publishedIn(aws, region)).toEqual(expected);
        expect(await done('glue-transform publish', EVERYWHERE)).toMatchObject({ status: 'unchanged', published: '0' });

        const { JobName: job = '', OutputBucket: bucket = '' } = stackOutputs(await done('stack deploy', STACK));
        expect(await done('glue-transform run-job', { job, region: REGIONS[0] })).toMatchObject({
          status: 'succeeded',
          state: 'SUCCEEDED',
        });
        await expectArticleCounts(aws, bucket);

        const names = NAMES.join('\n');
        const refused = await run('glue-transform retire', { ...EVERYWHERE, names });
        expect([refused.exitCode, refused.log]).toEqual([1, expect.stringContaining(job)]);
        for (const region of REGIONS) expect(await publishedIn(aws, region)).toEqual(expected);

        await done('stack destroy', DESTROY);
        expect(await done('glue-transform retire', { ...EVERYWHERE, names })).toMatchObject({
          status: 'retired',
          retired: '6',
        });
        for (const region of REGIONS) expect(await publishedIn(aws, region)).toEqual({});
      },
      8 * MINUTES,
    );
  });
}

/**
 * The counts of the article: one file a day and partition of Spark at most, and after repartitioning one a day. Two workers
 * of G.1X have four partitions, because one of them is the driver.
 */
export async function expectArticleCounts(aws: LocalAws, bucket: string): Promise<void> {
  const before = await filesByFolder(aws, bucket, 'sales/by-date/');
  const after = await filesByFolder(aws, bucket, 'sales/by-day/');
  const days = Object.keys(after).length;
  expect([365, 366]).toContain(days);
  expect(Object.keys(before)).toHaveLength(days);
  const files = sum(Object.values(before));
  expect(files).toBeGreaterThan(days);
  expect(files).toBeLessThanOrEqual(4 * days);
  expect(new Set(Object.values(after))).toEqual(new Set([1]));
  expect(Object.keys(after)).toContain(`year=${yearOf(after)}/month=09/day=01`);
}

function yearOf(folders: Readonly<Record<string, number>>): string {
  return /^year=(\d{4})\//.exec(Object.keys(folders)[0] ?? '')?.[1] ?? '';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
