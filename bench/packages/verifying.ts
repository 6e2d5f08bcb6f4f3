import path from 'node:path';
import { execa } from 'execa';
import { type Command, measure, pairedRatio } from '../measure.ts';
import { fillRepositories } from './fill.ts';
import { callsOf, DOMAIN, headgate, REGIONS, runTurn, type Scene } from './scene.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
/** Each of these makes six calls for each package. */
const MAX_RUNS = 3;
/** The default of `verify`. */
const PARALLEL = 8;
/** Milliseconds, about what a call takes that stays on a continent. */
const FAR = 20;

/** Comparing many packages in three Regions, beside a script that makes the same calls. */
export async function benchVerifying(scene: Scene, runs: number, packages: number): Promise<void> {
  const rounds = Math.min(runs, MAX_RUNS);
  const floor = await bundle(scene, 'compare.js');
  const few = Math.ceil(packages / 10);
  for (const count of [few, packages]) {
    await fillRepositories(scene, REGIONS, `many-${count}`, count);
    await benchCount(scene, floor, { count, runs: rounds });
  }
  scene.aws.setFaults({ rules: [{ fault: 'latency', service: 'codeartifact', milliseconds: FAR }] });
  await benchCount(scene, floor, { count: few, runs: rounds, delay: FAR });
  scene.aws.clearFaults();
  console.log('budget: memory that does not grow, calls that grow with the pages\n');
}

async function benchCount(
  scene: Scene,
  floor: string,
  { count, runs, delay = 0 }: { readonly count: number; readonly runs: number; readonly delay?: number },
): Promise<void> {
  const repository = `many-${count}`;
  const commands: Record<'floor' | 'verify', Command> = {
    floor: {
      argv: [process.execPath, floor, DOMAIN, repository, String(PARALLEL), ...REGIONS],
      env: scene.env,
      cwd: scene.directory,
    },
    verify: headgate(scene, 'verify', REGIONS, `--repository=${repository}`, `--parallel=${PARALLEL}`),
  };
  const results = await measure(commands, runs, 0);
  const far = delay === 0 ? '' : `, ${delay} ms for each call`;
  console.log(`verifying ${count} packages in ${REGIONS.length} Regions${far}; medians of ${runs} runs in turn`);
  console.log(`${''.padEnd(34)}s     MB  x floor   calls`);
  for (const [name, measured] of Object.entries(results)) {
    const calls = await callsOf(scene, () => runTurn(commands[name as keyof typeof commands], 0));
    const columns = [
      measured.seconds.toFixed(2).padStart(7),
      measured.megabytes.toFixed(0).padStart(5),
      pairedRatio(measured, results.floor).toFixed(2).padStart(7),
      `${calls}`.padStart(6),
    ];
    console.log(`  ${name.padEnd(26)}${columns.join('  ')}`);
  }
}

/** Bundles one of the scripts beside this file as users' programs are. */
async function bundle({ directory }: Scene, name: string): Promise<string> {
  const out = path.join(directory, 'bundled');
  const ncc = path.join(root, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');
  const words = ['build', path.join(import.meta.dirname, name), '--out', out, '--minify', '--no-cache', '--quiet'];
  await execa(process.execPath, [ncc, ...words]);
  return path.join(out, 'index.js');
}
