import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatPlatform,
  normalisePlatform,
  parsePlatform,
  platformSlug,
  samePlatform,
} from '../../../lib/registry/platform.ts';

describe('a platform', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['amd64', 'linux/amd64'],
    ['x86_64', 'linux/amd64'],
    ['aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['arm', 'linux/arm/v7'],
    ['linux/arm', 'linux/arm/v7'],
    ['armhf', 'linux/arm/v7'],
    ['armel', 'linux/arm/v6'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['i386', 'linux/386'],
    ['Linux/ARM64', 'linux/arm64'],
    ['windows/amd64', 'windows/amd64'],
  ])('%s is %s', (text, expected) => {
    const platform = parsePlatform(text);
    expect(platform === undefined ? undefined : formatPlatform(platform)).toBe(expected);
  });

  test.each(['', '/', 'linux/', '/amd64', 'a/b/c/d', 'linux/amd 64', 'linux/../x', 'linux/$x', 'x'.repeat(40)])(
    '%j is none',
    (text) => expect(parsePlatform(text)).toBeUndefined(),
  );

  const word = fc.oneof(
    fc.constantFrom('linux', 'arm', 'arm64', 'amd64', 'aarch64', 'armhf', 'v7', 'v8', 'v1'),
    fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,8}$/),
  );
  const platform = fc.record({ os: word, architecture: word, variant: word }, { requiredKeys: ['os', 'architecture'] });

  test('has one canonical form', () => {
    fc.assert(
      fc.property(platform, (one) => {
        const canonical = normalisePlatform(one);
        expect(normalisePlatform(canonical)).toEqual(canonical);
        expect(samePlatform(one, canonical)).toBe(true);
        expect(parsePlatform(formatPlatform(canonical))).toEqual(canonical);
      }),
    );
  });

  test('has a slug that can be a file name and a tag', () => {
    fc.assert(fc.property(platform, (one) => expect(platformSlug(one)).toMatch(/^[a-z0-9][a-z0-9_.-]*$/)));
  });
});
