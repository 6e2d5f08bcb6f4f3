import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../engines/cache.ts';
import { packageRoot } from '../engines/package-root.ts';
import { LocalAwsError } from './local-aws-error.ts';
import type { Backend } from './routes.ts';

const run = promisify(execFile);

const REQUIREMENTS: Record<Backend, string> = {
  ministack: 'requirements.txt',
  moto: 'requirements-moto.txt',
};

/**
 * Makes sure that the virtual environment of an emulator exists and gives the path of its Python.
 * Everything is installed by version and hash. An environment is named after its requirements and the Python
 * version, so a second start finds it and a changed requirements file makes a new one.
 *
 * @param say gets one line before something is installed
 * @throws LocalAwsError when Python is missing or too old, or the installation fails
 */
export async function installEmulator(backend: Backend, say: (line: string) => void = () => {}): Promise<string> {
  const requirements = join(packageRoot(), 'local-aws', REQUIREMENTS[backend]);
  const [python, content] = await Promise.all([findPython(), readFile(requirements)]);
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const cache = cacheDirectory('local-aws');
  const environment = join(cache, `${backend}-${digest}-python${python.version}`);
  const executable = join(environment, 'bin', 'python');
  if (existsSync(executable)) return executable;

  const pinned = new RegExp(`^${backend}(?:\\[server\\])?==(\\S+)`, 'm').exec(content.toString())?.[1] ?? '';
  say(`Installing ${backend} ${pinned} into ${environment} (once; each file is checked by its hash).`);
  // Made beside its place and then renamed, so that an environment is complete or not there, also when two start at once.
  const unfinished = await mkdtemp(join(cache, `${backend}-unfinished-`));
  try {
    await makeEnvironment(python.command, unfinished, requirements);
    await rename(unfinished, environment).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return executable;
}

async function makeEnvironment(python: string, directory: string, requirements: string): Promise<void> {
  try {
    await run(python, ['-m', 'venv', directory]);
  } catch (error) {
    throw new LocalAwsError(
      `Could not make a Python virtual environment in ${directory}: ${lastLines(error)}\n` +
        "Likely cause: Python's venv module is not installed. On Debian and Ubuntu: apt-get install python3-venv",
    );
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  try {
    await run(join(directory, 'bin', 'python'), [...pip, '--require-hashes', '-r', requirements], {
      maxBuffer: 16 * 1024 * 1024,
    });
  } catch (error) {
    throw new LocalAwsError(
      `Could not install the Python packages of ${requirements}: ${lastLines(error)}\n` +
        'Likely cause: the Python package index cannot be reached. Check the network, the proxy and the configuration of pip.',
    );
  }
}

/** The Python to use: `HEADGATE_PYTHON`, else `python3`. At least 3.10, which ministack requires. */
async function findPython(): Promise<{ command: string; version: string }> {
  const command = process.env.HEADGATE_PYTHON || 'python3';
  const program = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const version = await run(command, ['-c', program]).then(
    ({ stdout }) => stdout.trim(),
    () => {
      throw new LocalAwsError(
        `The local AWS needs Python 3.10 or newer, and '${command}' could not be run.\n` +
          'Install it (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python) ' +
          'or set HEADGATE_PYTHON to its path.',
      );
    },
  );
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 10)) {
    throw new LocalAwsError(
      `The local AWS needs Python 3.10 or newer; '${command}' is ${version}. Set HEADGATE_PYTHON to a newer one.`,
    );
  }
  return { command, version };
}

function lastLines(error: unknown): string {
  const text =
    error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr.trim()
      ? error.stderr
      : String(error);
  return text.trim().split('\n').slice(-5).join('\n');
}
