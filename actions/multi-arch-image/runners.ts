import { badInput } from '../../lib/errors.ts';
import { quote } from '../../lib/operation/inputs.ts';
import { formatPlatform, type Platform, parsePlatform } from '../../lib/registry/platform.ts';

/** Labels of a runner: one, or several that it must all have. */
export type Labels = string | readonly string[];

/** A job of the matrix. */
export interface Leg {
  readonly platform: string;
  /** The platform for names of artefacts, which may have no slash: `linux-arm64`. */
  readonly slug: string;
  readonly runner: Labels;
}

/** Hosted runners of GitHub that run these natively. Source: GitHub Docs, "GitHub-hosted runners reference". */
const HOSTED: Readonly<Record<string, string>> = {
  'linux/amd64': 'ubuntu-latest',
  'linux/386': 'ubuntu-latest',
  'linux/arm64': 'ubuntu-24.04-arm',
};

/**
 * One leg a platform, in the order given.
 *
 * The entry of the platform in `runners` counts, then `default`, then GitHub's hosted runner of that architecture.
 * A value with commas is a list of labels.
 *
 * @param platforms each once
 * @throws BadInput for runners of platforms that are not asked for, and for a platform without a runner
 */
export function legsOf(platforms: readonly Platform[], runners: Readonly<Record<string, string>>): readonly Leg[] {
  const names = platforms.map(formatPlatform);
  const given = new Map<string, Labels>();
  for (const [key, labels] of Object.entries(runners)) {
    const platform = key === 'default' ? key : parsePlatform(key);
    const name = typeof platform === 'object' ? formatPlatform(platform) : platform;
    if (name === undefined) throw badInput('runners', `${quote(key)} is neither a platform nor 'default'`);
    if (given.has(name)) throw badInput('runners', `names ${name} twice`);
    if (name !== 'default' && !names.includes(name)) {
      throw badInput('runners', `names ${name}, which 'platforms' does not; write it in both or in none`);
    }
    given.set(name, labelsOf(key, labels));
  }
  return names.map((platform) => {
    const family = platform.split('/').slice(0, 2).join('/');
    const runner = given.get(platform) ?? given.get('default') ?? HOSTED[family];
    if (runner !== undefined) return { platform, slug: platform.replaceAll('/', '-'), runner };
    throw badInput('runners', `has no runner for ${platform}, and GitHub hosts none; write '${platform}: <labels>'`);
  });
}

function labelsOf(key: string, text: string): Labels {
  const labels = text.split(',').map((label) => label.trim());
  if (labels.some((label) => label === '')) {
    throw badInput(
      'runners',
      `the labels of ${quote(key)} are ${quote(text)}; write one, or several with commas between`,
    );
  }
  return labels.length === 1 ? (labels[0] ?? '') : labels;
}
