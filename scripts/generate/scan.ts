import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Operation } from '../../lib/operation/define.ts';
import { scenarioNames } from '../scenarios.ts';

/** An operation and where it is defined. */
export interface Found {
  readonly operation: Operation;
  readonly scenario: string;
  /** The part of the name after the scenario. */
  readonly verb: string;
}

/**
 * Finds all operations: the files `actions/<scenario>/<operation>.ts` whose default export is made by `defineOperation`.
 *
 * @throws Error when a name and its place differ
 */
export async function scanOperations(root: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const scenario of await scenarioNames(root)) {
    const folder = path.join(root, 'actions', scenario);
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort()) {
      const location = path.join(folder, file);
      if (!/^export default defineOperation\(/m.test(await readFile(location, 'utf8'))) continue;
      const operation = ((await import(pathToFileURL(location).href)) as { default: Operation }).default;
      const verb = file.replace(/\.ts$/, '');
      if (operation.name !== `${scenario} ${verb}`) {
        throw new Error(`actions/${scenario}/${file} defines '${operation.name}'; it must be '${scenario} ${verb}'`);
      }
      found.push({ operation, scenario, verb });
    }
  }
  return found;
}
