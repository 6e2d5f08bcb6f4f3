import { BadInput, type InputProblem } from '../../lib/errors.ts';
import { InputError, input, quote } from '../../lib/operation/inputs.ts';
import { type Platform, parsePlatform, samePlatform } from '../../lib/registry/platform.ts';
import { InvalidReference, parseRepository, type Repository, sameRepository } from '../../lib/registry/reference.ts';

/** What is wrong with a text as a repository, as `input.string` wants it. */
export function checkRepository(text: string): string | undefined {
  try {
    parseRepository(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidReference) return error.message;
    throw error;
  }
}

/** @throws InputError, so that the message names the input */
export function repositoryOf(text: string): Repository {
  const reason = checkRepository(text);
  if (reason !== undefined) throw new InputError(`${quote(text)} ${reason}`);
  return parseRepository(text);
}

/** What is wrong with a text as a platform, as `input.string` wants it. */
export function checkPlatform(text: string): string | undefined {
  return parsePlatform(text) === undefined
    ? "is not a platform; write for example 'linux/arm64', 'linux/arm/v7' or 'arm64'"
    : undefined;
}

/** @throws InputError, so that the message names the input */
export function platformOf(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform === undefined) throw new InputError(`${quote(text)} ${checkPlatform(text)}`);
  return platform;
}

/** The inputs that several operations share. */
export const IMAGE_INPUTS = {
  image: input.string({
    description:
      "Repository of the image, with its registry and without a tag, for example 'ghcr.io/acme/shop'. Without it, the project's own: the GitLab container registry, or ghcr.io on GitHub.",
    check: checkRepository,
  }),
} as const;

export const PLATFORM_INPUT = input.string({
  description: "The platform, for example 'linux/arm64'. An architecture alone means Linux.",
  required: true,
  check: checkPlatform,
});

export const PLATFORMS_INPUT = input.list({
  description: 'The platforms that the image must have, one a line. An architecture alone means Linux.',
  default: 'linux/amd64\nlinux/arm64',
});

export const RECORDS_INPUT = input.path({
  description: 'Folder with the records of the jobs that built and tested.',
  default: '.headgate/records',
});

export const COPY_TO_INPUT = input.list({
  description:
    'Further repositories, one a line, that get the same image and the same tags: in other registries, accounts or Regions.',
});

/**
 * The repositories of `copy-to`.
 *
 * @throws BadInput for a text that is no repository, and for a repository that is named twice or is the image's own;
 * all of them together
 */
export function copiesOf(texts: readonly string[], image: Repository): readonly Repository[] {
  const problems: InputProblem[] = [];
  const known = [image];
  for (const text of texts) {
    const reason = checkRepository(text);
    const copy = reason === undefined ? parseRepository(text) : undefined;
    const twice = copy !== undefined && known.some((other) => sameRepository(copy, other));
    if (copy !== undefined && !twice) known.push(copy);
    else
      problems.push({
        input: 'copy-to',
        message: `input 'copy-to': ${quote(text)} ${reason ?? "is named twice, or is the repository of 'image'; write each other repository once"}`,
      });
  }
  if (problems.length > 0) throw new BadInput(problems);
  return known.slice(1);
}

/**
 * The platforms of a list, in their canonical form and in the order given.
 *
 * @throws BadInput for an empty list, for a text that is no platform, and for a platform that is named twice
 */
export function platformsOf(texts: readonly string[]): readonly Platform[] {
  const problems: InputProblem[] = [];
  const platforms: Platform[] = [];
  const refuse = (text: string) => problems.push({ input: 'platforms', message: `input 'platforms': ${text}` });
  // No platform has a comma; some runners of GitLab pipelines hand a list over with commas.
  for (const text of texts.flatMap((entry) => entry.split(',').map((part) => part.trim()))) {
    const platform = parsePlatform(text);
    if (platform === undefined) refuse(`${quote(text)} ${checkPlatform(text)}`);
    else if (platforms.some((other) => samePlatform(platform, other)))
      refuse(`${quote(text)} is named twice; write each platform once`);
    else platforms.push(platform);
  }
  if (texts.length === 0) refuse("has no platform; write for example 'linux/amd64' and 'linux/arm64', one a line");
  if (problems.length > 0) throw new BadInput(problems);
  return platforms;
}
