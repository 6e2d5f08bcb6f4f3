import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, installEmulator } from '../install.ts';
import { LocalAwsError } from '../local-aws-error.ts';
import { DUCKDB_PACKAGE, DUCKDB_PACKAGES, DUCKDB_VERSION, TPCDS_REQUIREMENT } from './duckdb-pins.ts';

const run = promisify(execFile);

type Say = (line: string) => void;

/**
 * Makes sure that DuckDB is in the cache and gives the directory from which it is imported. Every package is installed by
 * version and hash, and runs no script.
 *
 * @param say gets one line before something is installed
 * @param packages another pinning than the usual one
 * @throws LocalAwsError when npm is missing or cannot get the packages
 */
export async function installDuckdb(say: Say = () => {}, packages = DUCKDB_PACKAGES): Promise<string> {
  const lock = lockFile(packages);
  const directory = cachePlace('duckdb', lock);
  if (existsSync(directory)) return directory;
  say(`Installing DuckDB ${DUCKDB_VERSION} into ${directory} (once; each file is checked by its hash).`);
  await complete(directory, async (unfinished) => {
    await writeFile(join(unfinished, 'package.json'), JSON.stringify(rootPackage(packages)));
    await writeFile(join(unfinished, 'package-lock.json'), lock);
    try {
      const env = { ...process.env, npm_config_update_notifier: 'false' };
      await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: unfinished, env });
    } catch (error) {
      throw new LocalAwsError(
        `Could not install DuckDB, which Redshift runs on in the local AWS: ${lastLines(error)}\n` +
          'Likely cause: npm is not on the PATH, or its registry cannot be reached. Check the network, the proxy and the configuration of npm.',
      );
    }
  });
  return directory;
}

/**
 * Makes sure that DuckDB's TPC-DS extension is in the cache and gives its file.
 *
 * @throws LocalAwsError when pip cannot get it
 */
export async function installTpcds(say: Say = () => {}, requirement = TPCDS_REQUIREMENT): Promise<string> {
  const directory = cachePlace('tpcds', requirement);
  const file = join(directory, 'duckdb_extension_tpcds', 'extensions', `v${DUCKDB_VERSION}`, 'tpcds.duckdb_extension');
  if (existsSync(file)) return file;
  const python = await installEmulator('ministack', say);
  say(`Installing DuckDB's TPC-DS extension into ${directory} (once; checked by its hash).`);
  await complete(directory, async (unfinished) => {
    const requirements = join(unfinished, 'requirements.txt');
    await writeFile(requirements, `${requirement}\n`);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
    try {
      await run(python, [
        ...pip,
        '--only-binary=:all:',
        '--require-hashes',
        '--target',
        unfinished,
        '-r',
        requirements,
      ]);
    } catch (error) {
      throw new LocalAwsError(
        `Could not install DuckDB's TPC-DS extension: ${lastLines(error)}\n` +
          'Likely cause: the Python package index cannot be reached, or has no file for this machine. Check the network, the proxy and the configuration of pip.',
      );
    }
  });
  return file;
}

/** A place in the cache whose name changes with what is pinned. */
function cachePlace(name: string, pinned: string): string {
  const digest = createHash('sha256').update(pinned).digest('hex').slice(0, 12);
  return join(cacheDirectory(), `${name}-${DUCKDB_VERSION}-${digest}`);
}

/** Fills a directory beside its place and then renames it: it is complete or not there, also when two begin at once. */
export async function complete(directory: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = await mkdtemp(`${directory}-unfinished-`);
  try {
    await fill(unfinished);
    await rename(unfinished, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

type Packages = typeof DUCKDB_PACKAGES;

function rootPackage(pinnedPackages: Packages) {
  const { version } = pinnedPackages[DUCKDB_PACKAGE] ?? { version: '' };
  return { name: 'duckdb-for-the-local-aws', private: true, dependencies: { [DUCKDB_PACKAGE]: version } };
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

function lastLines(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : '';
  return (said.trim() || String(error)).trim().split('\n').slice(-5).join('\n');
}
