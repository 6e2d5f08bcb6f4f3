import path from 'node:path';
import { quote } from '../operation/inputs.ts';
import { shownVersion, type VersionId } from './package.ts';
import { type PackageFile, PackageFileError } from './package-file.ts';
import type { Artifact, NamedAsset, PomFile } from './reading.ts';

/** What became of POMs and of the files beside them. */
export interface MavenVersions {
  readonly assets: readonly NamedAsset[];
  /** Files that no POM is about. */
  readonly others: readonly Artifact[];
  readonly problems: readonly { readonly file: PackageFile; readonly message: string }[];
}

/** Source: Maven, "Default artifact handlers": packagings whose main artefact is a file with this ending. */
const MAIN_ENDINGS: Readonly<Record<string, string>> = {
  jar: 'jar',
  ejb: 'jar',
  bundle: 'jar',
  'maven-plugin': 'jar',
  'java-source': 'jar',
  war: 'war',
  ear: 'ear',
  rar: 'rar',
  aar: 'aar',
};
const TAR = 'tar\\.(?:gz|bz2|xz|zst|Z)';
const SIGNATURE = '\\.(?:asc|sig|sigstore|sigstore\\.json)';
/** What follows `<artifactId>-<version>` in the name of an artefact: a classifier, an ending, and that of a signature. */
const REST = new RegExp(`^(?:-(?<classifier>.+?))?\\.(?<ending>${TAR}|[A-Za-z0-9_]+)(?<signature>${SIGNATURE})?$`);
/** Endings of archives, which must be whole. */
const ARCHIVES: readonly string[] = ['jar', 'war', 'ear', 'rar', 'aar', 'zip', 'tar.gz', 'tgz'];

/**
 * Gives artefacts to the POMs that they belong to: those whose artifactId and version their name begins with, of these
 * the ones in the same folder, and of these the longest. So both a Maven repository's folders and a flat folder work, and
 * a `pom.xml` beside `target`.
 */
export function mavenVersions(
  poms: readonly PomFile[],
  artifacts: readonly Artifact[],
  { allowSnapshots }: { readonly allowSnapshots: boolean },
): MavenVersions {
  const problems: { file: PackageFile; message: string }[] = [];
  const assets: NamedAsset[] = [];
  const others: Artifact[] = [];
  const byStem = groupBy(poms, stemOf);
  const given = new Map<PomFile, Artifact[]>(poms.map((each) => [each, []]));
  const attempt = (file: PackageFile, work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PackageFileError)) throw error;
      problems.push({ file, message: error.message });
    }
  };
  for (const artifact of artifacts) {
    attempt(artifact.file, () => {
      const owner = ownerOf(artifact.file, byStem);
      if (owner === undefined) others.push(artifact);
      else {
        checkArtifact(artifact, owner);
        given.get(owner)?.push(artifact);
      }
    });
  }
  for (const [pomFile, own] of given) {
    attempt(pomFile.file, () => {
      checkPom(pomFile, allowSnapshots);
      const twins = byStem.get(stemOf(pomFile)) ?? [];
      // Of one POM that was given twice, the artefacts count for both.
      const all = twins.filter((each) => each.sha256 === pomFile.sha256).flatMap((each) => given.get(each) ?? []);
      checkMain(pomFile, all);
      const id = idOf(pomFile);
      const { file, sha256 } = pomFile;
      assets.push(assetOf(id, `${stemOf(pomFile)}.pom`, file, sha256));
      assets.push(...own.map((each) => assetOf(id, each.file.name, each.file, each.sha256)));
    });
  }
  return { assets, others, problems };
}

function ownerOf(file: PackageFile, byStem: ReadonlyMap<string, readonly PomFile[]>): PomFile | undefined {
  for (let length = file.name.length; length > 0; length--) {
    const candidates = byStem.get(file.name.slice(0, length));
    if (candidates === undefined || !isRest(file.name.slice(length))) continue;
    const folder = path.dirname(file.path);
    const here = candidates.filter((each) => path.dirname(each.file.path) === folder);
    const [owner, second] = here.length > 0 ? here : candidates;
    if (owner !== undefined && second !== undefined && shownVersion(idOf(owner)) !== shownVersion(idOf(second))) {
      throw new PackageFileError(
        `it can belong to ${owner.file.shown} and to ${second.file.shown}; put it into the folder of its POM`,
      );
    }
    return owner;
  }
  return undefined;
}

/** A version must not end within a number: `shop-1.0.1.jar` is no artefact of `shop` 1.0. */
function isRest(rest: string): boolean {
  return REST.test(rest);
}

function checkArtifact({ file, pomProperties, broken }: Artifact, { file: of, pom }: PomFile): void {
  const ending = REST.exec(file.name.slice(`${pom.artifact}-${pom.version}`.length))?.groups;
  if (broken !== undefined && ending?.signature === undefined && ARCHIVES.includes(ending?.ending ?? '')) {
    throw new PackageFileError(`it ${broken}; build it again`);
  }
  const bytes = pomProperties.get(`META-INF/maven/${pom.group}/${pom.artifact}/pom.properties`);
  const version = bytes && /^\s*version\s*[=:]\s*(.*?)\s*$/m.exec(bytes.toString('latin1'))?.[1];
  if (version === undefined || version === pom.version) return;
  throw new PackageFileError(
    `pom.properties in it says version ${quote(version)}, and ${of.shown} says ${quote(pom.version)}; build it again, and do not rename it`,
  );
}

function checkPom(pomFile: PomFile, allowSnapshots: boolean): void {
  const { file, pom } = pomFile;
  if (file.name.endsWith('.pom') && file.name !== `${stemOf(pomFile)}.pom`) {
    throw new PackageFileError(
      `the file name does not agree with the POM in it, which is of ${quote(pom.artifact)} ${quote(pom.version)}; call it ${quote(`${stemOf(pomFile)}.pom`)}`,
    );
  }
  if (/-SNAPSHOT$/i.test(pom.version) && !allowSnapshots) {
    throw new PackageFileError(
      `${quote(pom.version)} is a snapshot, which changes and cannot be the same in several Regions; publish a release`,
    );
  }
}

function checkMain(pomFile: PomFile, own: readonly Artifact[]): void {
  const { packaging } = pomFile.pom;
  if (packaging === 'pom') return;
  const ending = Object.hasOwn(MAIN_ENDINGS, packaging) ? MAIN_ENDINGS[packaging] : undefined;
  const stem = stemOf(pomFile);
  if (ending === undefined ? own.length > 0 : own.some(({ file }) => file.name === `${stem}.${ending}`)) return;
  const wanted = ending === undefined ? 'no artefact' : `no ${quote(`${stem}.${ending}`)}`;
  throw new PackageFileError(
    `the POM has the packaging ${quote(packaging)}, and ${wanted} was given; give it too, or write the packaging 'pom'`,
  );
}

function idOf({ pom: { group, artifact, version } }: PomFile): VersionId {
  return { format: 'maven', namespace: group, name: artifact, version };
}

/** What all names of a version's files begin with. */
function stemOf({ pom }: PomFile): string {
  return `${pom.artifact}-${pom.version}`;
}

function assetOf(id: VersionId, name: string, file: PackageFile, sha256: string): NamedAsset {
  return { id, asset: { name, file: file.path, size: file.size, sha256, details: { format: 'maven' } } };
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
