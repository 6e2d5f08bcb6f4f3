import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import { releasedWorkflow, runAct } from './act-door.ts';
import { dispatchEvent } from './github-events.ts';
import { fromServer, imageEnvironment, runPipeline } from './gitlab-door.ts';
import { type ReleaseServer, serveRelease } from './gitlab-release-server.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';
import {
  addWarehouse,
  environmentOf,
  installEngine,
  ON_REDSHIFT,
  REPORT_FILES,
  STACK,
  slowed,
  WORKGROUP,
  withEngine,
  withoutAws,
  workgroupOf,
} from './warehouse-benchmark-application.ts';

// The whole of what users copy: the caller workflow and the GitLab template, as they are.

const MINUTES = 60_000;
const SUBJECT = 'repo:octo-org/shop:ref:refs/heads/main';
const BASELINE = 'benchmark/baseline.json';
const act = requires('act', 'it runs the released workflow as GitHub does');
const rsync = requires('rsync', 'gitlab-ci-local copies with it');

let aws: LocalAws;
let server: ReleaseServer;
let repository: ScratchRepository;

beforeAll(async () => {
  [aws, server] = await Promise.all([startLocalAws(), serveRelease(), installEngine()]);
}, 3 * MINUTES);
afterAll(async () => {
  await Promise.all([aws?.stop(), server?.close()]);
});
beforeEach(async () => {
  repository = await createScratchRepository();
  await addWarehouse(repository);
  await aws.reset();
}, 3 * MINUTES);
afterEach(async () => {
  await repository?.remove();
});

/** One operation at the terminal, which must succeed. */
async function done(
  seen: LocalAws,
  operation: string,
  inputs: Record<string, string>,
): Promise<Record<string, string>> {
  const door = await openTerminal(repository, seen);
  const result = await door.run({ operation, inputs, happening: { kind: 'manual', branch: 'main' } });
  expect(result.exitCode === 0 ? '' : result.log).toBe('');
  return result.outputs;
}

/** Commits a baseline that is so many times as slow as this machine. */
async function commitBaseline(factor: number): Promise<void> {
  const measured = await done(withoutAws(aws), 'warehouse-benchmark run', { sessions: '0' });
  await slowed(repository, measured.report ?? '', BASELINE, factor);
  await repository.commit({}, 'A baseline');
}

/** The stack, and the role that it makes for GitHub. */
async function deployStack(): Promise<string> {
  const outputs = await done(withEngine(aws), 'stack deploy', { ...STACK, parameters: `GitHubSubjects: ${SUBJECT}` });
  return JSON.parse(outputs['stack-outputs'] ?? '{}').GitHubRoleArn;
}

const capacity = async () => {
  const found = await workgroupOf(aws);
  return { rpus: found?.baseCapacity, note: found?.tags['headgate:rpus-before'] };
};

act.test(
  'on GitHub the workflow as it is runs all queries on DuckDB without an account; a quicker baseline fails it',
  async () => {
    const host = { repository, aws: withoutAws(aws), variables: { AWS_REGION: '' } };
    const workflow = await releasedWorkflow('warehouse-benchmark');
    const run = async () => {
      const sha = await repository.git('rev-parse', 'HEAD');
      return await runAct(host, workflow, dispatchEvent('main', sha));
    };
    const first = await run();
    expect(first.exitCode === 0 ? '' : first.log).toBe('');
    // Three passes of one user, and five sessions.
    expect(first).toMatchObject({
      jobs: { benchmark: 'success' },
      outputs: { verdict: 'passed', passed: '792', executions: '792' },
    });

    await commitBaseline(0.01);
    const slower = await run();
    expect(slower.jobs).toEqual({ benchmark: 'failure' });
    expect(slower).toMatchObject({ exitCode: 1, outputs: { verdict: 'failed', passed: '792' } });
    expect(slower.log).toContain('slower');
  },
  5 * MINUTES,
);

act.test(
  'on GitHub the same workflow runs them on the workgroup that the variables name, with the role of the stack',
  async () => {
    const variables = {
      AWS_REGION: aws.environment.AWS_REGION,
      AWS_ROLE: await deployStack(),
      BENCHMARK_ENGINE: ON_REDSHIFT.engine,
      BENCHMARK_WORKGROUP: WORKGROUP,
      BENCHMARK_SCALE_FACTOR: ON_REDSHIFT['scale-factor'],
      BENCHMARK_RPUS: '16',
    };
    const sha = await repository.git('rev-parse', 'HEAD');
    const host = { repository, aws: withEngine(aws), variables };
    const result = await runAct(host, await releasedWorkflow('warehouse-benchmark'), dispatchEvent('main', sha));
    expect(result.exitCode === 0 ? '' : result.log).toBe('');
    expect(result.outputs).toMatchObject({ rpus: '16', 'rpus-before': '8', verdict: 'passed', passed: '792' });
    expect(aws.calls().filter(({ operation }) => operation === 'AssumeRole')).not.toEqual([]);
    expect(await capacity()).toEqual({ rpus: 8, note: undefined });
  },
  5 * MINUTES,
);

/** The template in a scheduled pipeline, and a job after it that lists what it left. */
async function pipeline(environment: LocalAws['environment'], inputs: Record<string, string>) {
  const look = { stage: '.post', script: ['cd .headgate/warehouse-benchmark/*/ && find . -type f'] };
  return await runPipeline({
    repository,
    server,
    happening: { kind: 'manual', branch: 'main' },
    variables: { CI_PIPELINE_SOURCE: 'schedule' },
    include: [{ template: 'warehouse-benchmark', inputs: { ...fromServer(server), ...inputs } }],
    jobs: { look },
    environment: { ...environment, ...imageEnvironment(path.dirname(process.execPath)) },
  });
}

rsync.test(
  'on GitLab the template as it is runs all queries on DuckDB without an account, and keeps the report',
  async () => {
    const result = await pipeline(withoutAws(aws).environment, {});
    expect(result.exitCode === 0 ? '' : result.log).toBe('');
    expect(result.outputs).toMatchObject({ verdict: 'passed', passed: '594', executions: '594' });
    for (const file of REPORT_FILES) expect(result.log).toContain(`./${file}`);
  },
  5 * MINUTES,
);

rsync.test(
  'on GitLab the capacity is given back after a good run and after one that is worse than its baseline',
  async () => {
    await deployStack();
    const inputs = {
      ...ON_REDSHIFT,
      rpus: '16',
      'when-done': 'restore',
      queries: '1-5',
      sessions: '2',
      region: aws.environment.AWS_REGION,
    };
    const good = await pipeline(environmentOf(aws), inputs);
    expect(good.exitCode === 0 ? '' : good.log).toBe('');
    expect(good.outputs).toMatchObject({ verdict: 'passed', passed: '15' });
    expect(good.log).toContain('resized from 8 to 16 RPUs');
    expect(await capacity()).toEqual({ rpus: 8, note: undefined });

    const measured = await done(withEngine(aws), 'warehouse-benchmark run', { ...inputs, sessions: '0' });
    await slowed(repository, measured.report ?? '', BASELINE, 0.01);
    await repository.commit({}, 'A baseline');
    const worse = await pipeline(environmentOf(aws), { ...inputs, baseline: BASELINE, minimum: '0' });
    expect(worse).toMatchObject({ exitCode: 1, outputs: { verdict: 'failed', passed: '15' } });
    expect(worse.log).toContain('has its 8 RPUs again');
    expect(await capacity()).toEqual({ rpus: 8, note: undefined });
  },
  5 * MINUTES,
);
