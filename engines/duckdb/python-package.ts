import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../run-program.ts';
import { DUCKDB_VERSION } from './pins.ts';

/** Settings of a user that do not go together with a directory of our own. */
const PIP_ENVIRONMENT = { PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1' };

/**
 * Installs the Python package with the TPC-DS extension into a directory, and gives the extension's file.
 *
 * @throws Error when there is no pip, or it cannot get the package
 */
export async function installFromPython(
  directory: string,
  requirement: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const environment = join(directory, 'environment');
  const python = await findPip(environment, signal);
  const requirements = join(directory, 'requirements.txt');
  await writeFile(requirements, `${requirement}\n`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--no-deps', '--no-compile', '--only-binary=:all:'];
  await runProgram([python, ...pip, '--require-hashes', '--target', directory, '-r', requirements], {
    env: PIP_ENVIRONMENT,
    signal,
  });
  await rm(environment, { recursive: true, force: true });
  return join(directory, 'duckdb_extension_tpcds', 'extensions', `v${DUCKDB_VERSION}`, 'tpcds.duckdb_extension');
}

/** A Python that has pip: `HEADGATE_PYTHON` or `python3`, else a virtual environment of it (Debian has pip apart). */
async function findPip(environment: string, signal: AbortSignal | undefined): Promise<string> {
  const python = process.env.HEADGATE_PYTHON || 'python3';
  const hasPip = await runProgram([python, '-m', 'pip', '--version'], { signal }).then(
    () => true,
    () => false,
  );
  if (hasPip) return python;
  await runProgram([python, '-m', 'venv', environment], { signal });
  return join(environment, 'bin', 'python');
}
