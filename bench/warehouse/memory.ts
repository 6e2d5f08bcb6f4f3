import { runOnce } from './in-turn.ts';
import type { Scene } from './scene.ts';

/** Rows of the one query that is measured. */
const SIZES = [10_000, 100_000, 1_000_000, 10_000_000];
const QUERY = (rows: number) => `select i, 'the text of row ' || i as t, i / 7.0 as x from range(${rows}) r(i)`;

/** Peaks of memory when a query gives many rows that are read and fingerprinted, each size in a process of its own. */
export async function benchMemory({ task, write }: Scene): Promise<void> {
  console.log('embedded engine, one query of many rows that are read');
  console.log(`${''.padEnd(22)}       s   MB, harness  MB, DuckDB's process`);
  for (const rows of SIZES) {
    const texts = await write(`rows-${rows}`, new Map([[1, QUERY(rows)]]));
    const told = await runOnce({ script: 'harness.ts', task: { ...task, texts, filter: [], hasKnownAnswers: false } });
    const columns = [
      ((told.wallMs[0] ?? Number.NaN) / 1000).toFixed(2).padStart(6),
      told.peakMb.toFixed(0).padStart(12),
      (told.childPeakMb ?? Number.NaN).toFixed(0).padStart(20),
    ];
    console.log(`  ${`${rows.toLocaleString('en')} rows`.padEnd(20)}${columns.join('  ')}`);
  }
  console.log('budget: memory that does not grow\n');
}
