import { realpath } from 'node:fs/promises';
import path from 'node:path';

/**
 * The real place of a path of the workspace.
 *
 * @returns undefined when there is nothing, `outside` when symbolic links lead out of the workspace
 */
export async function realInside(
  location: string,
  workspace: string,
): Promise<{ readonly real: string } | 'outside' | undefined> {
  const real = await realpath(location).catch(() => undefined);
  if (real === undefined) return undefined;
  const relative = path.relative(await realpath(workspace), real);
  const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  return isOutside ? 'outside' : { real };
}
