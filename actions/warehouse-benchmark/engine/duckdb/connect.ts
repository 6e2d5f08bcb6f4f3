import { cacheDirectory, temporaryDirectory } from '../../../../engines/cache.ts';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import { dataPlace } from '../../../../engines/duckdb/place.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import { hasData, makeData } from './data.ts';
import { DuckdbEngine } from './duckdb-engine.ts';
import { orOperationFailed } from './failure.ts';

/**
 * Connects to DuckDB on this machine, over the data of a scale factor, which is generated where it is not there yet.
 *
 * @param request `sessions` is how many run statements at a time; without it, one
 * @throws OperationFailed when DuckDB or the data cannot be had
 */
export async function connectDuckdb(request: {
  scaleFactor: number;
  sessions?: number;
  log: Log;
  signal: AbortSignal;
}): Promise<DuckdbEngine> {
  const { scaleFactor, sessions = 1, log, signal } = request;
  if (!(await hasData(scaleFactor))) await makeData(scaleFactor, { log, signal });
  const duckdb = await orOperationFailed(installDuckdb({ say: (line) => log.info(line), signal }));
  const temporary = await temporaryDirectory(cacheDirectory('engines'), 'spill');
  const engine = new DuckdbEngine({ duckdb, file: dataPlace(scaleFactor).file, temporary, sessions });
  try {
    await engine.start();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}
