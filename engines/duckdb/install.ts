import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { complete } from '../cache.ts';
import { EngineError } from '../engine-error.ts';
import type { InstallRequest } from '../install-request.ts';
import { findNpm } from '../npm.ts';
import { platform } from '../platform.ts';
import { runProgram } from '../run-program.ts';
import { runInstaller } from './installer.ts';
import { DUCKDB_PACKAGE, DUCKDB_PACKAGES, DUCKDB_VERSION, type PinnedPackage } from './pins.ts';
import { nativePlace } from './place.ts';

/**
 * Makes sure that DuckDB is in the cache and gives the directory from which it is imported. Every package is installed by
 * version and hash, and runs no script.
 *
 * @throws EngineError when npm is missing or cannot get the packages, or this machine cannot load them
 */
export async function installDuckdb(request: InstallRequest & { packages?: Packages } = {}): Promise<string> {
  const { say, signal, packages = DUCKDB_PACKAGES } = request;
  const lock = lockFile(packages);
  const directory = nativePlace('duckdb', lock);
  if (existsSync(directory)) return directory;
  say?.(`Installing DuckDB ${DUCKDB_VERSION} into ${directory} (once; each file is checked by its hash).`);
  await complete(directory, async (unfinished) => {
    await writeFile(join(unfinished, 'package.json'), JSON.stringify(rootPackage(packages)));
    await writeFile(join(unfinished, 'package-lock.json'), lock);
    await installPackages(unfinished, signal);
    await checkThatItLoads(unfinished, signal);
  });
  return directory;
}

async function installPackages(directory: string, signal: AbortSignal | undefined): Promise<void> {
  // The last two undo settings of a user, or of the npm that runs us, which would leave out the native part.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--include=optional', '--no-global'];
  try {
    const npm = await findNpm();
    const env = { npm_config_update_notifier: 'false' };
    await runProgram([...npm, 'ci', ...options], { cwd: directory, env, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new EngineError(`Could not install DuckDB ${DUCKDB_VERSION}: ${(error as Error).message}`, {
      cause: 'npm is not on the PATH, or its registry cannot be reached',
      next: 'Check the network, the proxy and the configuration of npm',
    });
  }
}

async function checkThatItLoads(directory: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await runInstaller(directory, ['check'], signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new EngineError(`DuckDB ${DUCKDB_VERSION} cannot be loaded on this machine: ${(error as Error).message}`, {
      cause: `there is no DuckDB for ${platform()}, or this system's C library is older than it needs`,
      next: 'Use Linux with glibc 2.28 or newer, Alpine, or macOS, on x64 or arm64',
    });
  }
}

type Packages = Readonly<Record<string, PinnedPackage>>;

function rootPackage(pinnedPackages: Packages) {
  const { version } = pinnedPackages[DUCKDB_PACKAGE] ?? { version: '' };
  return { name: 'duckdb-for-headgate', private: true, dependencies: { [DUCKDB_PACKAGE]: version } };
}

/** npm checks what it downloads against the hashes of a lock file, which needs to say no address. */
function lockFile(pinnedPackages: Packages): string {
  const { name, dependencies } = rootPackage(pinnedPackages);
  const packages: Record<string, unknown> = { '': { name, dependencies } };
  for (const [each, pinned] of Object.entries(pinnedPackages)) {
    packages[`node_modules/${each}`] = { ...pinned, ...(pinned.os && { optional: true }) };
  }
  return JSON.stringify({ name, lockfileVersion: 3, requires: true, packages });
}
