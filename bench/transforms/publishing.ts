import { execa } from 'execa';
import { type Command, measure } from '../measure.ts';
import { headgate, type Scene, writeTransforms } from './scene.ts';

/** Each of these looks at every transform in a bucket. */
const MAX_RUNS = 3;

/** Publishing transforms that are all there already: how long, and which calls. */
export async function benchPublishing(scene: Scene, runs: number, transforms: number): Promise<void> {
  const rounds = Math.min(runs, MAX_RUNS);
  console.log(`publishing transforms that are there already, in one Region; medians of ${rounds} runs in turn`);
  console.log(`${'transforms'.padEnd(12)}s      MB   calls`);
  for (const count of [Math.ceil(transforms / 10) + 1, transforms + 1]) {
    const folder = await writeTransforms(scene, count);
    const publish = headgate(scene, 'publish', `--transforms=${folder}`, `--repository=github.com/bench/${folder}`);
    await scene.aws.reset();
    await run(publish);
    const before = scene.aws.calls().at(-1)?.n ?? 0;
    await run(publish);
    const calls = scene.aws.calls(before);
    const { again } = await measure({ again: publish }, rounds, 0);
    const byName = Map.groupBy(calls, ({ operation }) => operation);
    const told = [...byName].map(([operation, of]) => `${of.length} ${operation}`).join(', ');
    console.log(
      `${String(count).padEnd(8)}${again.seconds.toFixed(2).padStart(6)}  ${again.megabytes.toFixed(0).padStart(6)}   ${told}`,
    );
    const writes = calls.filter(({ operation }) => !/^(Get|List|Head)/.test(operation));
    console.log(`        writes among them: ${writes.length}`);
  }
  console.log('budget: no write at all, and calls that grow with the pages of the listing\n');
}

async function run({ argv, env, cwd = '.' }: Command): Promise<void> {
  await execa(argv[0] ?? '', argv.slice(1), { cwd, env, extendEnv: false });
}
