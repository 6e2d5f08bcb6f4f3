import { BadInput } from '../errors.ts';
import { mapEach } from '../parallel.ts';
import { sha256Of } from './digests.ts';
import { checkGenericPackage, type GenericPackage, genericAsset } from './generic-asset.ts';
import { givenFiles, problemText } from './given-files.ts';
import { mavenVersions } from './maven-versions.ts';
import type { PackageFile } from './package-file.ts';
import { readPackageFile } from './read-file.ts';
import type { Artifact, NamedAsset, PomFile, Reading } from './reading.ts';
import type { Release } from './release.ts';
import { joinAssets } from './release-assets.ts';

/** Files at a time: reading and unpacking are done by other threads. */
const PARALLEL = 4;
/** Names that are shown of many. */
const MOST_SHOWN = 5;
/** What a Maven repository makes itself. Checksums lie beside files of all formats. */
const PASSED_OVER = /^maven-metadata(?:-.*)?\.xml$|\.(?:md5|sha1|sha256|sha512)$/;

export interface ReadReleasesOptions {
  /** Absolute; paths in messages are relative to it, and symbolic links may not lead out of it. */
  readonly workspace: string;
  /** Makes all files assets of this one package. */
  readonly generic?: GenericPackage;
  /** Takes Maven's snapshots too. */
  readonly allowSnapshots?: boolean;
  readonly signal: AbortSignal;
  /** Is told, in one line, what was passed over. */
  readonly note?: (message: string) => void;
}

/** What is known of one file: a problem is a text that follows its path. */
type Result = { readonly file: PackageFile; readonly reading: Reading | { kind: 'problem'; message: string } };

/**
 * Reads the packages at paths, files and folders, and checks them: wheels and sdists, npm tarballs, Maven artefacts with
 * their POMs, crates; or the assets of one generic package. Formats, names and versions come from the content of files,
 * and the names of files must agree. Files of any size are read as streams.
 *
 * @returns one release for each version, sorted by format, name and version
 * @throws BadInput with all that is wrong with any file, on the input `files`
 */
export async function readReleases(
  paths: readonly string[],
  options: ReadReleasesOptions,
): Promise<readonly Release[]> {
  const { workspace, generic, signal } = options;
  if (generic !== undefined) checkGenericPackage(generic);
  const given = await givenFiles(paths, workspace);
  const files = generic === undefined ? given.files.filter(({ name }) => !PASSED_OVER.test(name)) : given.files;
  if (given.hidden.length > 0) options.note?.(hiddenNote(given.hidden));
  const results = await mapEach(files, PARALLEL, async (file): Promise<Result> => {
    signal.throwIfAborted();
    try {
      return { file, reading: await readOne(file, options) };
    } catch (error) {
      signal.throwIfAborted();
      return { file, reading: { kind: 'problem', message: problemText(error) } };
    }
  });
  const problems = [...given.problems, ...results.flatMap(problemOf)];
  const { assets, problems: more } = assemble(results, options);
  const joined = joinAssets(assets, files);
  problems.push(...more, ...joined.problems);
  if (problems.length === 0 && joined.releases.length === 0) {
    problems.push({
      shown: paths.length === 0 ? '(nothing)' : '.',
      message: 'no package was found; build the packages first, or correct the paths',
    });
  }
  if (problems.length > 0) throw badFiles(problems);
  return joined.releases;
}

async function readOne(file: PackageFile, { generic, signal }: ReadReleasesOptions): Promise<Reading> {
  if (generic === undefined) return await readPackageFile(file, signal);
  return { kind: 'asset', named: genericAsset(file, await sha256Of(file.path, signal), generic) };
}

/** Puts artefacts to their POMs; what is left has to be something of its own. */
function assemble(results: readonly Result[], { allowSnapshots = false }: ReadReleasesOptions) {
  const assets: NamedAsset[] = [];
  const poms: PomFile[] = [];
  const artifacts: Artifact[] = [];
  for (const { reading } of results) {
    if (reading.kind === 'asset') assets.push(reading.named);
    else if (reading.kind === 'pom') poms.push(reading.pomFile);
    else if (reading.kind === 'artifact') artifacts.push(reading.artifact);
  }
  const maven = mavenVersions(poms, artifacts, { allowSnapshots });
  assets.push(...maven.assets);
  const problems = maven.problems.map(({ file: { shown }, message }) => ({ shown, message }));
  const brokenPoms = results.filter(({ file, reading }) => reading.kind === 'problem' && file.name.endsWith('.pom'));
  for (const { file, otherwise } of maven.others) {
    // It may be an artefact of the POM that could not be read, whose problem is told.
    if (brokenPoms.some(({ file: { path } }) => file.path.startsWith(path.slice(0, -'.pom'.length)))) continue;
    try {
      assets.push(otherwise());
    } catch (error) {
      problems.push({ shown: file.shown, message: problemText(error) });
    }
  }
  return { assets, problems };
}

function problemOf({ file: { shown }, reading }: Result) {
  return reading.kind === 'problem' ? [{ shown, message: reading.message }] : [];
}

function badFiles(problems: readonly { shown: string; message: string }[]): BadInput {
  return new BadInput(
    problems
      .toSorted((a, b) => (a.shown < b.shown ? -1 : a.shown > b.shown ? 1 : 0))
      .map(({ shown, message }) => ({ input: 'files', message: `input 'files': ${shown}: ${message}` })),
  );
}

function hiddenNote(hidden: readonly string[]): string {
  const more = hidden.length > MOST_SHOWN ? ` and ${hidden.length - MOST_SHOWN} more` : '';
  return `Hidden files and folders are passed over: ${hidden.slice(0, MOST_SHOWN).join(', ')}${more}`;
}
