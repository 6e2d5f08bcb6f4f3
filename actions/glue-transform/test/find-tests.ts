import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { badInput } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { either } from '../transforms/words.ts';

/** Folders that hold no tests: tools' own. */
const SKIPPED = new Set(['node_modules', '__pycache__', 'venv']);
const TEST_FOLDERS = ['tests', 'test'];

export interface FoundTests {
  /** What pytest is called with: relative to the workspace with `/`, none within another one. */
  readonly paths: readonly string[];
  /** Files that pytest takes for tests by their names, unless the team has configured others. */
  readonly files: readonly string[];
}

export interface TestSearch {
  /** The input `tests`, absolute. */
  readonly given: readonly string[];
  /** Folders with transforms, relative to the workspace with `/`. */
  readonly transformFolders: readonly string[];
  readonly workspace: string;
}

/**
 * Finds the tests.
 *
 * @throws BadInput for a path that is not there or leads out of the workspace, and when there is no test at all
 */
export async function findTests({ given, transformFolders, workspace }: TestSearch): Promise<FoundTests> {
  const isGiven = given.length > 0;
  const looked = isGiven ? given.map((file) => relative(file, workspace)) : testFoldersOf(transformFolders);
  const paths: string[] = [];
  for (const each of looked) if (await isUsable(each, workspace, isGiven)) paths.push(each);
  const outer = withoutInner(paths);
  const python = (await Promise.all(outer.map((each) => pythonFiles(each, workspace)))).flat();
  if (python.length === 0) {
    throw badInput(
      'tests',
      `there is no test; looked in ${either(
        looked.map((each) => each || '.'),
        'and',
      )}. A test is a function 'test_...' in a file that is named after its transform, for example 'transforms/tests/test_add_column.py'`,
    );
  }
  const files = python.filter((file) => /^test_.*\.py$|_test\.py$/.test(path.posix.basename(file)));
  return { paths: outer, files };
}

/** `tests` and `test` in each folder and beside it. Sorted, each once. */
export function testFoldersOf(transformFolders: readonly string[]): readonly string[] {
  const places = transformFolders.flatMap((folder) => {
    const inside = folder === '.' ? '' : folder;
    const beside = path.posix.dirname(inside);
    return inside === '' ? [''] : [inside, beside === '.' ? '' : beside];
  });
  const folders = places.flatMap((place) => TEST_FOLDERS.map((name) => path.posix.join(place, name)));
  return [...new Set(folders)].sort();
}

/** Paths that are not within another one: pytest would run what both hold twice. */
export function withoutInner(paths: readonly string[]): readonly string[] {
  const isWithin = (inner: string, outer: string) => outer === '' || inner.startsWith(`${outer}/`);
  return [...new Set(paths)].filter((each) => !paths.some((other) => other !== each && isWithin(each, other)));
}

async function isUsable(file: string, workspace: string, isGiven: boolean): Promise<boolean> {
  const real = await realpath(path.join(workspace, file)).catch(() => undefined);
  const fromHome = real === undefined ? '' : path.relative(await realpath(workspace), real);
  const isOutside = fromHome === '..' || fromHome.startsWith(`..${path.sep}`) || path.isAbsolute(fromHome);
  if (real === undefined || isOutside) {
    if (!isGiven) return false;
    const why = real === undefined ? 'does not exist' : 'leads out of the workspace';
    throw badInput('tests', `${quote(file)} ${why}; write a folder or a file of the checkout`);
  }
  const kind = await stat(real);
  if (kind.isDirectory()) return true;
  if (isGiven && !(kind.isFile() && file.endsWith('.py'))) {
    throw badInput('tests', `${quote(file)} is neither a folder nor a Python file; write one with tests`);
  }
  return isGiven;
}

/** Python files that may hold tests, also under names that only the team's pytest.ini knows. */
async function pythonFiles(file: string, workspace: string): Promise<readonly string[]> {
  const place = path.join(workspace, file);
  if (!(await stat(place)).isDirectory()) return [file];
  const found: string[] = [];
  for (const entry of (await readdir(place, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    const inner = path.posix.join(file, name);
    if (entry.isDirectory()) {
      if (!name.startsWith('.') && !SKIPPED.has(name)) found.push(...(await pythonFiles(inner, workspace)));
    } else if (name.endsWith('.py') && name !== '__init__.py' && name !== 'conftest.py') found.push(inner);
  }
  return found;
}

function relative(file: string, workspace: string): string {
  return path.relative(workspace, file).split(path.sep).join('/');
}
