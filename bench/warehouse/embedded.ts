import { printDifferences, printWalls } from './differences.ts';
import { inTurn } from './in-turn.ts';
import type { Scene } from './scene.ts';

/** As many threads for statements as the harness has; libuv's four would let five sessions wait for each other. */
const DRIVER = { script: 'driver.ts', env: { UV_THREADPOOL_SIZE: '64' } } as const;
const SESSIONS = 5;
const PASSES = ['first pass in a new process', 'second pass'];
/** Each run of these is 99 queries eight times, or 495 two times. */
const SINGLE_PER_RUN = 1 / 4;
const CONCURRENT_PER_RUN = 1 / 5;

/** The harness on the embedded engine beside the driver called directly, with and without the checks of answers. */
export async function benchEmbedded(scene: Scene, runs: number): Promise<void> {
  await benchSingle(scene, Math.ceil(runs * SINGLE_PER_RUN));
  await benchConcurrent(scene, Math.ceil(runs * CONCURRENT_PER_RUN));
  console.log('budget: 1 % or 0.5 ms a query\n');
}

async function benchSingle({ task }: Scene, rounds: number): Promise<void> {
  const checked = { ...task, passes: PASSES.length };
  const unchecked = { ...checked, checksAnswers: false, hasKnownAnswers: false };
  const results = await inTurn(
    {
      'driver, rows as values': { ...DRIVER, task: checked },
      harness: { script: 'harness.ts', task: checked },
      'driver, rows left alone': { ...DRIVER, task: unchecked },
      'harness, check-answers: false': { script: 'harness.ts', task: unchecked },
    },
    rounds,
  );
  for (const [index, name] of PASSES.entries()) {
    const pass = index + 1;
    console.log(`embedded engine, one session, ${name}; medians of ${rounds} runs in turn`);
    printWalls(results, pass);
    console.log(' harness beside the driver, rows as values');
    printDifferences(results.harness, results['driver, rows as values'], pass);
    console.log(' harness with check-answers: false beside the driver, rows left alone');
    printDifferences(results['harness, check-answers: false'], results['driver, rows left alone'], pass);
    console.log('');
  }
}

async function benchConcurrent({ task }: Scene, rounds: number): Promise<void> {
  const concurrent = { ...task, sessions: SESSIONS };
  const results = await inTurn(
    { 'driver, rows as values': { ...DRIVER, task: concurrent }, harness: { script: 'harness.ts', task: concurrent } },
    rounds,
  );
  console.log(`embedded engine, ${SESSIONS} sessions at a time; medians of ${rounds} runs in turn`);
  printWalls(results);
  printDifferences(results.harness, results['driver, rows as values']);
}
