import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** The archive that users install, and the SHA-256 that they check it with. */
export interface ReleasedPackage {
  readonly file: string;
  /** In hexadecimal. */
  readonly sha256: string;
}

/**
 * Packs the release tree as npm does (`package/…`, sorted, without times or owners: the same tree gives the same bytes)
 * and writes `<archive>.sha256` beside it, in the form that `sha256sum --check` reads.
 */
export async function packTree(tree: string, directory: string): Promise<ReleasedPackage> {
  const { stdout } = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', directory], {
    cwd: tree,
  });
  const name = packedName(JSON.parse(stdout));
  const file = path.join(directory, name);
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  await writeFile(`${file}.sha256`, `${sha256}  ${name}\n`);
  return { file, sha256 };
}

function packedName(report: unknown): string {
  // npm 11 answers with a list; newer ones with an object by package name.
  const [packed] = Array.isArray(report) ? report : Object.values(report as object);
  const name = (packed as { filename?: unknown } | undefined)?.filename;
  if (typeof name !== 'string') throw new Error(`npm pack did not say which file it wrote: ${JSON.stringify(report)}`);
  return name;
}
