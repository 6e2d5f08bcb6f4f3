import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { operations } from '../../actions/operations.ts';
import { ON_AWS } from '../../actions/warehouse-benchmark/permissions.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { DATABASE, ENDLESS, ended, makeWorkgroup } from '../local-aws/redshift-client.ts';
import { expectDeclaredEqualsRecorded } from './declared-permissions.ts';
import { releaseTree } from './release-tree.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { cleanEnvironment, openTerminal } from './terminal-door.ts';
import { clientsOf, installEngine, ON_REDSHIFT, withEngine } from './warehouse-benchmark-application.ts';

// What each operation of the benchmark calls is what its published policy allows. That the stack's role may do the
// same is in test/stacks/templates.test.ts.

let aws: LocalAws;
let repository: ScratchRepository;
let calls: ReturnType<LocalAws['calls']>;

beforeAll(async () => {
  [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository(), installEngine()]);
  await situations();
  calls = aws.calls();
}, 300_000);

afterAll(async () => {
  await Promise.all([aws?.stop(), repository?.remove()]);
});

async function situations(): Promise<void> {
  const door = await openTerminal(repository, withEngine(aws));
  const run = async (verb: string, inputs: Record<string, string> = {}) =>
    await door.run({
      operation: `warehouse-benchmark ${verb}`,
      inputs: { ...ON_REDSHIFT, ...inputs },
      happening: { kind: 'manual', branch: 'main' },
    });
  const good = async (...call: Parameters<typeof run>) => {
    const result = await run(...call);
    if (result.exitCode !== 0) throw new Error(`${call[0]}: ${result.log}`);
  };
  const bad = async (message: string, ...call: Parameters<typeof run>) => {
    const result = await run(...call);
    expect([result.exitCode, result.log]).toEqual([1, expect.stringContaining(message)]);
  };
  await addQueries();
  const clients = clientsOf(aws);
  const { namespace } = await clients.serverless.createNamespace({ namespaceName: 'bench', manageAdminPassword: true });
  const secret = { 'secret-arn': namespace?.adminPasswordSecretArn ?? '' };
  const size = { queries: '1-2', sessions: '1' };

  // Made, resized with a note of what it had, by a login of its own; then deleted.
  await good('prepare', { namespace: 'bench', rpus: '8' });
  await good('prepare', { rpus: '16', 'when-done': 'restore', ...secret });
  await good('run', { ...size, 'when-done': 'restore', ...secret });
  await good('run', { ...size, rpus: '16', 'when-done': 'restore' });
  await good('sweep', { ...size, capacities: '8\n16' });
  await good('sweep', { ...size, capacities: '8\n16', ...secret });

  // A statement that fails, after which the session is asked for.
  const taken = { WorkgroupName: 'other', Database: DATABASE };
  await makeWorkgroup(clients, taken.WorkgroupName);
  const { Id = '' } = await clients.data.executeStatement({ ...taken, Sql: 'create database tpcds_db' });
  await ended(clients.data, Id);
  await bad('could not be made', 'prepare', { workgroup: taken.WorkgroupName });
  const failing = { 'query-folder': 'failing', queries: '1', sessions: '0' };
  await bad('does not exist', 'run', failing);
  await bad('At 16 RPUs 0 of 1 executions passed', 'sweep', { ...failing, capacities: '8\n16' });

  // Broken off while a statement runs.
  const endless = { 'query-folder': 'endless', queries: '1', sessions: '0' };
  await breakOff('prepare', {});
  await breakOff('run', endless);
  await breakOff('sweep', { ...endless, capacities: '8\n16' });

  await good('run', { ...size, 'when-done': 'delete' });
}

/** Folders with a query that the warehouse does not take, and one that takes hours. */
async function addQueries(): Promise<void> {
  for (const [name, sql] of Object.entries({ failing: 'select * from nowhere', endless: ENDLESS })) {
    const folder = path.join(repository.directory, name);
    await mkdir(folder);
    await writeFile(path.join(folder, 'query1.sql'), `${sql};\n`);
  }
}

/** Statements that are waited for until `prepare` has a session: one that asks for the version, and those that set it up. */
const BEFORE_SESSION = 2;

/** Interrupts an operation while it waits for a statement. */
async function breakOff(verb: string, inputs: Record<string, string>): Promise<void> {
  const program = path.join(await releaseTree(), 'dist', 'headgate.js');
  const flags = Object.entries({ ...ON_REDSHIFT, ...inputs }).map(([name, value]) => `--${name}=${value}`);
  const before = aws.calls().at(-1)?.n ?? 0;
  const described = () => aws.calls(before).filter(({ operation }) => operation === 'DescribeStatement');
  if (verb === 'prepare') {
    // Its statements end at once, so that it is the answer which keeps it waiting. What sets a session up is not cancelled.
    const latency = { fault: 'latency', operation: 'DescribeStatement', milliseconds: 60_000 } as const;
    aws.setFaults({ rules: [{ ...latency, skip: BEFORE_SESSION }] });
  }
  const running = execa(process.execPath, [program, 'warehouse-benchmark', verb, ...flags], {
    cwd: repository.directory,
    env: { ...cleanEnvironment(), ...withEngine(aws).environment },
    extendEnv: false,
    reject: false,
    all: true,
  });
  let isOver = false;
  void running.then(() => {
    isOver = true;
  });
  const waits = async () => (verb === 'prepare' ? described().length > BEFORE_SESSION : await isEndlessRunning());
  while (!isOver && !(await waits())) await nextTurn();
  running.kill('SIGINT');
  const { exitCode, all } = await running;
  aws.clearFaults();
  expect([exitCode, exitCode === 130 ? '' : all]).toEqual([130, '']);
}

async function isEndlessRunning(): Promise<boolean> {
  const { data } = clientsOf(aws);
  const { Statements: statements = [] } = await data.listStatements({ Status: 'STARTED' });
  data.destroy();
  return statements.some(({ QueryString: sql }) => sql?.includes('range(') === true);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const ofBenchmark = Object.keys(operations).filter((name) => name.startsWith('warehouse-benchmark '));

test.each(ofBenchmark)('%s: declared permissions equal recorded calls', async (name) => {
  const operation = (await operations[name]?.())?.default;
  if (operation?.usesAws === false) expect(operation.permissions).toEqual([]);
  else await expectDeclaredEqualsRecorded(name, calls, ON_AWS);
});

test('there are operations to compare', () => {
  expect(ofBenchmark).toEqual(
    ['compare', 'import', 'prepare', 'run', 'sweep'].map((verb) => `warehouse-benchmark ${verb}`),
  );
});
