import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PackageId } from '../../local-aws/codeartifact/model.ts';
import { contains, matchPattern, readPattern } from '../../local-aws/codeartifact/package-pattern.ts';

// Patterns of package groups. The examples are those of the user guide, "Package group definition syntax and matching behavior".

function id(path: string): PackageId {
  const [, format = '', namespace = '', name = ''] = path.split('/');
  return { format: format as PackageId['format'], ...(namespace && { namespace }), name };
}

const match = (pattern: string, path: string) => matchPattern(readPattern(pattern), id(path));

describe('a pattern', () => {
  test.each([
    ['/*', '/pypi//requests'],
    ['/npm/*', '/npm//react'],
    ['/npm/*', '/npm/space/aui.components'],
    ['/npm//*', '/npm//react'],
    ['/npm/space/*', '/npm/space/amplify-ui-core'],
    ['/maven/com.anycompany~', '/maven/com.anycompany/tool'],
    ['/maven/com.anycompany~', '/maven/com.anycompany.sub/tool'],
    ['/maven/com.anycompany.*', '/maven/com.anycompany.sub/tool'],
    ['/npm/space/anycompany-ui~', '/npm/space/anycompany-ui'],
    ['/npm/space/anycompany-ui~', '/npm/space/anycompany-ui-components'],
    ['/npm/space/foo-*', '/npm/space/foo-bar'],
    ['/maven/org.apache.logging.log4j/log4j-core$', '/maven/org.apache.logging.log4j/log4j-core'],
    ['/pypi//name$', '/pypi//name'],
  ])('%s matches %s', (pattern, path) => {
    expect(match(pattern, path)).toBe('STRONG');
  });

  test.each([
    ['/npm/*', '/pypi//requests'],
    ['/npm//*', '/npm/space/foo'],
    ['/npm/space/*', '/npm/spaceship/foo'],
    ['/maven/com.anycompany~', '/maven/com.anycompanyother/tool'],
    ['/npm/space/foo~', '/npm/space/food'],
    ['/npm/space/foo~', '/npm/space/foot'],
    ['/npm/space/foo~', '/npm/space/foó'],
    ['/npm/space/foo$', '/npm/space/foo-bar'],
    ['/npm//foo-bar$', '/npm//foobar'],
  ])('%s does not match %s', (pattern, path) => {
    expect(match(pattern, path)).toBeUndefined();
  });

  test.each([
    ['/npm//AsyncStorage$', '/npm//asyncstorage'],
    ['/npm//foo-bar$', '/npm//foo_bar'],
    ['/npm//foo-bar$', '/npm//foo..bar'],
    ['/npm//foo-bar$', '/npm//foo.bar'],
    ['/maven/com.act-on~', '/maven/com.act.on/tool'],
    ['/npm/Space/*', '/npm/space/foo'],
    // U+FF46, a wide f.
    ['/npm//foo$', '/npm//\uff46oo'],
  ])('%s is weakly matched by %s', (pattern, path) => {
    expect(match(pattern, path)).toBe('WEAK');
  });

  test.each([
    [''],
    ['*'],
    ['/npm'],
    ['/npm*'],
    ['/np~'],
    ['npm/*'],
    ['/rpm/*'],
    ['/npm/space/name'],
    ['/npm/space$'],
    ['/npm/space/$'],
    ['/npm/space/name*'],
    ['/npm/space/name-~'],
    ['/npm/space/name/more$'],
    ['/pypi/space/*'],
    ['/pypi//Name$'],
    ['/pypi//a_b$'],
    ['/cargo/space/name$'],
    ['/maven//name$'],
    ['/generic//name~'],
    ['/nuget//Name$'],
  ])('cannot be %j', (text) => {
    expect(() => readPattern(text)).toThrow(/is no pattern of a package group/);
  });
});

const word = fc.constantFrom('foo', 'Foo', 'foo-bar', 'foo.bar', 'food', 'b');
const suffixed = fc.tuple(word, fc.constantFrom('~', '-*')).map(([stem, suffix]) => `${stem}${suffix}`);
const patterns = fc.oneof(
  fc.constantFrom('/*', '/npm/*', '/npm//*'),
  suffixed.map((namespace) => `/npm/${namespace}`),
  word.map((namespace) => `/npm/${namespace}/*`),
  fc.tuple(word, suffixed).map(([namespace, name]) => `/npm/${namespace}/${name}`),
  fc.tuple(word, word).map(([namespace, name]) => `/npm/${namespace}/${name}$`),
);
const paths = fc.tuple(word, word).map(([namespace, name]) => `/npm/${namespace}/${name}`);

describe('of two patterns', () => {
  test('one that contains the other matches all that the other matches', () => {
    fc.assert(
      fc.property(patterns, patterns, paths, (outer, inner, path) => {
        fc.pre(contains(readPattern(outer), readPattern(inner)));
        expect(contains(readPattern(inner), readPattern(outer))).toBe(false);
        if (match(inner, path) === 'STRONG') expect(match(outer, path)).toBe('STRONG');
      }),
    );
  });

  test('that match the same package one contains the other, unless they are the same', () => {
    fc.assert(
      fc.property(patterns, patterns, paths, (a, b, path) => {
        fc.pre(a !== b && match(a, path) === 'STRONG' && match(b, path) === 'STRONG');
        expect(contains(readPattern(a), readPattern(b)) !== contains(readPattern(b), readPattern(a))).toBe(true);
      }),
    );
  });
});
