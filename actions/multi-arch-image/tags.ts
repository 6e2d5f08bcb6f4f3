import { BadInput, type InputProblem } from '../../lib/errors.ts';
import { quote } from '../../lib/operation/inputs.ts';
import { nearest } from '../../lib/operation/nearest.ts';
import { isTag, type Tag } from '../../lib/registry/reference.ts';

/** Why a placeholder has no value, as a phrase. */
export interface Absent {
  readonly why: string;
}

/** What a run knows that tags can be made of; what it does not know is absent. */
export interface TagFacts {
  /** The image tag of the branch, as `lib/naming` makes it, or why there is none. */
  readonly branch: { readonly tag: string } | Absent;
  /** Full SHA of the commit. */
  readonly commit?: string;
  /** The git tag that started the run. */
  readonly gitTag?: string;
  /** Whether the run is on the default branch. */
  readonly onDefaultBranch: boolean;
}

/** What the templates come to. */
export interface ResolvedTags {
  /** Each once, in the order of the templates. */
  readonly tags: readonly Tag[];
  /** The templates that have no value in this run, and why. */
  readonly leftOut: readonly { readonly template: string; readonly why: string }[];
  /** Whether the branch's own tag, `{branch}` and nothing else, is among the tags. */
  readonly hasBranchTag: boolean;
}

const BRANCH_PLACEHOLDER = '{branch}';

/** Digits of a commit in a tag. */
const COMMIT_DIGITS = 12;

/** Every placeholder, and how it gets its value. */
const PLACEHOLDERS = {
  branch: ({ branch }) => ('tag' in branch ? branch.tag : branch),
  commit: ({ commit }) => commit?.slice(0, COMMIT_DIGITS) ?? { why: 'the commit is not known' },
  version: (facts) => ofVersion(facts, ({ full }) => full),
  major: (facts) => ofRelease(facts, ({ major }) => major),
  minor: (facts) => ofRelease(facts, ({ minor }) => minor),
  // Not with a version: a correction of an old version that is released after a newer one is not the latest.
  latest: ({ onDefaultBranch }) => (onDefaultBranch ? 'latest' : { why: 'the run is not on the default branch' }),
} as const satisfies Record<string, (facts: TagFacts) => string | Absent>;

type Placeholder = keyof typeof PLACEHOLDERS;

/**
 * Makes the tags of a run from templates: text in which `{branch}`, `{commit}` (12 digits), `{version}`, `{major}`,
 * `{minor}` and `{latest}` stand for what the run knows. A template with a placeholder that has no value in this run is
 * left out.
 *
 * `{version}`, `{major}` and `{minor}` come from a git tag that is a semantic version, with or without a `v` before it.
 * A pre-release has no `{major}` and `{minor}`, because it is not what people mean who ask for `1.2`. The `+` before
 * build metadata, which no tag may hold, becomes `_`: no version holds one, so that two versions never share a tag.
 *
 * @throws BadInput for unknown placeholders and for what cannot be a tag, all templates together
 */
export function resolveTags(templates: readonly string[], facts: TagFacts): ResolvedTags {
  const problems: InputProblem[] = [];
  const tags = new Set<Tag>();
  const leftOut: { template: string; why: string }[] = [];
  let hasBranchTag = false;
  for (const template of templates) {
    const filled = fill(template, facts);
    if ('problem' in filled) {
      problems.push({ input: 'tags', message: `input 'tags': ${quote(template)} ${filled.problem}` });
    } else if ('why' in filled) leftOut.push({ template, why: filled.why });
    else {
      tags.add(filled.tag);
      hasBranchTag ||= template === BRANCH_PLACEHOLDER;
    }
  }
  if (templates.length === 0) {
    problems.push({ input: 'tags', message: "input 'tags': has no tag; write for example '{branch}', one a line" });
  }
  if (problems.length > 0) throw new BadInput(problems);
  return { tags: [...tags], leftOut, hasBranchTag };
}

const PLACEHOLDER = /\{([^{}]*)\}/g;

function fill(template: string, facts: TagFacts): { tag: Tag } | Absent | { problem: string } {
  const names = Array.from(template.matchAll(PLACEHOLDER), ([, name = '']) => name);
  const unknown = names.find((name) => !isPlaceholder(name));
  if (unknown !== undefined) return { problem: explainUnknown(unknown) };
  const values = names.filter(isPlaceholder).map((name) => PLACEHOLDERS[name](facts));
  const absent = values.find((value) => typeof value !== 'string');
  // What stands around a placeholder without a value is checked all the same, so that a mistake shows in the first run.
  const text = template.replace(PLACEHOLDER, () => {
    const value = values.shift();
    return typeof value === 'string' ? value : 'x';
  });
  if (!isTag(text)) {
    return {
      problem: `gives ${quote(text)}, which is not a tag; a tag has 1 to 128 letters, digits, '_', '.' and '-' and begins with none of '.-'`,
    };
  }
  return absent ?? { tag: text };
}

function explainUnknown(name: string): string {
  const known = Object.keys(PLACEHOLDERS);
  const suggestion = nearest(name, known);
  const list = known.map((placeholder) => `'{${placeholder}}'`).join(', ');
  return `has the unknown placeholder ${quote(`{${name}}`)}${suggestion === undefined ? '' : `; did you mean '{${suggestion}}'?`} (write one of ${list})`;
}

/** Names come from users, and every object has a `constructor`. */
function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}

interface Version {
  /** As a tag holds it. */
  readonly full: string;
  readonly major: string;
  readonly minor: string;
  readonly isPrerelease: boolean;
}

// Source: semver.org 2.0.0, "Is there a suggested regular expression?", with its groups for the parts that count here.
const NUMBER = '(0|[1-9]\\d*)';
const PRERELEASE = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const SEMVER = new RegExp(
  `^v?(${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRERELEASE}(?:\\.${PRERELEASE})*)?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?)$`,
);

function ofVersion({ gitTag }: TagFacts, part: (version: Version) => string | Absent): string | Absent {
  if (gitTag === undefined) return { why: 'the run is not about a git tag' };
  const [, full, major, minor, , prerelease] = SEMVER.exec(gitTag) ?? [];
  if (full === undefined || major === undefined || minor === undefined) {
    return { why: `the git tag ${quote(gitTag)} is not a semantic version such as 'v1.2.3'` };
  }
  return part({ full: full.replace('+', '_'), major, minor, isPrerelease: prerelease !== undefined });
}

function ofRelease(facts: TagFacts, part: (version: Version) => string): string | Absent {
  return ofVersion(facts, (version) =>
    version.isPrerelease ? { why: `the version ${quote(version.full)} is a pre-release` } : part(version),
  );
}
