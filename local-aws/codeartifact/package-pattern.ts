import { invalid } from './error.ts';
import { FORMATS, type Format, type PackageId } from './model.ts';
import { normalizeName } from './names.ts';

// Source of all rules here: user guide, "Package group definition syntax and matching behavior".

/** How strongly a package matches: exactly, or as a variation of what the pattern says. */
export type Strength = 'STRONG' | 'WEAK';

/** Which packages a group is about: `/*`, `/npm/*`, `/maven/com.acme~`, `/npm/scope/name$`. */
export interface Pattern {
  /** As it was given. */
  readonly text: string;
  /** What stands before the suffix. */
  readonly stem: string;
  readonly suffix: '$' | '~' | '*';
}

const WITHOUT_NAMESPACE = new Set<Format>(['pypi', 'nuget', 'ruby', 'cargo']);
const WITH_NAMESPACE = new Set<Format>(['maven', 'generic', 'swift']);
/** Of the formats whose names and namespaces are matched as they are stored. */
const IN_LOWER_CASE = new Set<Format>(['nuget', 'swift']);
const ENDS_WITH_WORD = /[\p{L}\p{N}\p{M}]$/u;
const BEGINS_WITH_WORD = /^[\p{L}\p{N}\p{M}]/u;

/** @throws CodeArtifactError ValidationException when it is no pattern */
export function readPattern(text: string): Pattern {
  const problem = problemOf(text);
  if (problem !== undefined) throw invalid(`'${text}' is no pattern of a package group: ${problem}`);
  return { text, stem: text.slice(0, -1), suffix: text.slice(-1) as Pattern['suffix'] };
}

/** How a package matches a pattern; undefined when it does not. */
export function matchPattern({ stem, suffix }: Pattern, id: PackageId): Strength | undefined {
  const path = pathOf(id);
  if (fits(stem, suffix, path)) return 'STRONG';
  return fits(variationOf(stem), suffix, variationOf(path)) ? 'WEAK' : undefined;
}

/**
 * Which of two patterns that match the same package is the more specific one: the longer one, and of two that differ in
 * their variation only, the one that matches exactly.
 *
 * @returns below 0 when it is the first one
 */
export function compareSpecificity(a: { pattern: Pattern; strength: Strength }, b: typeof a): number {
  return (
    variationOf(b.pattern.stem).length - variationOf(a.pattern.stem).length ||
    Number(b.pattern.suffix === '$') - Number(a.pattern.suffix === '$') ||
    Number(b.strength === 'STRONG') - Number(a.strength === 'STRONG')
  );
}

/** Whether the second pattern matches some, but not all, of the packages that the first one matches. */
export function contains(outer: Pattern, inner: Pattern): boolean {
  if (outer.text === inner.text) return false;
  // What a stem matches, everything that is longer matches too.
  return outer.suffix !== '$' && fits(outer.stem, outer.suffix, inner.stem);
}

/** The path of a package: format, namespace and name. */
function pathOf({ format, namespace = '', name }: PackageId): string {
  return `/${format}/${namespace}/${name}`;
}

function fits(stem: string, suffix: Pattern['suffix'], path: string): boolean {
  if (suffix === '$') return path === stem;
  if (!path.startsWith(stem)) return false;
  return suffix === '*' || !BEGINS_WITH_WORD.test(path.slice(stem.length));
}

/**
 * What variations have in common: the letters without their case, and dashes, dots and underscores as one dot. Characters
 * of other alphabets that look alike stay what they are, unless Unicode calls them compatible (NFKC).
 */
function variationOf(path: string): string {
  return path
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[-._]+/g, '.');
}

function problemOf(text: string): string | undefined {
  const [first, format = '', namespace, name, ...more] = text.slice(0, -1).split('/');
  const suffix = text.slice(-1);
  const last = name ?? namespace ?? format;
  if (text === '/*') return undefined;
  if (first !== '' || namespace === undefined || more.length > 0)
    return 'write /format/namespace/name, or a part of it.';
  const known = FORMATS.find((each) => each === format);
  if (known === undefined) return `the format must be one of ${FORMATS.join(', ')}.`;
  if (suffix !== '$' && suffix !== '~' && suffix !== '*') return "it must end with '$', '~' or '*'.";
  if (suffix === '$' && !name) return "'$' must follow the name of a package.";
  if (suffix === '~' && !ENDS_WITH_WORD.test(last)) return "'~' must follow a letter or a number; elsewhere write '*'.";
  if (suffix === '*' && ENDS_WITH_WORD.test(last)) return "'*' must not follow a letter or a number; there write '~'.";
  if (WITHOUT_NAMESPACE.has(known) && namespace !== '') return `packages of the format ${known} have no namespace.`;
  if (WITH_NAMESPACE.has(known) && name && namespace === '') return `packages of the format ${known} have a namespace.`;
  return isNormal(known, namespace, name ?? '') ? undefined : 'names must be in their normal form.';
}

function isNormal(format: Format, namespace: string, name: string): boolean {
  const both = `${namespace}/${name}`;
  if (IN_LOWER_CASE.has(format)) return both === both.toLowerCase();
  return format !== 'pypi' || normalizeName(format, name) === name;
}
