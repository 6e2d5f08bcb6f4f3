import { installDuckdb } from '../../../engines/duckdb/install.ts';
import { installTpcds } from '../../../engines/duckdb/install-tpcds.ts';
import { DUCKDB_VERSION } from '../../../engines/duckdb/pins.ts';
import type { Log } from '../../../lib/hosts/host.ts';
import { orOperationFailed } from '../engine/duckdb/failure.ts';
import { DuckdbProcess } from '../engine/duckdb/process.ts';

/** How many queries TPC-DS has. */
const QUERIES = 99;

/**
 * The texts of the 99 queries, with the parameters of the standard's qualification, by number, as DuckDB's TPC-DS
 * extension has them.
 *
 * @throws OperationFailed when the extension cannot be installed
 */
export async function standardTexts(request: {
  log: Log;
  signal: AbortSignal;
}): Promise<{ source: string; texts: ReadonlyMap<number, string> }> {
  const { log, signal } = request;
  const say = (line: string) => log.info(line);
  const extension = await orOperationFailed(installTpcds({ say, signal }));
  const process = new DuckdbProcess(await orOperationFailed(installDuckdb({ say, signal })));
  try {
    const rows = (await process.call('queries', [extension])) as readonly (readonly [number, string])[];
    if (rows.length !== QUERIES)
      throw new Error(`DuckDB's TPC-DS extension has ${rows.length} queries, not ${QUERIES}.`);
    return { source: `DuckDB tpcds ${DUCKDB_VERSION}`, texts: new Map(rows) };
  } finally {
    await process.kill();
  }
}
