import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import semver from 'semver';
import { decideTags, decideVersion, type TagQuestion } from '../../../actions/packages/publish/decision.ts';
import type { StoredVersion } from '../../../lib/aws/codeartifact/version.ts';
import type { Format } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';

const sha = (letter: string) => letter.repeat(64);

function release(format: Format, assets: Record<string, string>): Release {
  return {
    id: { format, name: 'shop', version: '1.0.0' },
    assets: Object.entries(assets).map(([name, letter]) => ({
      name,
      file: `/dist/${name}`,
      size: 1,
      sha256: sha(letter),
      details: { format: 'generic' },
    })),
  };
}

function stored(assets: Record<string, string>, status: StoredVersion['status'] = 'Published'): StoredVersion {
  const entries = Object.entries(assets).map(([name, letter]) => [name, { sha256: sha(letter), size: 1 }] as const);
  return { status, revision: 'r', assets: new Map(entries) };
}

const plain = { tags: [], relists: false, tidies: false };

describe('what publishing a version comes to', () => {
  test('everything, when nothing is there', () => {
    expect(decideVersion(release('pypi', { a: 'a', b: 'b' }), undefined, plain)).toEqual({
      kind: 'publish',
      missing: ['a', 'b'],
      isNew: true,
      relist: false,
      tags: [],
    });
  });

  test('nothing, when the same content is there, whatever else is', () => {
    expect(decideVersion(release('pypi', { a: 'a' }), stored({ a: 'a', other: 'z' }), plain)).toEqual({
      kind: 'there',
    });
  });

  test('the rest of a wheel set that was half uploaded', () => {
    const decision = decideVersion(release('pypi', { a: 'a', b: 'b' }), stored({ a: 'a' }), plain);
    expect(decision).toMatchObject({ kind: 'publish', missing: ['b'], isNew: false });
  });

  // The article's pipeline passes other bytes under a published version off as success (`--skip-existing`).
  test('a conflict, when the same name has other content', () => {
    const decision = decideVersion(release('pypi', { a: 'a', b: 'b' }), stored({ a: 'x' }), plain);
    expect(decision).toEqual({
      kind: 'conflict',
      problems: [
        { asset: 'a', what: expect.stringContaining('has other content (SHA-256 xxxxxxxxxxxx…, ours aaaaaaaaaaaa…)') },
      ],
    });
  });

  test.each(['Archived', 'Disposed', 'Deleted'] as const)('a conflict, when the version is %s', (status) => {
    const decision = decideVersion(release('pypi', { a: 'a' }), stored({ a: 'a' }, status), plain);
    expect(decision).toMatchObject({
      kind: 'conflict',
      problems: [{ what: expect.stringContaining(status.toLowerCase()) }],
    });
  });

  test.each([
    ['generic', 'conflict'],
    ['cargo', 'conflict'],
    ['npm', 'conflict'],
    ['pypi', 'publish'],
    ['maven', 'publish'],
  ] as const)('further files of a published %s version: %s', (format, kind) => {
    expect(decideVersion(release(format, { a: 'a', b: 'b' }), stored({ a: 'a' }), plain).kind).toBe(kind);
  });

  test('the end of publishing, when all files of an unfinished version are there', () => {
    const decision = decideVersion(release('maven', { a: 'a' }), stored({ a: 'a' }, 'Unfinished'), plain);
    expect(decision).toMatchObject({ kind: 'publish', missing: [], isNew: false });
  });

  test('an unlisted version is listed again only by the pipeline that unlists', () => {
    const there = stored({ a: 'a' }, 'Unlisted');
    expect(decideVersion(release('pypi', { a: 'a' }), there, { ...plain, relists: true })).toMatchObject({
      kind: 'publish',
      relist: true,
    });
    expect(decideVersion(release('pypi', { a: 'a' }), there, plain)).toEqual({
      kind: 'there',
      note: 'shop 1.0.0 is unlisted and stays so',
    });
  });

  test('a dist-tag that an ended run left is tidied', () => {
    const decision = decideVersion(release('npm', { a: 'a' }), stored({ a: 'a' }), { ...plain, tidies: true });
    expect(decision).toMatchObject({ kind: 'publish', missing: [], tags: [] });
  });
});

describe('dist-tags', () => {
  const ask = (more: Partial<TagQuestion>): TagQuestion => ({
    version: '1.1.0',
    asked: undefined,
    own: undefined,
    regions: [
      { region: 'eu-west-1', tags: new Map(), has: false },
      { region: 'us-east-1', tags: new Map(), has: false },
    ],
    ...more,
  });
  const region = (name: string, tags: Record<string, string>, has = false) => ({
    region: name,
    tags: new Map(Object.entries(tags)),
    has,
  });

  test('latest, for the newest release', () => {
    expect(decideTags(ask({}))).toEqual({ tags: [['latest'], ['latest']] });
    const regions = [region('eu-west-1', { latest: '1.0.9' }), region('us-east-1', {})];
    expect(decideTags(ask({ regions }))).toEqual({ tags: [['latest'], ['latest']] });
  });

  test('must be said for a pre-release', () => {
    expect(decideTags(ask({ version: '2.0.0-rc.1' }))).toEqual({
      problem: expect.stringContaining("must not become 'latest'"),
    });
    expect(decideTags(ask({ version: '2.0.0-rc.1', asked: 'next' }))).toEqual({ tags: [['next'], ['next']] });
    expect(decideTags(ask({ version: '2.0.0-rc.1', own: 'beta' }))).toEqual({ tags: [['beta'], ['beta']] });
  });

  test('must be said for an older version than the latest, in whichever Region', () => {
    const regions = [region('eu-west-1', {}), region('us-east-1', { latest: '2.0.0' })];
    expect(decideTags(ask({ regions }))).toEqual({
      problem: "is older than 2.0.0, which is 'latest' in us-east-1; give 'npm-tag', for example 'v1-latest'",
    });
  });

  test('a Region that lags gets the tags of one that does not', () => {
    const regions = [
      region('eu-west-1', { latest: '1.1.0', stable: '1.1.0', old: '1.0.0' }, true),
      region('us-east-1', { latest: '1.0.0' }),
    ];
    expect(decideTags(ask({ regions }))).toEqual({ tags: [[], ['latest', 'stable']] });
  });

  test('a Region that lags never gets latest back from a newer version', () => {
    const regions = [region('eu-west-1', { latest: '1.2.0' }, true), region('us-east-1', { latest: '1.2.0' })];
    expect(decideTags(ask({ regions }))).toEqual({ tags: [[], []] });
  });

  test('what is tagged already is left alone', () => {
    const regions = [region('eu-west-1', { next: '1.1.0' }, true), region('us-east-1', {}, true)];
    expect(decideTags(ask({ asked: 'next', regions }))).toEqual({ tags: [[], ['next']] });
  });

  test('without being asked, latest never moves to an older version or a pre-release', () => {
    const version = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-rc.1', '-alpha'))
      .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
    const place = fc.record({ latest: fc.option(version, { nil: undefined }), has: fc.boolean() });
    fc.assert(
      fc.property(version, fc.array(place, { minLength: 1, maxLength: 4 }), (published, places) => {
        const regions = places.map(({ latest, has }, n) =>
          region(`r${n}`, latest === undefined ? {} : { latest }, has),
        );
        const answer = decideTags(ask({ version: published, regions }));
        if ('problem' in answer) return;
        expect(answer.tags).toHaveLength(regions.length);
        for (const [n, tags] of answer.tags.entries()) {
          if (!tags.includes('latest')) continue;
          const before = regions[n]?.tags.get('latest');
          expect(before === undefined || semver.gte(published, before)).toBe(true);
        }
      }),
    );
  });
});
