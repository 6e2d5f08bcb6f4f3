import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resolveTags, type TagFacts } from '../../../actions/multi-arch-image/tags.ts';
import { BadInput } from '../../../lib/errors.ts';
import { isTag } from '../../../lib/registry/reference.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const ON_MAIN: TagFacts = { branch: { tag: 'main-abcdefghij' }, commit: COMMIT, onDefaultBranch: true };
const onTag = (gitTag: string): TagFacts => ({
  branch: { why: 'the run is about a git tag' },
  commit: COMMIT,
  gitTag,
  onDefaultBranch: false,
});

const ALL = ['{branch}', '{commit}', '{version}', '{major}', '{major}.{minor}', '{latest}'];

describe('placeholders', () => {
  test('on the default branch there are branch, commit and latest', () => {
    const { tags, leftOut, hasBranchTag } = resolveTags(ALL, ON_MAIN);
    expect(tags).toEqual(['main-abcdefghij', '0123456789ab', 'latest']);
    expect(leftOut.map(({ template }) => template)).toEqual(['{version}', '{major}', '{major}.{minor}']);
    expect(hasBranchTag).toBe(true);
  });

  test.each([
    ['v1.2.3', ['1.2.3', '1', '1.2']],
    ['1.2.3', ['1.2.3', '1', '1.2']],
    ['v0.10.0', ['0.10.0', '0', '0.10']],
    ['v1.2.3-rc.1', ['1.2.3-rc.1']],
    ['v1.2.3+build.7', ['1.2.3_build.7', '1', '1.2']],
    ['v1.2.3-rc.1+build.7', ['1.2.3-rc.1_build.7']],
    ['nightly', []],
    ['v1.2', []],
    ['v01.2.3', []],
    ['v1.2.3-', []],
    ['release/v1.2.3', []],
  ])('the git tag %s gives %j', (gitTag, expected) => {
    expect(resolveTags(['{version}', '{major}', '{major}.{minor}'], onTag(gitTag)).tags).toEqual(expected);
  });

  test('two versions never share a tag, whatever stands behind them', () => {
    const word = fc.stringMatching(/^[0-9A-Za-z-]{1,8}$/);
    const number = fc.nat(20);
    const version = fc
      .tuple(number, number, number, fc.option(word), fc.option(word))
      .map(
        ([major, minor, patch, pre, build]) =>
          `v${major}.${minor}.${patch}${pre === null ? '' : `-${pre}`}${build === null ? '' : `+${build}`}`,
      );
    fc.assert(
      fc.property(version, version, (one, other) => {
        fc.pre(one !== other);
        const [first] = resolveTags(['{version}'], onTag(one)).tags;
        const [second] = resolveTags(['{version}'], onTag(other)).tags;
        fc.pre(first !== undefined && second !== undefined);
        expect(first).not.toBe(second);
      }),
    );
  });

  test('a left-out tag says why', () => {
    const { leftOut } = resolveTags(['{branch}', '{major}', 'v{version}'], onTag('v1.0.0-beta'));
    expect(leftOut).toEqual([
      { template: '{branch}', why: 'the run is about a git tag' },
      { template: '{major}', why: "the version '1.0.0-beta' is a pre-release" },
    ]);
  });

  test('text around a placeholder stays, and a tag that comes twice is there once', () => {
    expect(resolveTags(['web-{commit}', '{latest}', 'latest'], ON_MAIN).tags).toEqual(['web-0123456789ab', 'latest']);
  });

  test('a branch tag with something around it is not the branch’s own', () => {
    expect(resolveTags(['web-{branch}'], ON_MAIN).hasBranchTag).toBe(false);
  });
});

describe('what cannot be a tag', () => {
  const messages = (templates: readonly string[], facts = ON_MAIN): readonly string[] => {
    try {
      resolveTags(templates, facts);
    } catch (error) {
      if (error instanceof BadInput) return error.problems.map(({ message }) => message);
      throw error;
    }
    return [];
  };

  test('all wrong templates are told together, with the value and what is allowed', () => {
    expect(messages(['a b', '-x', 'ok', '{brunch}', 'x'.repeat(129)])).toEqual([
      "input 'tags': 'a b' gives 'a b', which is not a tag; a tag has 1 to 128 letters, digits, '_', '.' and '-' and begins with none of '.-'",
      expect.stringContaining("'-x' gives '-x', which is not a tag"),
      expect.stringContaining("'{brunch}' has the unknown placeholder '{brunch}'; did you mean '{branch}'?"),
      expect.stringContaining('which is not a tag'),
    ]);
  });

  test('a mistake around a placeholder shows also where the placeholder has no value', () => {
    expect(messages(['v:{version}'])).toEqual([expect.stringContaining("'v:{version}' gives 'v:x'")]);
  });

  test('an object’s own words are no placeholders', () => {
    expect(messages(['{constructor}', '{}', '{__proto__}'])).toHaveLength(3);
  });

  test('no tag at all is refused', () => {
    expect(messages([])).toEqual(["input 'tags': has no tag; write for example '{branch}', one a line"]);
  });

  test('whatever the templates and facts, what comes out are tags, each once, or the input is refused', () => {
    const template = fc.oneof(
      fc.constantFrom(...ALL, 'latest', 'web-{branch}', '{commit}{version}'),
      fc.string({ maxLength: 12 }),
      fc.tuple(fc.string({ maxLength: 4 }), fc.constantFrom(...ALL)).map((parts) => parts.join('')),
    );
    const facts = fc.record({
      branch: fc.oneof(fc.constant({ tag: 'main-abcdefghij' }), fc.constant({ why: 'no branch' })),
      commit: fc.constant(COMMIT),
      gitTag: fc.oneof(fc.constantFrom('v1.2.3', 'v1.2.3-a+b', 'x'), fc.string()),
      onDefaultBranch: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(template, { minLength: 1, maxLength: 6 }), facts, (templates, known) => {
        try {
          const { tags, leftOut } = resolveTags(templates, known);
          expect(tags.every((tag) => isTag(tag))).toBe(true);
          expect(new Set(tags).size).toBe(tags.length);
          expect(tags.length + leftOut.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInput);
        }
      }),
    );
  });
});
