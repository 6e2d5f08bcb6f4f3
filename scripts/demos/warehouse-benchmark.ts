import path from 'node:path';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { actIsPresent, releasedWorkflow, runAct } from '../../test/e2e/act-door.ts';
import type { Door, Result } from '../../test/e2e/door.ts';
import { openGithub } from '../../test/e2e/github-door.ts';
import { dispatchEvent } from '../../test/e2e/github-events.ts';
import { fromServer, imageEnvironment, rsyncIsPresent, runPipeline } from '../../test/e2e/gitlab-door.ts';
import { serveRelease } from '../../test/e2e/gitlab-release-server.ts';
import { createScratchRepository, type ScratchRepository } from '../../test/e2e/scratch-repository.ts';
import { openTerminal } from '../../test/e2e/terminal-door.ts';
import {
  addWarehouse,
  environmentOf,
  filesOf,
  installEngine,
  keepFiles,
  ON_REDSHIFT,
  STACK,
  slowed,
  WORKGROUP,
  withEngine,
  withoutAws,
  workgroupOf,
} from '../../test/e2e/warehouse-benchmark-application.ts';
import { startGithubApi } from '../../test/support/github-api.ts';

/** What a demonstration works in. */
interface Scene {
  readonly aws: LocalAws;
  readonly repository: ScratchRepository;
}

/** One operation through a door; a failure ends the demonstration. */
type Run = (operation: string, inputs?: Record<string, string>) => Promise<Result>;

const FEW = { queries: '1-20', sessions: '2' } as const;
const AT_16_RPUS = { ...ON_REDSHIFT, rpus: '16', 'when-done': 'restore' } as const;
/** Where the reports of the terminal stay when the demonstration has ended. */
const KEPT = path.resolve(import.meta.dirname, '..', '..', '.cache', 'demo', 'warehouse-benchmark');

/** The 99 queries on DuckDB and on a Redshift Serverless of this machine, with a verdict, at each door. */
export async function demo(): Promise<void> {
  console.log('\nwarehouse-benchmark: the 99 queries derived from TPC-DS, scale factor 0.01, with checked answers');
  await installEngine();
  await scene(atTheTerminal);
  await scene(onGithub);
  if (await actIsPresent()) await scene(onAct);
  else console.log('\n  on GitHub, by act: left out, act is not installed');
  if (await rsyncIsPresent()) await scene(onGitLab);
  else console.log('\n  on GitLab: left out, rsync is not installed');
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository()]);
  try {
    await addWarehouse(repository);
    await work({ aws, repository });
  } finally {
    await Promise.all([aws.stop(), repository.remove()]);
  }
}

/** All queries as one user and as five on both engines; then a verdict against baselines. */
async function atTheTerminal({ aws, repository }: Scene): Promise<void> {
  console.log('\n  at the terminal, on DuckDB, without an account');
  const local = runsOf(await openTerminal(repository, withoutAws(aws)));
  const first = await local('warehouse-benchmark run');
  await tellRun(repository, first);

  console.log('\n  at the terminal, on Redshift Serverless');
  const run = runsOf(await openTerminal(repository, withEngine(aws)));
  await prepareWorkgroup(run);
  const onRedshift = await run('warehouse-benchmark run', { ...AT_16_RPUS, 'price-per-rpu-hour': '0.375' });
  await tellRun(repository, onRedshift);
  tell('its cost by the price given', `${onRedshift.outputs['cost-usd']} USD`);
  await tellCapacity(aws);

  console.log('\n  at the terminal, against a baseline');
  const { report = '' } = onRedshift.outputs;
  for (const [baseline, what] of [
    [report, 'itself'],
    [await slowed(repository, report, 'quicker.json', 0.5), 'one that took half the time'],
  ] as const) {
    const compared = await local('warehouse-benchmark compare', { report, baseline, minimum: '0', 'fail-on': 'never' });
    const { verdict, regressions, ratio } = compared.outputs;
    tell(`compared with ${what}`, `${verdict}: ${regressions} queries slower, ratio ${ratio}`);
  }
  tell('reports and charts stay in', path.relative(process.cwd(), await keepFiles(repository, KEPT)));
}

async function onGithub({ aws, repository }: Scene): Promise<void> {
  console.log('\n  on GitHub, by a runner of our own');
  const api = await startGithubApi();
  try {
    const run = runsOf(await openGithub(api)(repository, withEngine(aws)));
    await prepareWorkgroup(run);
    await tellRun(repository, await run('warehouse-benchmark run', { ...AT_16_RPUS, ...FEW }));
    await tellCapacity(aws);
  } finally {
    await api.close();
  }
}

/** The released workflow, unchanged; without variables of the repository it runs on DuckDB. */
async function onAct({ aws, repository }: Scene): Promise<void> {
  console.log('\n  on GitHub, by act: the whole workflow, started by hand');
  const sha = await repository.git('rev-parse', 'HEAD');
  const host = { repository, aws: withoutAws(aws), variables: { AWS_REGION: '' } };
  const result = await runAct(host, await releasedWorkflow('warehouse-benchmark'), dispatchEvent('main', sha));
  tellOutputs(good('the workflow', result));
}

/** The released template. */
async function onGitLab({ aws, repository }: Scene): Promise<void> {
  console.log('\n  on GitLab, by gitlab-ci-local: the whole pipeline on a schedule');
  await runsOf(await openTerminal(repository, withEngine(aws)))('stack deploy', STACK);
  const server = await serveRelease();
  try {
    const inputs = { ...AT_16_RPUS, ...FEW, region: aws.environment.AWS_REGION };
    const result = await runPipeline({
      repository,
      server,
      happening: { kind: 'manual', branch: 'main' },
      variables: { CI_PIPELINE_SOURCE: 'schedule' },
      include: [{ template: 'warehouse-benchmark', inputs: { ...fromServer(server), ...inputs } }],
      environment: { ...environmentOf(aws), ...imageEnvironment(path.dirname(process.execPath)) },
    });
    tellOutputs(good('the pipeline', result));
    await tellCapacity(aws);
  } finally {
    await server.close();
  }
}

async function prepareWorkgroup(run: Run): Promise<void> {
  await run('stack deploy', STACK);
  tell('namespace, workgroup, usage limit', WORKGROUP);
  const { outputs } = await run('warehouse-benchmark prepare', AT_16_RPUS);
  tell(
    'the data is there and counted',
    `schema ${outputs.schema}, ${outputs.rpus} RPUs (${outputs['rpus-before']} before)`,
  );
}

async function tellRun(repository: ScratchRepository, { outputs }: Result): Promise<void> {
  tellOutputs({ outputs });
  const files = await filesOf(repository, outputs.report ?? '');
  tell('it left', files.filter((file) => /\.(md|svg|csv|xml)$/.test(file)).join(', '));
}

function tellOutputs({ outputs }: Pick<Result, 'outputs'>): void {
  tell(`run ${outputs['run-id']}`, `${outputs.verdict}: ${outputs.passed} of ${outputs.executions} executions`);
  const sum = seconds(outputs['single-user-ms']);
  tell('one user', `${sum} in all, geometric mean ${Number(outputs['geometric-mean-ms']).toFixed(1)} ms`);
  tell('several at a time', `${seconds(outputs['concurrent-ms'])} by the clock`);
}

async function tellCapacity(aws: LocalAws): Promise<void> {
  tell('the workgroup has its capacity back', `${(await workgroupOf(aws))?.baseCapacity} RPUs`);
}

function runsOf(door: Door): Run {
  return async (operation, inputs = {}) =>
    good(operation, await door.run({ operation, inputs, happening: { kind: 'manual', branch: 'main' } }));
}

function good<Ended extends Result>(what: string, result: Ended): Ended {
  if (result.exitCode !== 0) throw new Error(`${what} ended with ${result.exitCode}:\n${result.log}`);
  return result;
}

function seconds(milliseconds: string | undefined): string {
  return `${(Number(milliseconds) / 1000).toFixed(1)} s`;
}

function tell(happened: string, result: string): void {
  console.log(`    ${happened.padEnd(42)} ${result}`);
}
