import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** The names of all scenarios: the folders of actions/. */
export async function scenarioNames(root: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(root, 'actions'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
