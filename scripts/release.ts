// Makes what users get, in release/: the tree of a release commit, the archive with its SHA-256, and a Containerfile.
//
//   node scripts/release.ts                          for tests and the demo, from the working copy as it is
//   node scripts/release.ts --tag [--version 1.2.3]  for a release: also the commit and its tags, and never a push
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { bundledPackages, licenseList } from './release/check.ts';
import { containerfile } from './release/containerfile.ts';
import { packTree } from './release/package.ts';
import { tagsOf } from './release/references.ts';
import { refuseDirty, tagRelease } from './release/tag.ts';
import { writeTree } from './release/tree.ts';

const root = path.resolve(import.meta.dirname, '..');
const directory = path.join(root, 'release');
const tree = path.join(directory, 'tree');

try {
  await release();
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function release(): Promise<void> {
  const { values } = parseArgs({ options: { version: { type: 'string' }, tag: { type: 'boolean', default: false } } });
  const version = values.version ?? String(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')).version);
  tagsOf(version);
  if (values.tag) await refuseDirty(root);

  await execa(process.execPath, [path.join(root, 'scripts', 'build.ts')], { cwd: root, stdio: 'inherit' });
  await mkdir(directory, { recursive: true });
  const missing = await writeTree(root, tree, version);
  if (missing.length > 0 && values.tag) throw new Error(`a release needs ${missing.join(', ')}`);
  for (const file of missing) console.warn(`release: ${file} is missing; a release needs it`);

  const { file, sha256 } = await packTree(tree, directory);
  await writeFile(path.join(directory, 'Containerfile'), containerfile(path.basename(file)));
  const licenses = licenseList(bundledPackages(await readFile(path.join(tree, 'dist', 'licenses.txt'), 'utf8')));
  console.log(`tree      ${path.relative(root, tree)} (version ${version})`);
  console.log(`archive   ${path.relative(root, file)}`);
  console.log(`sha256    ${sha256}`);
  console.log(`licences  ${licenses.join(', ')}`);

  if (!values.tag) return;
  const { commit, push } = await tagRelease(root, tree, version);
  console.log(`commit    ${commit}\n\nNothing was pushed. To publish:\n${push.map((line) => `  ${line}`).join('\n')}`);
}
