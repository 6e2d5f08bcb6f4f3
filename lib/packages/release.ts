import type { Json } from '../hosts/host.ts';
import type { VersionId } from './package.ts';

/** What is needed of one file to publish it by the protocol of its format. */
export type AssetDetails =
  /** Fields of the upload form, in their order, without `:action`, `protocol_version` and digests. */
  | { readonly format: 'pypi'; readonly fields: readonly (readonly [name: string, value: string])[] }
  | {
      readonly format: 'npm';
      /** `package.json` of the tarball. */
      readonly manifest: Readonly<Record<string, Json>>;
      readonly readme?: string;
      /** Subresource Integrity: `sha512-` and base64. */
      readonly integrity: string;
      /** SHA-1, lower-case hexadecimal. */
      readonly shasum: string;
    }
  /** The description that `cargo publish` sends before the crate (Cargo book, "Registry Web API", Publish). */
  | { readonly format: 'cargo'; readonly description: Readonly<Record<string, Json>> }
  | { readonly format: 'maven' | 'generic' };

/** A file that is one asset of a package version. */
export interface ReleaseAsset {
  /** As CodeArtifact names it: the file's name, and `package.tgz` for npm. */
  readonly name: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly details: AssetDetails;
}

/** One version of a package with all its files. */
export interface Release {
  readonly id: VersionId;
  /** At least one; sorted by name. */
  readonly assets: readonly ReleaseAsset[];
}
