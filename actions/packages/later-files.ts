import type { Format } from '../../lib/packages/package.ts';

const TAKES_FILES_LATER: readonly Format[] = ['pypi', 'maven'];

/** Whether a version of this format takes further files after it was published. Source: user guide, "Overwriting package assets". */
export function takesFilesLater(format: Format): boolean {
  return TAKES_FILES_LATER.includes(format);
}
