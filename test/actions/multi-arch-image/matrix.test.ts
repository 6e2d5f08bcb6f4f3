import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { legsOf } from '../../../actions/multi-arch-image/runners.ts';
import { formatPlatform, type Platform, parsePlatform } from '../../../lib/registry/platform.ts';

const platforms = (...texts: string[]): Platform[] => texts.map((text) => parsePlatform(text)!);

describe('the runner of a platform', () => {
  test("is GitHub's hosted one where nothing is said", () => {
    expect(legsOf(platforms('linux/amd64', 'arm64'), {})).toEqual([
      { platform: 'linux/amd64', slug: 'linux-amd64', runner: 'ubuntu-latest' },
      { platform: 'linux/arm64', slug: 'linux-arm64', runner: 'ubuntu-24.04-arm' },
    ]);
  });

  test.each([
    ['the platform itself', { 'linux/arm/v6': 'six', default: 'any' }, 'six'],
    ['another way to write it', { armel: 'six', default: 'any' }, 'six'],
    ['the default', { default: 'any' }, 'any'],
    ['several labels', { default: 'self-hosted, linux , arm' }, ['self-hosted', 'linux', 'arm']],
  ])('is that of %s', (_, runners, runner) => {
    expect(legsOf(platforms('linux/arm/v6'), runners)).toEqual([
      { platform: 'linux/arm/v6', slug: 'linux-arm-v6', runner },
    ]);
  });

  test.each([
    [{ 'linux/s390x': 'ibm' }, "names linux/s390x, which 'platforms' does not"],
    [{ 'linux arm64': 'x' }, "'linux arm64' is neither a platform nor 'default'"],
    [{ arm64: 'x', 'linux/arm64/v8': 'y' }, 'names linux/arm64 twice'],
    [{ default: 'a,,b' }, "the labels of 'default' are 'a,,b'"],
  ])('of %j is refused', (runners, message) => {
    expect(() => legsOf(platforms('linux/amd64', 'linux/arm64'), runners)).toThrow(message);
  });

  test('must be named for a platform that GitHub hosts nothing for', () => {
    expect(() => legsOf(platforms('linux/s390x'), {})).toThrow(
      "input 'runners': has no runner for linux/s390x, and GitHub hosts none; write 'linux/s390x: <labels>'",
    );
  });
});

test('every platform has exactly one leg, in the order given', () => {
  const platform = fc.constantFrom('linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x', 'windows/amd64');
  fc.assert(
    fc.property(fc.uniqueArray(platform, { minLength: 1 }), (names) => {
      const legs = legsOf(platforms(...names), { default: 'any' });
      expect(legs.map((leg) => leg.platform)).toEqual(platforms(...names).map(formatPlatform));
    }),
  );
});
