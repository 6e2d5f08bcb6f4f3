import { access } from 'node:fs/promises';
import path from 'node:path';

/**
 * The directory of the release tree that `node scripts/release.ts` makes. The end-to-end suites run what users run.
 *
 * @throws Error when it was not built
 */
export async function releaseTree(): Promise<string> {
  const tree = path.resolve(import.meta.dirname, '..', '..', 'release', 'tree');
  try {
    await access(path.join(tree, 'dist', 'index.js'));
  } catch {
    throw new Error(
      `There is no release tree in ${tree}. Make it with: node scripts/release.ts (scripts/test does it)`,
    );
  }
  return tree;
}
