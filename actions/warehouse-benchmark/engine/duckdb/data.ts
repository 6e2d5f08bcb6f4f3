import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { complete } from '../../../../engines/cache.ts';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import { installTpcds } from '../../../../engines/duckdb/install-tpcds.ts';
import { dataPlace } from '../../../../engines/duckdb/place.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import { checkFreeDisk, expectedBytes, explainGeneration, freeDisk, sizeText } from './data-failure.ts';
import { orOperationFailed } from './failure.ts';
import { DuckdbProcess } from './process.ts';

/** True when the data of a scale factor was generated completely. */
export async function hasData(scaleFactor: number): Promise<boolean> {
  return dataPlace(scaleFactor).exists;
}

interface Request {
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What DuckDB may use, for example `4GB`. */
  readonly memoryLimit?: string;
}

/**
 * Generates the tables of TPC-DS at a scale factor into the cache, unless they are there.
 *
 * @throws OperationFailed when disk or memory does not suffice, or what generates them cannot be installed
 */
export async function makeData(scaleFactor: number, { log, signal, memoryLimit }: Request): Promise<void> {
  const { exists, directory, name } = dataPlace(scaleFactor);
  if (exists) return;
  const say = (line: string) => log.info(line);
  const duckdb = await orOperationFailed(installDuckdb({ say, signal }));
  const extension = await orOperationFailed(installTpcds({ say, signal }));
  const cache = dirname(directory);
  checkFreeDisk(scaleFactor, cache, await freeDisk(cache));
  say(
    `Generating TPC-DS data of scale factor ${scaleFactor} in ${directory} (once; up to ${sizeText(expectedBytes(scaleFactor))}).`,
  );
  await complete(directory, async (unfinished) => {
    const temporary = join(unfinished, 'temporary');
    const process = new DuckdbProcess(duckdb);
    const kill = () => void process.kill();
    signal.addEventListener('abort', kill, { once: true });
    try {
      signal.throwIfAborted();
      await process.call('generate', [join(unfinished, name), { extension, scaleFactor, temporary, memoryLimit }]);
    } catch (error) {
      signal.throwIfAborted();
      throw explainGeneration(scaleFactor, cache, (error as Error).message);
    } finally {
      signal.removeEventListener('abort', kill);
      await process.kill();
    }
    await rm(temporary, { recursive: true, force: true });
  });
}
