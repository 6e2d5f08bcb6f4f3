import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** GNU General Public Licences in all their versions, and what spreads over a work in the same way. */
const COPYLEFT = /\b(A|L)?GPL\b|\bGNU (Affero |Lesser |Library )?General Public\b|\bSSPL\b|\bEUPL\b/i;

/** A package in the bundle, as its bundler lists it in `dist/licenses.txt`. */
export interface BundledPackage {
  readonly name: string;
  /** The identifier of its package.json, for example `MIT`; empty where it names none. */
  readonly license: string;
  readonly text: string;
}

/**
 * Reads `dist/licenses.txt`: name, licence and text of each package, an empty line between two.
 * A text has empty lines, too, so a package begins where a package's name stands alone with a licence below it.
 */
export function bundledPackages(licenses: string): readonly BundledPackage[] {
  const heading =
    /(?<=^|\n\n)((?:@[\w.-]+\/)?[\w.-]+)\n([A-Z0-9][\w.+-]*|\([\w.+ -]+\)|SEE LICENSE[^\n]*|undefined|)(?=\n|$)/g;
  const found = [...licenses.matchAll(heading)];
  return found.map((match, index) => ({
    name: match[1] ?? '',
    license: match[2] ?? '',
    text: licenses.slice(match.index + match[0].length, found[index + 1]?.index ?? licenses.length),
  }));
}

/** The bundled packages that may not be given away under this project's licence. */
export function copyleft(packages: readonly BundledPackage[]): readonly BundledPackage[] {
  // The texts of permissive licences name no other licence; where a package offers a choice it is looked at by hand.
  return packages.filter(({ license, text }) => COPYLEFT.test(license) || COPYLEFT.test(text));
}

/** How many packages have which licence, for example `MIT 21`, the most frequent first. */
export function licenseList(packages: readonly BundledPackage[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { license } of packages) counts.set(license, (counts.get(license) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([license, count]) => `${license} ${count}`);
}

/** The files of a tree that hold one of these paths: a bundler can leave the directory in which it ran. */
export async function filesWithPath(tree: string, paths: readonly string[]): Promise<readonly string[]> {
  const wanted = paths.map((one) => Buffer.from(one));
  const found: string[] = [];
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const content = await readFile(file);
    if (wanted.some((one) => content.includes(one))) found.push(path.relative(tree, file));
  }
  return found.sort();
}

/** The modules that the bundler did not find, and replaced by a `require` that fails when it is reached. */
export async function unresolvedModules(dist: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const file of (await readdir(dist)).filter((name) => name.endsWith('.js'))) {
    const code = await readFile(path.join(dist, file), 'utf8');
    for (const [, module] of code.matchAll(/eval\("require"\)\("([^"]+)"\)/g)) found.add(module ?? '');
  }
  return [...found].sort();
}

/** Everything that is wrong with a release tree, in sentences. */
export async function checkTree(root: string, tree: string): Promise<readonly string[]> {
  const packages = bundledPackages(await readFile(path.join(tree, 'dist', 'licenses.txt'), 'utf8'));
  const leaks = await filesWithPath(tree, [`${root}${path.sep}`]);
  return [
    ...(packages.length === 0 ? ['dist/licenses.txt names no package'] : []),
    ...copyleft(packages).map(({ name, license }) => `dist/ holds ${name}, whose licence is ${license}`),
    ...(await unresolvedModules(path.join(tree, 'dist'))).map(
      (name) => `dist/ lacks ${name}: the bundler did not find it`,
    ),
    ...leaks.map((file) => `${file} holds a path of the machine that built it`),
  ];
}
