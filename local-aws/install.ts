import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, complete, waitForOthers } from '../engines/cache.ts';
import { packageRoot } from '../engines/package-root.ts';
import { makePythonEnvironment, pythonOf } from '../engines/python-environment.ts';
import { LocalAwsError, orLocalAwsError } from './local-aws-error.ts';
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
  const [python, content] = await Promise.all([findLocalPython(), readFile(requirements)]);
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const cache = cacheDirectory('local-aws');
  const environment = join(cache, `${backend}-${digest}-python${python.version}`);
  const executable = pythonOf(environment);
  if (existsSync(executable)) return executable;
  await waitForOthers(environment);
  if (existsSync(executable)) return executable;

  const pinned = new RegExp(`^${backend}(?:\\[server\\])?==(\\S+)`, 'm').exec(content.toString())?.[1] ?? '';
  say(`Installing ${backend} ${pinned} into ${environment} (once; each file is checked by its hash).`);
  const request = { python: python.command, requirements };
  await orLocalAwsError(complete(environment, (unfinished) => makePythonEnvironment(unfinished, request)));
  return executable;
}

/** The Python to use: `HEADGATE_PYTHON`, else `python3`. At least 3.10, which ministack requires. */
export async function findLocalPython(): Promise<{ command: string; version: string }> {
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
