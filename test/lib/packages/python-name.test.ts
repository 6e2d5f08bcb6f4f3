import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPythonName, normalizePythonName } from '../../../lib/packages/python-name.ts';
import { isSamePythonVersion, normalizePythonVersion, pythonVersionKey } from '../../../lib/packages/python-version.ts';
import { formatWheelName, isNameAndVersion, parseWheelName } from '../../../lib/packages/wheel-name.ts';

// Source of the names: PEP 503.
test.each(['friendly-bard', 'Friendly-Bard', 'FRIENDLY-BARD', 'friendly.bard', 'friendly_bard', 'FrIeNdLy-._.-bArD'])(
  '%s is the project friendly-bard',
  (name) => expect(normalizePythonName(name)).toBe('friendly-bard'),
);

const pythonNames = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,20}[A-Za-z0-9])?$/);

test('a normalized name stays as it is, and is a name', () => {
  fc.assert(
    fc.property(pythonNames, (name) => {
      const once = normalizePythonName(name);
      expect(isPythonName(once)).toBe(true);
      expect(normalizePythonName(once)).toBe(once);
      expect(once).not.toMatch(/[A-Z_.]|--/);
    }),
  );
});

// Source of most: PEP 440, "Normalization".
test.each([
  ['1.1RC1', '1.1rc1'],
  ['00', '0'],
  ['09000', '9000'],
  ['1.0+foo0100', '1.0+foo0100'],
  ['1.1.a1', '1.1a1'],
  ['1.1-a1', '1.1a1'],
  ['1.1a.1', '1.1a1'],
  ['1.1alpha1', '1.1a1'],
  ['1.1beta2', '1.1b2'],
  ['1.1c3', '1.1rc3'],
  ['1.1-preview_3', '1.1rc3'],
  ['1.2a', '1.2a0'],
  ['1.2-post2', '1.2.post2'],
  ['1.2.post-2', '1.2.post2'],
  ['1.0-r4', '1.0.post4'],
  ['1.2.post', '1.2.post0'],
  ['1.0-1', '1.0.post1'],
  ['1.2-dev2', '1.2.dev2'],
  ['1.2.dev', '1.2.dev0'],
  ['1.0+ubuntu-1', '1.0+ubuntu.1'],
  ['1.0+Ubuntu_01', '1.0+ubuntu.1'],
  ['v1.0', '1.0'],
  ['1!2.0', '1!2.0'],
  ['0!2.0', '2.0'],
  ['1.0a1.post2.dev3+x', '1.0a1.post2.dev3+x'],
  [' 1.0\n', '1.0'],
])('the version %j is %j', (text, normal) => expect(normalizePythonVersion(text)).toBe(normal));

test.each([
  '',
  '1.',
  '.1',
  '1..0',
  '1.0-',
  'one',
  '1.0+',
  '1.0+x+y',
  '1.0 1',
  '1.0x',
  '1!',
  '1.0.post1.post2',
  '1.0\0',
])('%j is no version', (text) => expect(normalizePythonVersion(text)).toBeUndefined());

const digits = fc.stringMatching(/^\d{1,4}$/);
const versions = fc
  .tuple(
    fc.option(digits, { nil: undefined }),
    fc.array(digits, { minLength: 1, maxLength: 4 }),
    fc.option(fc.tuple(fc.constantFrom('a', 'b', 'c', 'rc', 'ALPHA', 'beta', 'pre', 'Preview'), digits)),
    fc.option(fc.tuple(fc.constantFrom('post', 'rev', 'r'), digits)),
    fc.option(digits),
    fc.option(fc.array(fc.stringMatching(/^[a-zA-Z0-9]{1,5}$/), { minLength: 1, maxLength: 3 })),
    fc.constantFrom('', '.', '-', '_'),
  )
  .map(([epoch, release, pre, post, dev, local, separator]) =>
    [
      epoch === undefined ? '' : `${epoch}!`,
      release.join('.'),
      pre === null ? '' : `${separator}${pre[0]}${separator}${pre[1]}`,
      post === null ? '' : `${separator}${post[0]}${separator}${post[1]}`,
      dev === null ? '' : `${separator}dev${separator}${dev}`,
      local === null ? '' : `+${local.join('-')}`,
    ].join(''),
  );

test('a normalized version stays as it is, and is the same version', () => {
  fc.assert(
    fc.property(versions, (version) => {
      const once = normalizePythonVersion(version);
      expect(once).toBeDefined();
      expect(normalizePythonVersion(once!)).toBe(once);
      expect(isSamePythonVersion(version, once!)).toBe(true);
      expect(once).not.toMatch(/[A-Z_-]/);
    }),
  );
});

test('zeros at the end of a release mean nothing, and all else does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(99), { minLength: 1, maxLength: 4 }), (release) => {
      expect(isSamePythonVersion(release.join('.'), [...release, 0].join('.'))).toBe(true);
      expect(isSamePythonVersion(release.join('.'), [...release, 1].join('.'))).toBe(false);
    }),
  );
  expect(pythonVersionKey('0.0')).toBe('0');
});

test('whatever the text is, it is a version or none', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      expect(['string', 'undefined']).toContain(typeof normalizePythonVersion(text));
    }),
  );
});

test('what no number holds exactly is compared as text', () => {
  expect(isSamePythonVersion('90071992547409931', '90071992547409930')).toBe(false);
});

const tags = fc
  .array(fc.stringMatching(/^[a-z0-9_]{1,8}$/), { minLength: 1, maxLength: 3 })
  .map((each) => each.join('.'));
const wheelNames = fc.record(
  {
    distribution: fc.stringMatching(/^[a-z0-9](?:[a-z0-9_]{0,10}[a-z0-9])?$/),
    version: fc.stringMatching(/^\d\.\d(?:rc\d)?(?:\+[a-z0-9.]{1,5})?$/),
    build: fc.stringMatching(/^\d[a-z0-9_]{0,4}$/),
    python: tags,
    abi: tags,
    platform: tags,
  },
  { requiredKeys: ['distribution', 'version', 'python', 'abi', 'platform'] },
);

test('the name of a wheel is read as it was written', () => {
  fc.assert(fc.property(wheelNames, (name) => expect(parseWheelName(formatWheelName(name))).toEqual(name)));
});

test.each([
  'shop.whl',
  'shop-1.0.whl',
  'shop-1.0-py3-none.whl',
  'shop-1.0-x1-py3-none-any.whl',
  'shop-1.0-1-py3-none-any-more.whl',
  '-1.0-py3-none-any.whl',
  'shop-1.0--none-any.whl',
  'shop-1.0-py3-none-any.zip',
  'shop-1.0-py3-none-any.whl.asc',
])('%s is not the name of a wheel', (name) => expect(parseWheelName(name)).toBeUndefined());

test.each([
  ['acme_shop-1.0', true],
  ['Acme-Shop-1.0.0', true],
  ['acme.shop-1.0', true],
  ['acme_shop-1.0.1', false],
  ['shop-1.0', false],
  ['acme_shop', false],
  ['acme-shop-extra-1.0', false],
])('%s is acme-shop 1.0: %p', (text, expected) =>
  expect(isNameAndVersion(text, { name: 'acme-shop', version: '1.0' })).toBe(expected),
);

test('a hyphen of a version may be escaped or not', () => {
  for (const text of ['shop-1.0-1', 'shop-1.0_1', 'shop-1.0.post1']) {
    expect(isNameAndVersion(text, { name: 'shop', version: '1.0.post1' })).toBe(true);
  }
});
