import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { complete } from '../cache.ts';
import { EngineError } from '../engine-error.ts';
import type { InstallRequest } from '../install-request.ts';
import { platform } from '../platform.ts';
import { installDuckdb } from './install.ts';
import { runInstaller } from './installer.ts';
import { DUCKDB_VERSION, TPCDS_REQUIREMENT } from './pins.ts';
import { nativePlace } from './place.ts';
import { installFromPython } from './python-package.ts';

/** Where DuckDB itself looks for its extensions. What it gets there it checks by DuckDB's signature. */
const REPOSITORY = 'http://extensions.duckdb.org';

/**
 * Makes sure that DuckDB's TPC-DS extension is in the cache and gives its file. It comes from the Python package index, by
 * version and hash; where there is no pip, or no file for this machine, from DuckDB's own repository, by its signature.
 *
 * @param request with another pinning, or another address of the repository, than the usual one
 * @throws EngineError when neither has worked
 */
export async function installTpcds(
  request: InstallRequest & { requirement?: string; repository?: string } = {},
): Promise<string> {
  const { say, signal, requirement = TPCDS_REQUIREMENT, repository = REPOSITORY } = request;
  const directory = nativePlace('tpcds', requirement);
  const file = join(directory, 'tpcds.duckdb_extension');
  if (existsSync(file)) return file;
  const duckdb = await installDuckdb(request);
  say?.(`Installing DuckDB's TPC-DS extension into ${directory} (once; checked by its hash).`);
  await complete(directory, async (unfinished) => {
    const target = join(unfinished, 'tpcds.duckdb_extension');
    const ways: Way[] = [
      ['From the Python package index', (parts) => installFromPython(parts, requirement, signal)],
      [`From ${repository}`, (parts) => runInstaller(duckdb, ['install', parts, repository], signal)],
    ];
    const problems: string[] = [];
    for (const [name, install] of ways) {
      const parts = join(unfinished, 'parts');
      try {
        await rename(await install(parts), target);
        await rm(parts, { recursive: true });
        await runInstaller(duckdb, ['load', target], signal);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        problems.push(`${name}: ${(error as Error).message}`);
        if (problems.length < ways.length)
          say?.(`${problems[0]}\nTrying ${repository} (checked by DuckDB's signature).`);
        await rm(parts, { recursive: true, force: true });
      }
    }
    throw new EngineError(`Could not install DuckDB's TPC-DS extension.\n${problems.join('\n')}`, {
      cause: `the Python package index and ${repository} cannot be reached, or have no file of DuckDB ${DUCKDB_VERSION} for ${platform()}`,
      next: `Check the network, the proxy and the configuration of pip, or copy ${directory} from a machine of the same kind that has it`,
    });
  });
  return file;
}

/** Fills a directory and gives the extension's file in it. */
type Way = readonly [name: string, install: (parts: string) => Promise<string>];
