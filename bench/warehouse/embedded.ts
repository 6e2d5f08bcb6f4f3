import { printDifferences, printWalls } from './differences.ts';
import { inTurn } from './in-turn.ts';
import type { Scene } from './scene.ts';

const SESSIONS = 5;
const DRIVER = { script: 'driver.ts' } as const;
/** libuv's four threads would let five sessions wait for each other. */
const DRIVER_OF_MANY = { ...DRIVER, env: { UV_THREADPOOL_SIZE: String(SESSIONS + 1) } } as const;
/** In the first pass all code is new to the process, as it is in a run. */
const PASSES = { 'first pass in a new process': [1], 'second to fourth pass': [2, 3, 4] } as const;
/** Each run of these is 99 queries sixteen times, or 495 two times. */
const SINGLE_PER_RUN = 1 / 4;
const CONCURRENT_PER_RUN = 1 / 5;

/** The harness on the embedded engine beside the driver called directly, with and without the checks of answers. */
export async function benchEmbedded(scene: Scene, runs: number): Promise<void> {
  await benchSingle(scene, Math.ceil(runs * SINGLE_PER_RUN));
  await benchConcurrent(scene, Math.ceil(runs * CONCURRENT_PER_RUN));
  console.log('budget: 1 % or 0.5 ms a query\n');
}

async function benchSingle({ task }: Scene, rounds: number): Promise<void> {
  const checked = { ...task, passes: Object.values(PASSES).flat().length };
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
  for (const [name, passes] of Object.entries(PASSES)) {
    console.log(`embedded engine, one session, ${name}; medians of ${rounds} runs in turn`);
    printWalls(results, passes);
    console.log(' harness beside the driver, rows as values');
    printDifferences(results.harness, results['driver, rows as values'], passes);
    console.log(' harness with check-answers: false beside the driver, rows left alone');
    printDifferences(results['harness, check-answers: false'], results['driver, rows left alone'], passes);
    console.log('');
  }
}

async function benchConcurrent({ task }: Scene, rounds: number): Promise<void> {
  const concurrent = { ...task, sessions: SESSIONS };
  const results = await inTurn(
    {
      'driver, rows as values': { ...DRIVER_OF_MANY, task: concurrent },
      harness: { script: 'harness.ts', task: concurrent },
    },
    rounds,
  );
  console.log(`embedded engine, ${SESSIONS} sessions at a time; medians of ${rounds} runs in turn`);
  printWalls(results);
  printDifferences(results.harness, results['driver, rows as values']);
}
