import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of its own for one test, filled with files and removed when the test ends. */
export async function withWorkspace<Result>(
  files: Readonly<Record<string, string | Buffer>>,
  use: (workspace: string) => Promise<Result>,
): Promise<Result> {
  const workspace = await realpath(await mkdtemp(path.join(tmpdir(), 'headgate-test-')));
  try {
    for (const [name, content] of Object.entries(files)) {
      const location = path.join(workspace, name);
      await mkdir(path.dirname(location), { recursive: true });
      await writeFile(location, content);
      await chmod(location, 0o644);
    }
    return await use(workspace);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
