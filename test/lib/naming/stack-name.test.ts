import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NamingError } from '../../../lib/naming/error.ts';
import { imageTag } from '../../../lib/naming/image-tag.ts';
import { repositoryId } from '../../../lib/naming/repository.ts';
import { slug } from '../../../lib/naming/slug.ts';
import { stackName } from '../../../lib/naming/stack-name.ts';
import { anyBranch, branch } from './branches.ts';

const repository = repositoryId('github.com', 'acme/shop');
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6})?$/);

describe('a stack name', () => {
  test('has prefix, component, slug and hash', () => {
    expect(stackName({ repository, branch: branch('feature/Login'), component: 'web' })).toMatch(
      /^shop-web-feature-login-[a-z2-7]{10}$/,
    );
  });

  test('is valid for whatever git allows', () => {
    const part = fc.record({
      branch: anyBranch,
      component: fc.option(word, { nil: undefined }),
      prefix: fc.option(word, { nil: undefined }),
    });
    fc.assert(
      fc.property(part, (given) => {
        const name = stackName({ repository, ...given });
        expect(name).toMatch(/^[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$/);
        expect(name.length).toBeLessThanOrEqual(52);
      }),
      { numRuns: 2000 },
    );
  });

  test('with the longest prefix and component keeps four characters of slug', () => {
    const name = stackName({
      repository,
      branch: branch('x'.repeat(255)),
      prefix: 'p'.repeat(15),
      component: 'c'.repeat(20),
    });
    expect(name).toMatch(/^p{15}-c{20}-xxxx-[a-z2-7]{10}$/);
    expect(name).toHaveLength(52);
  });

  test('differs by repository, branch and component, also where their texts join to the same', () => {
    const b = branch('main');
    const names = [
      stackName({ repository, branch: b }),
      stackName({ repository: repositoryId('gitlab.com', 'acme/shop'), branch: b }),
      stackName({ repository, branch: branch('Main') }),
      stackName({ repository, branch: b, component: 'web' }),
      stackName({ repository, branch: b, component: 'api' }),
      stackName({ repository, branch: b, prefix: 'shop-web' }),
      stackName({ repository: repositoryId('github.com', 'acme/shop/web'), branch: b, prefix: 'shop' }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test('keeps its hash when the prefix changes, for the identity is the same', () => {
    const name = stackName({ repository, branch: branch('main') });
    expect(stackName({ repository, branch: branch('main'), prefix: 'other' })).toBe(name.replace('shop', 'other'));
  });

  test.each(['', 'Web', '1web', 'web_', 'web-', '-web', 'a--b', 'web api', 'a'.repeat(21), 'wéb', 'web\n'])(
    'refuses the component %j',
    (component) => {
      expect(() => stackName({ repository, branch: branch('main'), component })).toThrow(NamingError);
    },
  );

  test.each(['', 'Web', '1web', 'web-', 'a--b', 'a'.repeat(16)])('refuses the prefix %j', (prefix) => {
    expect(() => stackName({ repository, branch: branch('main'), prefix })).toThrow(
      /^prefix: .* is not a prefix; write/,
    );
  });
});

describe('an image tag', () => {
  test('is valid for whatever git allows', () => {
    fc.assert(
      fc.property(anyBranch, fc.boolean(), (given, withRepository) => {
        const tag = imageTag({ branch: given, repository: withRepository ? repository : undefined });
        expect(tag).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,62}$/);
      }),
      { numRuns: 1000 },
    );
  });

  test('ends with the hash of the stack of the same branch', () => {
    const given = { repository, branch: branch('feature/login') };
    expect(imageTag(given).split('-').at(-1)).toBe(stackName(given).split('-').at(-1));
  });

  test('without a repository is another than with one', () => {
    const given = branch('main');
    expect(imageTag({ branch: given })).not.toBe(imageTag({ repository, branch: given }));
  });
});

describe('a slug', () => {
  test.each([
    ['Ünïcödé/Straße', 'unicode-stra-e'],
    ['cafe\u0301', 'cafe'],
    ['ＦＵＬＬ', 'full'],
    ['日本語', 'none'],
    ['--a--b--', 'a-b'],
    ['a-b', 'a-b'],
    ['abcd-efgh', 'abcd'],
  ])('of %j is %j', (text, expected) => {
    expect(slug(text, expected === 'abcd' ? 5 : 30, 'none')).toBe(expected);
  });

  test('takes a character that Unicode has not assigned, and one it assigned lately, as a hyphen', () => {
    // U+1CCD6 became a letter that decomposes to A in Unicode 16; U+0378 is unassigned.
    expect(slug('x\u{1CCD6}y\u0378z', 30, 'none')).toBe('x-y-z');
  });
});
