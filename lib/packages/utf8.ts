import { PackageFileError } from './package-file.ts';

/**
 * The text of a file that must be UTF-8, without a byte order mark.
 *
 * @param what the file as a message names it: `package.json`
 * @throws PackageFileError for other bytes
 */
export function utf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PackageFileError(`${what} is not text in UTF-8; build the package again with its metadata in UTF-8`);
  }
}
