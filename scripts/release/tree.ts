import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkTree } from './check.ts';
import { missingFiles, releasedFiles } from './contents.ts';
import { type Manifest, releasedManifest, repositoryOf } from './manifest.ts';
import { mayHoldReferences, rewriteReferences } from './references.ts';

/**
 * Writes the release tree: what a release commit and the package hold. It is made beside its place, checked, and then
 * put there, so that who reads the old tree never sees half of the new one or a bad one.
 *
 * @returns what a release must have and this tree lacks
 * @throws Error with all that is wrong with the new tree
 */
export async function writeTree(root: string, tree: string, version: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Manifest;
  const release = { repository: repositoryOf(manifest), version, sourceVersion: manifest.version };
  const files = await releasedFiles(root);

  await mkdir(path.dirname(tree), { recursive: true });
  const unfinished = await mkdtemp(`${tree}-unfinished-`);
  try {
    for (const { from, to } of files) {
      const target = path.join(unfinished, to);
      await mkdir(path.dirname(target), { recursive: true });
      if (mayHoldReferences(to)) {
        const text = await readFile(path.join(root, from), 'utf8');
        await writeFile(target, rewriteReferences(to, text, release));
      } else {
        await copyFile(path.join(root, from), target);
      }
      await chmod(target, Object.values(manifest.bin).includes(to) ? 0o755 : 0o644);
    }
    const released = `${JSON.stringify(releasedManifest(manifest, version), null, 2)}\n`;
    await writeFile(path.join(unfinished, 'package.json'), released);
    await chmod(unfinished, 0o755);
    const problems = await checkTree(root, unfinished);
    if (problems.length > 0) throw new Error(`this is not fit for users:\n  ${problems.join('\n  ')}`);
    await replaceDirectory(tree, unfinished);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return missingFiles(files);
}

async function replaceDirectory(place: string, by: string): Promise<void> {
  const old = `${by}-old`;
  await rename(place, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(by, place);
  await rm(old, { recursive: true, force: true });
}
