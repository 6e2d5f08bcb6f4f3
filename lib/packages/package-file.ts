/** A file that was given, or found in a folder that was given. */
export interface PackageFile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the workspace, with control characters visible: for messages. */
  readonly shown: string;
  /** The last part of the path. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** A file cannot be published: what is wrong, a semicolon, and what to do. The text follows the file's path. */
export class PackageFileError extends Error {}
