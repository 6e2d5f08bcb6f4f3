import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ask, onPath } from './programs.ts';

/** Prints the version and the path of a Python, unless it cannot make virtual environments (Debian packs that apart). */
const PROGRAM = 'import sys, venv, ensurepip; print("%d.%d %s" % (*sys.version_info[:2], sys.executable))';

/** Where GitHub's hosted Linux runners keep tools that are not on the PATH. */
export const HOSTED_TOOLS = '/opt/hostedtoolcache';

/**
 * The path of the first Python of a version that can make virtual environments: `HEADGATE_PYTHON`, one on the PATH, or one
 * that pyenv, uv or the image of a hosted runner has installed.
 *
 * @param version major and minor
 */
export async function findPython(version: string, hostedTools = HOSTED_TOOLS): Promise<string | undefined> {
  const named = process.env.HEADGATE_PYTHON;
  const candidates = [...(named ? [named] : []), ...onPath(`python${version}`), ...onPath('python3')];
  for (const { directory, pattern, inside } of shelves(version, hostedTools)) {
    const names = (await readdir(directory).catch(() => [])).filter((name) => pattern.test(name));
    candidates.push(...names.sort().map((name) => join(directory, name, inside, `python${version}`)));
  }
  for (const candidate of candidates) {
    const said = await ask(candidate, ['-c', PROGRAM]);
    const [, found, path] = /^(\d+\.\d+) (.+)$/m.exec(said) ?? [];
    if (found === version) return path;
  }
  return undefined;
}

/** A folder with a Python in each folder. */
interface Shelf {
  readonly directory: string;
  /** Of the names of the folders. */
  readonly pattern: RegExp;
  /** Where the program is in one. */
  readonly inside: string;
}

/**
 * Where pyenv and uv keep the Pythons that they install, and where GitHub's hosted runners have theirs.
 * Source: actions/runner-images, "Cached Tools".
 */
function shelves(version: string, hostedTools: string): readonly Shelf[] {
  const escaped = version.replace('.', '\\.');
  const { HOME, PYENV_ROOT, UV_PYTHON_INSTALL_DIR, XDG_DATA_HOME } = process.env;
  const home = HOME || homedir();
  const data = XDG_DATA_HOME || join(home, '.local', 'share');
  return [
    {
      directory: join(PYENV_ROOT || join(home, '.pyenv'), 'versions'),
      pattern: RegExp(`^${escaped}(\\.|$)`),
      inside: 'bin',
    },
    {
      directory: UV_PYTHON_INSTALL_DIR || join(data, 'uv', 'python'),
      pattern: RegExp(`^cpython-${escaped}\\.`),
      inside: 'bin',
    },
    {
      directory: join(hostedTools, 'Python'),
      pattern: RegExp(`^${escaped}\\.`),
      inside: join(process.arch, 'bin'),
    },
  ];
}
