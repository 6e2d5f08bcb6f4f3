import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { badInput } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { findingOnLine } from './rules.ts';
import type { TransformFinding } from './transform.ts';

/** Folders that hold no transforms: tools' own, and tests with their data. */
const SKIPPED = new Set(['node_modules', '__pycache__', 'venv', 'test', 'tests']);

export interface FoundFiles {
  /** Definitions, relative to the workspace with `/`, sorted. */
  readonly definitions: readonly string[];
  /** Python files, likewise. */
  readonly pythonFiles: ReadonlySet<string>;
  readonly findings: readonly TransformFinding[];
}

/**
 * Finds definitions in files and folders. A folder is searched with its folders, but not in hidden ones, `test`, `tests`,
 * `node_modules` and `venv`. A link to a file is followed inside the workspace, a link to a folder never.
 *
 * @throws BadInput for a path that is not there, is neither a folder nor a definition, or leads out of the workspace
 */
export async function findFiles(paths: readonly string[], workspace: string): Promise<FoundFiles> {
  const home = await realpath(workspace);
  const search = new Search(home, path.resolve(workspace));
  for (const given of paths) await search.start(path.resolve(workspace, given));
  return {
    definitions: [...search.definitions].sort(),
    pythonFiles: search.pythonFiles,
    findings: search.findings,
  };
}

class Search {
  readonly definitions = new Set<string>();
  readonly pythonFiles = new Set<string>();
  readonly findings: TransformFinding[] = [];
  readonly #home: string;
  readonly #workspace: string;

  constructor(home: string, workspace: string) {
    this.#home = home;
    this.#workspace = workspace;
  }

  async start(place: string): Promise<void> {
    const shown = quote(this.#relative(place));
    const real = await realpath(place).catch(() => undefined);
    if (real === undefined) throw badInput('transforms', `${shown} does not exist; write a folder, or a definition`);
    if (!this.#isInside(real))
      throw badInput('transforms', `${shown} leads out of the workspace; write a path of the checkout`);
    const kind = await stat(real);
    if (kind.isDirectory()) {
      await this.#folder(place);
      return;
    }
    if (!kind.isFile() || !/\.(json|py)$/.test(place)) {
      throw badInput(
        'transforms',
        `${shown} is neither a folder nor a definition; write a folder, or a file that ends in '.json'`,
      );
    }
    const pair = place.replace(/\.(json|py)$/, '');
    if ((await stat(`${pair}.json`).catch(() => undefined))?.isFile() !== true) {
      throw badInput('transforms', `${shown} has no definition beside it; write a file that ends in '.json'`);
    }
    this.definitions.add(this.#relative(`${pair}.json`));
    for (const entry of await readdir(path.dirname(place))) {
      if (entry.endsWith('.py')) await this.#file(path.join(path.dirname(place), entry), true);
    }
  }

  async #folder(folder: string): Promise<void> {
    const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) await this.#folder(place);
      } else if (/\.(json|py)$/.test(entry.name)) await this.#file(place, entry.isFile());
    }
  }

  async #file(place: string, isPlain: boolean): Promise<void> {
    const relative = this.#relative(place);
    if (!isPlain) {
      const real = await realpath(place).catch(() => undefined);
      if (real === undefined || !(await stat(real)).isFile()) return;
      if (!this.#isInside(real)) {
        const message = 'the file is a link that leads out of the workspace; put the file itself here';
        this.findings.push(findingOnLine('link-outside', relative, 1, message));
        return;
      }
    }
    if (relative.endsWith('.json')) this.definitions.add(relative);
    else this.pythonFiles.add(relative);
  }

  #isInside(real: string): boolean {
    const relative = path.relative(this.#home, real);
    return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  }

  #relative(place: string): string {
    return path.relative(this.#workspace, place).split(path.sep).join('/');
  }
}
