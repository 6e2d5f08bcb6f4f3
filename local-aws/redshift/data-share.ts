import { join } from 'node:path';
import { complete } from '../../engines/cache.ts';
import { installTpcds } from '../../engines/duckdb/install-tpcds.ts';
import { dataPlace } from '../../engines/duckdb/place.ts';
import { orLocalAwsError } from '../local-aws-error.ts';
import type { Engine } from './engine.ts';

/** The one data share that the local AWS offers to every namespace: the tables of TPC-DS. */
export const SHARE = {
  name: 'tpcds',
  account: '000000000000',
  namespace: '7f1c2b4e-0000-4000-8000-000000000001',
} as const;

/** Scale factors by the schema of the share that has them. */
export const SHARED_SCHEMAS: Readonly<Record<string, number>> = {
  tpcds0_01: 0.01,
  tpcds0_1: 0.1,
  tpcds1: 1,
  tpcds10: 10,
};

const generating = new Map<string, Promise<string>>();

/** Gives the database file of a schema of the share. It is made at the first use and kept in the cache. */
export function sharedData(engine: Engine, schema: string, say: (line: string) => void): Promise<string> {
  const known = generating.get(schema);
  if (known) return known;
  const making = generate(engine, schema, say).finally(() => generating.delete(schema));
  generating.set(schema, making);
  return making;
}

async function generate(engine: Engine, schema: string, say: (line: string) => void): Promise<string> {
  const scale = SHARED_SCHEMAS[schema];
  if (scale === undefined) throw new Error(`The data share ${SHARE.name} has no schema ${schema}.`);
  const { exists, directory, name, file } = dataPlace(scale);
  if (!exists) {
    const extension = await orLocalAwsError(installTpcds({ say }));
    say(`Generating TPC-DS data of scale factor ${scale} in ${directory} (once).`);
    await complete(directory, (unfinished) => engine.generateTpcds(join(unfinished, name), extension, scale));
  }
  return file;
}
