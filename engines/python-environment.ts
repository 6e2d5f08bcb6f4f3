import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from './engine-error.ts';
import { runProgram } from './run-program.ts';

export interface PythonEnvironmentRequest {
  /** The Python that makes it. */
  readonly python: string;
  /** The file with each package by version and hashes. */
  readonly requirements: string;
  /** The part of that file which other packages are built with, and which is therefore installed first. */
  readonly buildRequirements?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Settings of a user that do not go together with an environment of our own. */
const PIP_ENVIRONMENT = { PIP_USER: '0', PIP_TARGET: '', PIP_PREFIX: '', PYTHONPATH: '', PYTHONHOME: '' };
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--require-hashes'];

/** The Python of a virtual environment. */
export function pythonOf(directory: string): string {
  return join(directory, 'bin', 'python');
}

/**
 * Makes a virtual environment with packages by version and hash.
 *
 * @throws EngineError when Python cannot make it, or pip cannot get the packages or their hashes differ
 */
export async function makePythonEnvironment(directory: string, request: PythonEnvironmentRequest): Promise<void> {
  const { python, requirements, buildRequirements, signal } = request;
  try {
    await runProgram([python, '-m', 'venv', directory], { env: PIP_ENVIRONMENT, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new EngineError(`Could not make a Python virtual environment in ${directory}: ${messageOf(error)}`, {
      cause: "Python's venv module is not installed",
      next: 'On Debian and Ubuntu: apt-get install python3-venv',
    });
  }
  try {
    const pip = [pythonOf(directory), ...PIP] as const;
    if (buildRequirements === undefined) {
      await runProgram([...pip, '-r', requirements], { env: PIP_ENVIRONMENT, signal });
      return;
    }
    const first = join(directory, 'build-requirements.txt');
    await writeFile(first, buildRequirements);
    await runProgram([...pip, '--only-binary=:all:', '-r', first], { env: PIP_ENVIRONMENT, signal });
    // What builds a package is then what was checked, and not what pip finds for it.
    await runProgram([...pip, '--no-build-isolation', '-r', requirements], { env: PIP_ENVIRONMENT, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new EngineError(`Could not install the Python packages of ${requirements}: ${messageOf(error)}`, {
      cause: 'the Python package index cannot be reached',
      next: 'Check the network, the proxy and the configuration of pip',
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
