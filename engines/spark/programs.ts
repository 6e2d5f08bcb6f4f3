import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** All files of that name in the directories of the PATH. The first may be a wrapper that fails, as pyenv's do. */
export function onPath(name: string): string[] {
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, name)).filter((file) => existsSync(file));
}

/** All that a program says of itself; nothing when it fails or takes longer than a program needs for that. */
export async function ask(program: string, options: readonly string[]): Promise<string> {
  // A path through what is no directory is thrown at once; other failures reject.
  try {
    const { stdout, stderr } = await run(program, options, { timeout: 20_000 });
    return stdout + stderr;
  } catch {
    return '';
  }
}
