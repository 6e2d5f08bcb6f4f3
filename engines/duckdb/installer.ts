import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { runProgram } from '../run-program.ts';

/**
 * Runs installer-program.js, which uses DuckDB in a process of its own: what cannot be loaded may end the process.
 *
 * @param command `check`, `load FILE` or `install DIRECTORY REPOSITORY`
 * @returns what it printed
 * @throws Error with DuckDB's words
 */
export async function runInstaller(
  duckdb: string,
  command: readonly [string, ...string[]],
  signal?: AbortSignal | undefined,
): Promise<string> {
  const program = join(packageRoot(), 'engines', 'duckdb', 'installer-program.js');
  // Options for our Node, a debugger for example, are not meant for it.
  const env = { NODE_OPTIONS: '' };
  return await runProgram([process.execPath, program, duckdb, ...command], { env, signal });
}
