import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The commit that is checked out in a directory; undefined outside a repository and without git. */
export async function checkoutCommit(directory: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
      cwd: directory,
    });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}
