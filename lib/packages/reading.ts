import type { VersionId } from './package.ts';
import type { PackageFile } from './package-file.ts';
import type { Pom } from './pom.ts';
import type { ReleaseAsset } from './release.ts';

/** An asset, and the version that it is of. */
export interface NamedAsset {
  readonly id: VersionId;
  readonly asset: ReleaseAsset;
}

/** A POM with its file. */
export interface PomFile {
  readonly file: PackageFile;
  readonly sha256: string;
  readonly pom: Pom;
}

/** A file that may be an artefact of a POM, which is known when all files have been read. */
export interface Artifact {
  readonly file: PackageFile;
  readonly sha256: string;
  /** Of a jar, by path: `META-INF/maven/<group>/<artifact>/pom.properties`. */
  readonly pomProperties: ReadonlyMap<string, Buffer>;
  /** Why it is no whole archive, as a phrase. */
  readonly broken: string | undefined;
  /** What the file is where no POM is about it. @throws PackageFileError mostly */
  readonly otherwise: () => NamedAsset;
}

/** What one file turned out to be. */
export type Reading =
  | { readonly kind: 'asset'; readonly named: NamedAsset }
  | { readonly kind: 'pom'; readonly pomFile: PomFile }
  | { readonly kind: 'artifact'; readonly artifact: Artifact };
