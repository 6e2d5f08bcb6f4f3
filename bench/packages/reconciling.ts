import path from 'node:path';
import { measure } from '../measure.ts';
import { fillRepositories } from './fill.ts';
import { callsOf, clientOf, DOMAIN, headgate, REGIONS, runTurn, type Scene } from './scene.ts';

/** Each of these heals a whole Region. */
const MAX_RUNS = 3;
const [WHOLE, EMPTY] = REGIONS;

/** Healing a Region that has nothing from one that is whole. */
export async function benchReconciling(scene: Scene, runs: number, packages: number): Promise<void> {
  const rounds = Math.min(runs, MAX_RUNS);
  console.log(`reconciling an empty Region; medians of ${rounds} runs`);
  console.log(`${''.padEnd(34)}s     MB   calls  calls each`);
  for (const count of [Math.ceil(packages / 10), packages]) await benchCount(scene, count, rounds);
  console.log('budget: memory that does not grow\n');
}

async function benchCount(scene: Scene, count: number, runs: number): Promise<void> {
  const repository = `whole-${count}`;
  await fillRepositories(scene, [WHOLE], repository, count);
  const empty = clientOf(scene.aws, EMPTY);
  await empty.createRepository({ domain: DOMAIN, repository });
  const before = [process.execPath, path.join(import.meta.dirname, 'empty.js'), DOMAIN, repository, EMPTY];
  const command = headgate(scene, 'reconcile', [WHOLE, EMPTY], `--repository=${repository}`);
  const { reconcile } = await measure({ reconcile: { ...command, before } }, runs, 0);
  await runTurn({ ...command, argv: before }, 0);
  const calls = await callsOf(scene, () => runTurn(command, 0));
  const { packages: healed = [] } = await empty.listPackages({ domain: DOMAIN, repository });
  if (healed.length < Math.min(count, 100)) throw new Error(`only ${healed.length} of ${count} packages are there`);
  const columns = [
    reconcile.seconds.toFixed(2).padStart(7),
    reconcile.megabytes.toFixed(0).padStart(5),
    `${calls}`.padStart(6),
    (calls / count).toFixed(1).padStart(10),
  ];
  console.log(`  ${`${count} packages`.padEnd(26)}${columns.join('  ')}`);
}
