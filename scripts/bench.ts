// Runs one of the benches in bench/: `node scripts/bench.ts start [runs]`.
import { readdir } from 'node:fs/promises';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '..', 'bench');
const names = (await readdir(folder))
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.replace('.bench.ts', ''));
const [name = '', runs = '15'] = process.argv.slice(2);
if (!names.includes(name) || !/^[1-9]\d{0,2}$/.test(runs)) {
  console.error(`scripts/bench <${names.join('|')}> [runs from 1 to 999]`);
  process.exitCode = 2;
} else {
  const { bench } = (await import(path.join(folder, `${name}.bench.ts`))) as { bench(runs: number): Promise<void> };
  await bench(Number(runs));
}
