import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../cache.ts';
import { platform } from '../platform.ts';
import { DUCKDB_VERSION } from './pins.ts';

/** The place of something native in the cache. Its name changes with the kind of machine and with what is pinned. */
export function nativePlace(name: string, pinned: string): string {
  const digest = createHash('sha256').update(pinned).digest('hex').slice(0, 12);
  return join(cacheDirectory('engines'), `${name}-${DUCKDB_VERSION}-${platform()}-${digest}`);
}

/** The database with the tables of TPC-DS at a scale factor, which all who need it share. */
export interface DataPlace {
  /** To be filled with `complete`. */
  readonly directory: string;
  /** The database's name in it. */
  readonly name: string;
  readonly file: string;
  readonly exists: boolean;
}

/** Where the data of a scale factor is, or goes to. Another version of DuckDB may generate other data. */
export function dataPlace(scaleFactor: number): DataPlace {
  const directory = join(cacheDirectory('engines'), `tpcds-data-${DUCKDB_VERSION}-${scaleFactor}`);
  const name = 'data.duckdb';
  const file = join(directory, name);
  return { directory, name, file, exists: existsSync(file) };
}
