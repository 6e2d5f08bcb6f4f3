import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PackageId } from '../../../lib/packages/package.ts';
import { packageUrl, parsePackageUrl } from '../../../lib/packages/purl.ts';

describe('what is a package URL of the five formats', () => {
  test.each([
    ['pkg:pypi/shop@1.0.0', { format: 'pypi', name: 'shop' }, '1.0.0'],
    ['pkg:pypi/Acme_Shop.Core', { format: 'pypi', name: 'acme-shop-core' }, undefined],
    ['pkg:npm/shop@1.0.0', { format: 'npm', name: 'shop' }, '1.0.0'],
    ['pkg:npm/%40acme/shop@1.0.0-rc.1', { format: 'npm', namespace: 'acme', name: 'shop' }, '1.0.0-rc.1'],
    ['pkg:maven/com.acme/shop@1.0.0', { format: 'maven', namespace: 'com.acme', name: 'shop' }, '1.0.0'],
    ['pkg:cargo/Shop@1.0.0%2Bbuild', { format: 'cargo', name: 'shop' }, '1.0.0+build'],
    ['pkg:generic/tool@2026%40x', { format: 'generic', name: 'tool' }, '2026@x'],
    ['pkg:generic/acme/tool', { format: 'generic', namespace: 'acme', name: 'tool' }, undefined],
    // The type is case-insensitive and slashes after the scheme count for nothing: ECMA-427, "Type" and "Scheme".
    ['pkg://NPM/shop', { format: 'npm', name: 'shop' }, undefined],
  ])('%s', (text, id, version) => {
    expect(parsePackageUrl(text)).toEqual({ id, version });
  });
});

test.each([
  ['shop', 'is no package URL'],
  ['', 'is no package URL'],
  ['pkg:pypi', 'is no package URL'],
  ['npm:shop@1.0.0', 'is no package URL'],
  ['pkg:/shop', 'is no package URL'],
  ['pkg:nuget/Shop@1.0.0', 'is of a type that is not published here'],
  ['pkg:npm/@acme/shop', "has an '@' in a name"],
  ['pkg:npm/@acme/shop@1.0.0', "has an '@' in a name"],
  ['pkg:npm/shop@', "ends with '@'"],
  ['pkg:npm/acme/shop', "has a scope without '%40' before it"],
  ['pkg:npm/%40/shop', "has a scope without '%40' before it"],
  ['pkg:npm/%40acme/sub/shop', 'has 3 parts'],
  ['pkg:pypi/acme/shop', 'has a namespace'],
  ['pkg:pypi/-shop', 'has no name of a Python package'],
  ['pkg:maven/shop@1.0.0', 'has no group'],
  ['pkg:maven/com.acme/shop@1.0.0?type=jar', 'has qualifiers'],
  ['pkg:maven/com.acme/shop#docs', 'has qualifiers'],
  ['pkg:generic/a%2Fb@1', "has a part that is empty, too long or holds '#', '/' or spaces"],
  ['pkg:generic/a%20b@1', "has a part that is empty, too long or holds '#', '/' or spaces"],
  ['pkg:generic/%E0%A4%A@1', "has a part that is empty, too long or holds '#', '/' or spaces"],
  ['pkg:generic//tool', "has a part that is empty, too long or holds '#', '/' or spaces"],
  [`pkg:generic/${'x'.repeat(256)}`, "has a part that is empty, too long or holds '#', '/' or spaces"],
])('%s is refused with what to write', (text, reason) => {
  const parsed = parsePackageUrl(text);
  expect(parsed).toEqual({ problem: expect.stringContaining(reason) });
});

const part = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => /^[^#/\s]{1,255}$/.test(text));
const pythonName = fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)?$/);
const id: fc.Arbitrary<PackageId> = fc.oneof(
  pythonName.map((name) => ({ format: 'pypi' as const, name })),
  part
    .map((name) => ({ format: 'cargo' as const, name: name.toLowerCase() }))
    .filter(({ name }) => name === name.toLowerCase()),
  fc.tuple(part, part).map(([namespace, name]) => ({ format: 'maven' as const, namespace, name })),
  ...(['npm', 'generic'] as const).map((format) =>
    fc
      .tuple(fc.option(part), part)
      .map(([namespace, name]) => ({ format, ...(namespace === null ? {} : { namespace }), name })),
  ),
);

test('every package and version comes back from its URL, which is ASCII and has no more than it needs', () => {
  fc.assert(
    fc.property(id, fc.option(part, { nil: undefined }), (given, version) => {
      const url = packageUrl({ ...given, ...(version === undefined ? {} : { version }) });
      expect(url).toMatch(/^pkg:[a-z]+\/[A-Za-z0-9.\-_~:%/]+(@[A-Za-z0-9.\-_~:%]+)?$/);
      expect(parsePackageUrl(url)).toEqual({ id: given, version });
    }),
    { numRuns: 2000 },
  );
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void parsePackageUrl(`pkg:${text}`)));
});
