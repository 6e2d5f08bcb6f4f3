import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../lib/registry/digest.ts';
import {
  formatReference,
  InvalidReference,
  isTag,
  parseReference,
  parseRepository,
  sameRepository,
} from '../../../lib/registry/reference.ts';

const digest = digestOf('content');

describe('a reference', () => {
  test.each([
    ['ghcr.io/acme/shop', { registry: 'ghcr.io', path: 'acme/shop' }],
    ['ghcr.io/acme/shop:1.0', { registry: 'ghcr.io', path: 'acme/shop', tag: '1.0' }],
    [`ghcr.io/acme/shop@${digest}`, { registry: 'ghcr.io', path: 'acme/shop', digest }],
    [`ghcr.io/acme/shop:1.0@${digest}`, { registry: 'ghcr.io', path: 'acme/shop', tag: '1.0', digest }],
    ['127.0.0.1:5000/shop', { registry: '127.0.0.1:5000', path: 'shop' }],
    ['127.0.0.1:5000/shop:x', { registry: '127.0.0.1:5000', path: 'shop', tag: 'x' }],
    ['[::1]:5000/shop:x', { registry: '[::1]:5000', path: 'shop', tag: 'x' }],
    ['localhost/shop', { registry: 'localhost', path: 'shop' }],
    ['docker.io/alpine', { registry: 'docker.io', path: 'library/alpine' }],
    ['docker.io/acme/shop', { registry: 'docker.io', path: 'acme/shop' }],
    ['GHCR.io/acme/a__b--c.d', { registry: 'ghcr.io', path: 'acme/a__b--c.d' }],
  ])('%s', (text, expected) => expect(parseReference(text)).toEqual(expected));

  test.each([
    ['alpine', 'does not begin with a registry'],
    ['acme/shop', 'does not begin with a registry'],
    ['', 'does not begin with a registry'],
    ['https://ghcr.io/acme/shop', 'does not begin with a registry'],
    ['ghcr.io/', 'has no valid repository'],
    ['ghcr.io/Acme', 'has no valid repository'],
    ['ghcr.io/acme//shop', 'has no valid repository'],
    ['ghcr.io/acme/../shop', 'has no valid repository'],
    ['ghcr.io/a___b', 'has no valid repository'],
    ['ghcr.io/acme/shop;rm -rf', 'has no valid repository'],
    ['ghcr.io/acme/shop:', 'has no valid tag'],
    ['ghcr.io/acme/shop:.x', 'has no valid tag'],
    [`ghcr.io/acme/shop:${'x'.repeat(129)}`, 'has no valid tag'],
    ['ghcr.io/acme/shop@sha256:abc', 'has no valid digest'],
    [`ghcr.io/acme/shop@${digest}@${digest}`, "has more than one '@'"],
    [`ghcr.io/${'a'.repeat(260)}`, 'is longer than 255'],
    ['ghcr.io/acme/shop\n', 'has no valid repository'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parseReference(text)).toThrow(InvalidReference);
    expect(() => parseReference(text)).toThrow(why);
  });

  const part = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
  const host = fc.oneof(
    fc.stringMatching(/^[a-z0-9]{1,10}\.[a-z]{2,5}(:[0-9]{1,5})?$/),
    fc.constantFrom('localhost', 'localhost:5000', '127.0.0.1:1', '[::1]:5000'),
  );
  const tag = fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/), { nil: undefined });

  test('of the right form is written as it was read', () => {
    const paths = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(host, paths, tag, fc.boolean(), (registry, path, name, hasDigest) => {
        const text = `${registry}/${path}${name === undefined ? '' : `:${name}`}${hasDigest ? `@${digest}` : ''}`;
        const read = parseReference(text);
        expect(formatReference(read)).toBe(text);
        expect(read).toEqual({
          registry,
          path,
          ...(name === undefined ? {} : { tag: name }),
          ...(hasDigest ? { digest } : {}),
        });
      }),
    );
  });

  test('of any form is refused with a reason, or is safe in an address', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aZ1./:@-_ %?#\\[]'), maxLength: 40 }), (text) => {
        try {
          const read = parseReference(text);
          const url = new URL(`https://host/v2/${read.path}/manifests/${read.tag ?? 'x'}`);
          expect(url.pathname).toBe(`/v2/${read.path}/manifests/${read.tag ?? 'x'}`);
          expect(parseReference(formatReference(read))).toEqual(read);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidReference);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('a repository is a reference without tag and digest', () => {
  expect(parseRepository('ghcr.io/acme/shop')).toEqual({ registry: 'ghcr.io', path: 'acme/shop' });
  expect(() => parseRepository('ghcr.io/acme/shop:1.0')).toThrow(/names a tag or a digest/);
  expect(() => parseRepository(`ghcr.io/acme/shop@${digest}`)).toThrow(/names a tag or a digest/);
});

test('repositories are the same when registry and path are', () => {
  const one = { registry: 'a.example', path: 'x' };
  expect(sameRepository(one, { ...one })).toBe(true);
  expect(sameRepository(one, { ...one, path: 'y' })).toBe(false);
  expect(sameRepository(one, { ...one, registry: 'b.example' })).toBe(false);
});

test.each(['', '-x', '.x', 'a b', 'a/b', 'ä', 'x'.repeat(129), 'x\n'])('%j is no tag', (text) => {
  expect(isTag(text)).toBe(false);
});
