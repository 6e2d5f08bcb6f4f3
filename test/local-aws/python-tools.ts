import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const cache = path.join(import.meta.dirname, '..', '..', '.cache');

/**
 * A Python with twine in a virtual environment of its own: twine and the AWS CLI of `.cache/python` need different
 * versions of docutils. Run it with `-m twine` or `-m pip`.
 */
export async function pythonWithTwine(): Promise<string> {
  return await pythonWith('twine==6.2.0');
}

/** A Python that builds the sample package without a network: `-m build --no-isolation`. */
export async function pythonWithBuild(): Promise<string> {
  return await pythonWith('build==1.6.1', 'flit_core==3.12.0');
}

/** A Python that serves packages by a program that is not ours: `-m pypiserver`. */
export async function pythonWithPypiserver(): Promise<string> {
  return await pythonWith('pypiserver==2.4.2');
}

/** A Python with these packages in a virtual environment, made at the first use and kept in `.cache`. */
async function pythonWith(...requirements: readonly string[]): Promise<string> {
  const directory = path.join(cache, requirements.join('-').replaceAll('==', '-'));
  const python = path.join(directory, 'bin', 'python');
  if (existsSync(python)) return python;
  const draft = `${directory}.${process.pid}`;
  await run('python3', ['-m', 'venv', draft]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements];
  await run(path.join(draft, 'bin', 'python'), install);
  // Another test process may have been first.
  await rename(draft, directory).catch(() => rm(draft, { recursive: true, force: true }));
  return python;
}

async function run(program: string, words: string[]): Promise<void> {
  await promisify(execFile)(program, words);
}
