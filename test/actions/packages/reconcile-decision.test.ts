import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FirstOf } from '../../../actions/packages/comparison/first-of.ts';
import { Gate } from '../../../actions/packages/comparison/gate.ts';
import { joinVersions, type VersionLook } from '../../../actions/packages/comparison/looks.ts';
import { decideHealing, decideTags } from '../../../actions/packages/reconcile/decision.ts';
import { versionDifferences } from '../../../actions/packages/verify/differences.ts';
import { FORMATS } from '../../../lib/packages/package.ts';

const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'] as const;
const [FROM, REPLICA] = REGIONS;

const digest = fc.constantFrom('a', 'b').map((sign) => sign.repeat(64));
const assets = fc
  .uniqueArray(fc.tuple(fc.constantFrom('one', 'two', 'three'), digest), { selector: ([name]) => name, maxLength: 3 })
  .map((entries) => new Map(entries.map(([name, sha256]) => [name, { sha256, size: 1 }])));
const region = fc.oneof(
  fc.constantFrom('missing' as const, 'no package' as const, 'unread' as const),
  fc.record({
    status: fc.constantFrom('Published', 'Unlisted', 'Unfinished', 'Archived', 'Disposed'),
    isOwn: fc.boolean(),
    assets,
  }),
);
const look: fc.Arbitrary<VersionLook> = fc
  .tuple(fc.constantFrom(...FORMATS), fc.tuple(region, region, region))
  .map(([format, regions]) => ({ id: { format, name: 'shop', version: '1' }, order: 0, regions }));

test('healing never touches what has other content, and only brings what the whole Region has', () => {
  fc.assert(
    fc.property(look, (given) => {
      const [first] = given.regions;
      const { healings, conflicts } = decideHealing(REGIONS, given);
      for (const healing of healings) {
        const there = given.regions[REGIONS.indexOf(healing.region as typeof FROM)];
        if (typeof first !== 'object' || there === undefined || there === 'unread') throw new Error('healed blindly');
        const own = typeof there === 'object' ? there.assets : undefined;
        expect(healing.region).not.toBe(FROM);
        expect(healing.status).toBe(first.status);
        for (const name of healing.missing)
          expect([first.assets?.has(name), own?.has(name) ?? false]).toEqual([true, false]);
        for (const [name, { sha256 }] of own ?? []) {
          if (first.assets?.has(name)) expect(first.assets.get(name)?.sha256).toBe(sha256);
        }
        expect(conflicts.map((conflict) => conflict.region)).not.toContain(healing.region);
      }
    }),
    { numRuns: 2000 },
  );
});

test('what verify calls equal, reconcile leaves alone', () => {
  fc.assert(
    fc.property(look, (given) => {
      fc.pre(versionDifferences(REGIONS, given).length === 0 && !given.regions.includes('no package'));
      expect(decideHealing(REGIONS, given)).toMatchObject({ healings: [], conflicts: [] });
    }),
    { numRuns: 2000 },
  );
});

describe('dist-tags', () => {
  const decide = (from: Record<string, string>, other: Record<string, string>, selected?: ReadonlySet<string>) =>
    decideTags(
      [FROM, REPLICA],
      {
        id: { format: 'npm', name: 'shop' },
        versions: 2,
        regions: [new Set(['1.0.0', '1.1.0']), new Set(['1.0.0', '2.0.0'])],
        tags: [new Map(Object.entries(from)), new Map(Object.entries(other))],
      },
      new Map([[REPLICA, new Set(['1.1.0'])]]),
      selected,
    );

  test('are set and removed, but those of a version that only the other Region has stay', () => {
    const { changes, notes } = decide(
      { latest: '1.1.0', stable: '1.0.0' },
      { latest: '2.0.0', stable: '1.0.0', old: '1.0.0', next: '2.0.0' },
    );
    expect(changes).toEqual([{ region: REPLICA, set: {}, remove: ['old'] }]);
    expect(notes).toHaveLength(2);
  });

  test('of versions that were not named are left alone', () => {
    const { changes } = decide({ latest: '1.1.0', stable: '1.0.0' }, { old: '1.0.0' }, new Set(['1.1.0']));
    expect(changes).toEqual([{ region: REPLICA, set: { latest: '1.1.0' }, remove: [] }]);
  });

  test('cannot point at what will not be there', () => {
    const { changes, notes } = decide({ latest: '9.0.0' }, {});
    expect(changes).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('cannot point at 9.0.0')]);
  });
});

test('versions are joined in the order of publishing in the first Region, then those of the others', () => {
  const list = (...versions: string[]) => versions.map((version) => ({ version, status: 'Published', isOwn: true }));
  const joined = joinVersions([list('2', '1'), 'missing', list('3', '1', '0'), 'unread'], undefined);
  expect(joined.map(({ version }) => version)).toEqual(['1', '2', '0', '3']);
  expect(joined[1]?.entries.map((entry) => (typeof entry === 'string' ? entry : 'there'))).toEqual([
    'there',
    'no package',
    'missing',
    'unread',
  ]);
});

test('of many only the first are kept, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 100, max: 999 })), fc.integer({ min: 1, max: 9 }), (numbers, bound) => {
      const kept = new FirstOf<number>(bound, String);
      for (const number of numbers) kept.add(number);
      expect(kept.count).toBe(numbers.length);
      expect(kept.sorted()).toEqual(numbers.toSorted((a, b) => a - b).slice(0, bound));
    }),
  );
});

test('a gate lets so many through at a time, also after failures', async () => {
  const gate = new Gate(2);
  let running = 0;
  let most = 0;
  const works = Array.from({ length: 20 }, (_, n) =>
    gate.run(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (n % 3 === 0) throw new Error('failed');
    }),
  );
  const results = await Promise.allSettled(works);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(7);
  expect([most, running]).toEqual([2, 0]);
});
