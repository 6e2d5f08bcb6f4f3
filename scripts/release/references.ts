/** The name that this repository has in its own sources, in `uses:` and `component:`. */
const SOURCE_OWNER = 'headgate-dev/headgate';

/** Semantic version 2.0.0 without build metadata, which the tag of an action cannot have. */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/;

/** What a release is called. */
export interface Release {
  /** `owner/name` of the repository that is released. */
  readonly repository: string;
  readonly version: string;
  /** The version that stands in the sources, in package.json. */
  readonly sourceVersion: string;
}

/**
 * The tags of a release: the exact one, then those that move with each release of their line.
 * A pre-release moves none: who follows `v1` did not ask for it.
 *
 * @throws Error when the version is not a semantic version
 */
export function tagsOf(version: string): readonly [exact: string, ...moving: string[]] {
  const match = VERSION.exec(version);
  if (match === null) throw new Error(`'${version}' is not a version; write for example '1.2.3' or '1.3.0-rc.1'`);
  const [, major, minor, , prerelease] = match;
  return prerelease === undefined ? [`v${version}`, `v${major}.${minor}`, `v${major}`] : [`v${version}`];
}

/** True for the files in which references are rewritten. */
export function mayHoldReferences(file: string): boolean {
  return /\.(yml|md)$/.test(file);
}

/**
 * Rewrites what a file says of this repository: `headgate-dev/headgate[/path]@v0` for GitHub,
 * `headgate-dev/headgate/scenario@0.1.0` for GitLab's catalog, and the version that a GitLab template installs.
 *
 * What users copy follows the tag that moves with the major version. A reusable workflow names the exact one: who pins
 * the workflow pins its actions with it.
 *
 * @param file path in the release tree
 */
export function rewriteReferences(file: string, text: string, release: Release): string {
  const { repository, version } = release;
  const tags = tagsOf(version);
  const tag = file.startsWith('.github/') ? tags[0] : (tags.at(-1) ?? tags[0]);
  const reference = new RegExp(`\\b${SOURCE_OWNER}((?:/[\\w./-]+)?)@(v?)\\d[\\w.-]*`, 'g');
  const rewritten = text.replace(
    reference,
    (_, inside: string, sign: string) => `${repository}${inside}@${sign === 'v' ? tag : version}`,
  );
  return isTemplate(file) ? withDefaultVersion(rewritten, release) : rewritten;
}

function isTemplate(file: string): boolean {
  return /^(gitlab-templates|templates)\//.test(file);
}

function withDefaultVersion(text: string, { version, sourceVersion }: Release): string {
  const preset = new RegExp(`^( *default: )${sourceVersion.replaceAll('.', '\\.')}$`, 'gm');
  return text.replace(preset, (_, before: string) => `${before}${version}`);
}
