import os from 'node:os';
import { parseArgs } from 'node:util';
import { DUCKDB_VERSION } from '../engines/duckdb/pins.ts';
import { benchEmbedded } from './warehouse/embedded.ts';
import { benchMemory } from './warehouse/memory.ts';
import { benchRedshift } from './warehouse/redshift.ts';
import { openScene } from './warehouse/scene.ts';

const PARTS = { embedded: benchEmbedded, redshift: benchRedshift, memory: benchMemory } as const;

/**
 * What the harness of `warehouse-benchmark run` takes beside the drivers called directly, with queries derived from TPC-DS:
 *
 *   scripts/bench warehouse [runs] [--scale-factor 0.01] [--queries 1-20] [--only embedded]
 */
export async function bench(runs: number): Promise<void> {
  const { scaleFactor, queries, only } = readOptions(process.argv.slice(4));
  const load = os.loadavg()[0]?.toFixed(1);
  console.log(`${os.availableParallelism()} cores (${os.cpus()[0]?.model}) with a load of ${load}`);
  console.log(`Node ${process.versions.node}, DuckDB ${DUCKDB_VERSION}, scale factor ${scaleFactor}\n`);
  const scene = await openScene(scaleFactor, queries);
  try {
    for (const part of only) await PARTS[part](scene, runs);
  } finally {
    await scene.close();
  }
}

/** Without arguments it takes some five minutes on two cores. */
function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      'scale-factor': { type: 'string', default: '0.01' },
      queries: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
    },
  });
  const { 'scale-factor': scaleFactor, queries, only } = values;
  const parts = Object.keys(PARTS) as (keyof typeof PARTS)[];
  const unknown = only.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only '${unknown}' is none of ${parts.join(', ')}`);
  if (!SCALE_FACTORS.includes(scaleFactor)) {
    throw new Error(`--scale-factor '${scaleFactor}' is none of ${SCALE_FACTORS.join(', ')}`);
  }
  return { scaleFactor: Number(scaleFactor), queries, only: parts.filter((part) => only.includes(part)) };
}

/** Those that the local AWS has, too. */
const SCALE_FACTORS = ['0.01', '0.1', '1', '10'];
