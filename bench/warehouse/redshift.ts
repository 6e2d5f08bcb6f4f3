import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { makeWorkgroup, redshiftOf, rowsOf, run } from '../../test/local-aws/redshift-client.ts';
import { printDifferences, printWalls } from './differences.ts';
import { type Contestant, inTurn } from './in-turn.ts';
import { PLACE, SCHEMA } from './redshift-place.ts';
import type { Scene } from './scene.ts';

const SESSIONS = 5;
/** Each run of these is 99 queries two times, or 495 two times. */
const SINGLE_PER_RUN = 1 / 8;
const CONCURRENT_PER_RUN = 1 / 10;

/** The harness on the local AWS beside a script with the SDK's client that makes the same calls of each statement. */
export async function benchRedshift(scene: Scene, runs: number): Promise<void> {
  const aws = await startLocalAws();
  try {
    await makeTables(aws, scene);
    await benchSessions(aws, scene, { sessions: 0, rounds: Math.ceil(runs * SINGLE_PER_RUN) });
    await benchSessions(aws, scene, { sessions: SESSIONS, rounds: Math.ceil(runs * CONCURRENT_PER_RUN) });
    console.log('budget: 1 % or 0.5 ms a query, and no more calls than the script for a statement\n');
  } finally {
    await aws.stop();
  }
}

async function makeTables(aws: LocalAws, { task }: Scene): Promise<void> {
  const { AWS_ACCESS_KEY_ID: account, AWS_REGION: region } = aws.environment;
  const clients = redshiftOf(aws, account, region);
  await makeWorkgroup(clients, PLACE.WorkgroupName);
  const [[share] = []] = await rowsOf(clients, 'select producer_namespace from svv_datashares');
  const source = `tpcds${String(task.scaleFactor).replace('.', '_')}`;
  for (const sql of [
    `create database tpcds_db from datashare tpcds of namespace '${share}'`,
    `create external schema ${SCHEMA} from redshift database 'tpcds_db' schema '${source}'`,
  ]) {
    const { Status: status, Error: error } = await run(clients, sql);
    if (status !== 'FINISHED') throw new Error(error);
  }
  clients.data.destroy();
  clients.serverless.destroy();
}

async function benchSessions(
  aws: LocalAws,
  { task }: Scene,
  { sessions, rounds }: { readonly sessions: number; readonly rounds: number },
): Promise<void> {
  const mine = { ...task, engine: 'redshift', sessions } as const;
  const contestants = {
    'script with the SDK': { script: 'sdk.ts', task: mine, env: aws.environment },
    harness: { script: 'harness.ts', task: mine, env: aws.environment },
  } as const satisfies Record<string, Contestant>;
  const calls = new Map<string, string>();
  let before = lastCall(aws);
  const results = await inTurn(contestants, rounds, (name) => {
    calls.set(name, callsText(aws, before));
    before = lastCall(aws);
  });
  const users = sessions === 0 ? 'one session' : `${sessions} sessions at a time`;
  console.log(`Redshift on the local AWS, ${users}; medians of ${rounds} runs in turn`);
  printWalls(results);
  printDifferences(results.harness, results['script with the SDK']);
  for (const [name, text] of calls) console.log(`  calls of ${name}: ${text}`);
  console.log('');
}

function lastCall(aws: LocalAws): number {
  return aws.calls().at(-1)?.n ?? 0;
}

function callsText(aws: LocalAws, since: number): string {
  const counts = new Map<string, number>();
  for (const { operation } of aws.calls(since)) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return [...counts].map(([operation, count]) => `${count} ${operation}`).join(', ');
}
