import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import { formatPlatform, type Platform, parsePlatform, samePlatform } from '../../../lib/registry/platform.ts';
import { InvalidReference, parseReference, type Repository, sameRepository } from '../../../lib/registry/reference.ts';
import type { BuildRecord, ImageRecord, TestRecord } from '../records.ts';

/** One image that is to become an entry of the index. */
export interface Source {
  /** Undefined where only the image itself tells it. */
  readonly platform: Platform | undefined;
  readonly from: Repository;
  readonly digest: Digest;
  /** What was recorded when it was built; it must still be so. */
  readonly recorded?: { readonly mediaType: string; readonly size: number };
}

export interface ChosenSources {
  readonly sources: readonly Source[];
  /** The one commit that all of them were built from, where it is recorded. */
  readonly commit: string | undefined;
  /** Why they cannot be put together, as sentences without a full stop. */
  readonly problems: readonly string[];
}

/** Chooses the images that were built: exactly one of each platform, and all of one commit. */
export function chooseBuilt(records: readonly ImageRecord[], platforms: readonly Platform[]): ChosenSources {
  const builds = records.filter((record) => record.kind === 'build');
  const problems: string[] = [];
  const chosen: BuildRecord[] = [];
  for (const platform of platforms) {
    const found = builds.filter((build) => samePlatform(build.platform, platform));
    const digests = [...new Set(found.map(({ digest }) => digest))];
    const [first] = found;
    if (first === undefined) problems.push(`${formatPlatform(platform)} is missing: no record says that it was built`);
    else if (digests.length > 1)
      problems.push(`${formatPlatform(platform)} was built more than once: ${digests.join(' and ')}`);
    else chosen.push(first);
  }
  const others = builds.filter((build) => !platforms.some((platform) => samePlatform(build.platform, platform)));
  for (const platform of new Set(others.map((build) => formatPlatform(build.platform)))) {
    problems.push(`${platform} was built, but 'platforms' does not name it`);
  }
  const commits = [...new Set(chosen.flatMap(({ commit }) => commit ?? []))];
  if (commits.length > 1) {
    const which = chosen.map(({ platform, commit = 'an unknown one' }) => `${formatPlatform(platform)} of ${commit}`);
    problems.push(`the images were built of different commits: ${which.join(', ')}`);
  }
  return {
    sources: chosen.map(({ platform, image, digest, mediaType, size }) => ({
      platform,
      from: image,
      digest,
      recorded: { mediaType, size },
    })),
    commit: commits.length === 1 ? commits[0] : undefined,
    problems,
  };
}

/**
 * Reads the input `sources`: `[platform=][repository@]sha256:…`, one an image.
 *
 * @param image the repository of the sources that name none
 * @throws BadInput for texts of another form, all of them together
 */
export function parseSources(texts: readonly string[], image: Repository): readonly Source[] {
  const problems: InputProblem[] = [];
  const sources: Source[] = [];
  for (const text of texts) {
    const source = parseSource(text, image);
    if (typeof source !== 'string') sources.push(source);
    else problems.push({ input: 'sources', message: `input 'sources': ${quote(text)} ${source}` });
  }
  if (problems.length > 0) throw new BadInput(problems);
  return sources;
}

function parseSource(text: string, image: Repository): Source | string {
  const equals = text.indexOf('=');
  const platform = equals < 0 ? undefined : parsePlatform(text.slice(0, equals));
  if (equals >= 0 && platform === undefined) {
    return "has no platform before '='; write for example 'linux/arm64=sha256:…'";
  }
  const where = text.slice(equals + 1);
  if (isDigest(where)) return { platform, from: image, digest: where };
  try {
    const { registry, path, digest, tag } = parseReference(where);
    if (digest !== undefined && tag === undefined) return { platform, from: { registry, path }, digest };
    return 'names no digest, or a tag, which may move; write for example ghcr.io/acme/shop@sha256:…';
  } catch (error) {
    if (error instanceof InvalidReference) return error.message;
    throw error;
  }
}

/** What the test records say about the images. */
export interface TestVerdict {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Whether each image passed its test: a record names exactly its digest, and none says that it failed.
 *
 * @param allowUntested takes images that no record names, with a note
 */
export function checkTested(
  sources: readonly Pick<Source, 'platform' | 'digest'>[],
  records: readonly ImageRecord[],
  allowUntested: boolean,
): TestVerdict {
  const tests = records.filter((record) => record.kind === 'test');
  const problems: string[] = [];
  const notes: string[] = [];
  for (const source of sources) {
    const name = nameOf(source);
    const ofThis = tests.filter((test) => test.digest === source.digest);
    const failed = ofThis.find((test) => test.exitCode !== 0);
    const elsewhere = ofThis.find((test) => isOfOtherPlatform(test, source));
    const [passed] = ofThis;
    if (failed !== undefined) problems.push(`the test of ${name} failed with exit code ${failed.exitCode}`);
    else if (elsewhere !== undefined) problems.push(`the test of ${name} ran on ${formatPlatform(elsewhere.platform)}`);
    else if (passed !== undefined) {
      if (passed.emulated) notes.push(`${name} was tested by an emulator, not on a machine of its own architecture`);
    } else if (allowUntested) notes.push(`${name} was not tested`);
    else problems.push(`${name} was not tested: ${whyUntested(source, tests)}`);
  }
  return { problems, notes };
}

function whyUntested({ platform }: Pick<Source, 'platform'>, tests: readonly TestRecord[]): string {
  const other = platform === undefined ? undefined : tests.find((test) => samePlatform(test.platform, platform));
  return other === undefined
    ? 'no test record names it'
    : `the test of that platform ran on another image, ${other.digest}`;
}

function isOfOtherPlatform(test: TestRecord, { platform }: Pick<Source, 'platform'>): boolean {
  return platform !== undefined && !samePlatform(test.platform, platform);
}

/**
 * Whether images whose platform is known are exactly those that must be there.
 *
 * @returns sentences without a full stop
 */
export function checkPlatformSet(
  sources: readonly { readonly platform: Platform; readonly digest: Digest }[],
  platforms: readonly Platform[],
): readonly string[] {
  const missing = platforms
    .filter((platform) => !sources.some((source) => samePlatform(source.platform, platform)))
    .map((platform) => `${formatPlatform(platform)} is missing: no source is of that platform`);
  const surplus = sources
    .filter((source) => !platforms.some((platform) => samePlatform(source.platform, platform)))
    .map((source) => `${nameOf(source)} is not named by 'platforms'`);
  const twice = platforms.flatMap((platform) => {
    const found = sources.filter((source) => samePlatform(source.platform, platform));
    const digests = found.map(({ digest }) => digest).join(' and ');
    return found.length > 1 ? [`${formatPlatform(platform)} is there more than once: ${digests}`] : [];
  });
  return [...missing, ...surplus, ...twice];
}

/** How an image is called in messages. */
export function nameOf({ platform, digest }: Pick<Source, 'platform' | 'digest'>): string {
  return platform === undefined ? digest : `${formatPlatform(platform)} (${digest})`;
}

/** The repositories whose records count. */
export function repositoriesOf(sources: readonly Source[]): readonly Repository[] {
  return sources
    .map(({ from }) => from)
    .filter((from, at, all) => all.findIndex((other) => sameRepository(other, from)) === at);
}
