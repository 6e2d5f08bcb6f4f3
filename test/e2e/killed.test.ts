import path from 'node:path';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { CallWatch } from '../support/call-watch.ts';
import { clientSettings } from './application.ts';
import { releaseTree } from './release-tree.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { cleanEnvironment, openTerminal } from './terminal-door.ts';

let aws: LocalAws;
let repository: ScratchRepository;
const watch = new CallWatch();

beforeAll(async () => {
  aws = await startLocalAws({ interceptors: [watch.interceptor] });
  repository = await createScratchRepository();
}, 180_000);

afterAll(async () => {
  await aws?.stop();
  await repository?.remove();
});

/** Seconds that each resource takes, so that there is a middle in which to kill. */
const PACE = 0.15;
const KILLS = 10;

test('a deploy that is killed at any moment is completed by the next run', async () => {
  const door = await openTerminal(repository, aws);
  const program = path.join(await releaseTree(), 'dist', 'headgate.js');
  const branch = 'killed';
  await repository.startBranch(branch);
  await aws.setPace(PACE);

  // The moments are spread over the whole run by the number of calls that the gateway has seen, not by a clock.
  const calls: number[] = [];
  for (let round = 0; round < KILLS; round++) {
    const before = aws.calls().length;
    const killAt = before + 1 + round * 2;
    const flags = [`--branch=${branch}`, `--component=k${round}`, '--bootstrap=true'];
    const running = execa(process.execPath, [program, 'branch-stack', 'deploy', ...flags], {
      cwd: repository.directory,
      env: { ...cleanEnvironment(), ...aws.environment },
      extendEnv: false,
      reject: false,
    });
    await watch.until(() => aws.calls().length >= killAt, running);
    running.kill('SIGKILL');
    const killed = await running;
    expect(killed.signal).toBe('SIGKILL');
    calls.push(aws.calls().length - before);

    const next = await door.run({
      operation: 'branch-stack deploy',
      inputs: { component: `k${round}`, bootstrap: 'true' },
      happening: { kind: 'push', branch, created: false },
    });
    expect(next).toMatchObject({ exitCode: 0 });
    expect(['created', 'updated', 'unchanged']).toContain(next.outputs.status);
    expect(await statusOf(next.outputs['stack-name'] ?? '')).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
    const again = await door.run({
      operation: 'branch-stack deploy',
      inputs: { component: `k${round}` },
      happening: { kind: 'push', branch, created: false },
    });
    expect(again).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
  }
  expect(new Set(calls).size).toBeGreaterThan(KILLS / 2);
}, 180_000);

test('a destroy that is killed in the middle is completed by the next run', async () => {
  const door = await openTerminal(repository, aws);
  const program = path.join(await releaseTree(), 'dist', 'headgate.js');
  for (const extra of [2, 4, 6]) {
    const inputs = { component: `d${extra}`, bootstrap: 'true' };
    await aws.setPace(0);
    const deployed = await door.run({
      operation: 'branch-stack deploy',
      inputs,
      happening: { kind: 'push', branch: 'killed', created: true },
    });
    expect(deployed.exitCode).toBe(0);
    await aws.setPace(PACE);
    const killAt = aws.calls().length + extra;
    const running = execa(
      process.execPath,
      [program, 'branch-stack', 'destroy', '--branch=killed', `--component=d${extra}`],
      {
        cwd: repository.directory,
        env: { ...cleanEnvironment(), ...aws.environment },
        extendEnv: false,
        reject: false,
      },
    );
    await watch.until(() => aws.calls().length >= killAt, running);
    running.kill('SIGKILL');
    expect((await running).signal).toBe('SIGKILL');
    const next = await door.run({
      operation: 'branch-stack destroy',
      inputs: { component: `d${extra}` },
      happening: { kind: 'delete', branch: 'killed' },
    });
    expect(next.exitCode).toBe(0);
    expect(['destroyed', 'missing']).toContain(next.outputs.status);
    expect(await statusOf(deployed.outputs['stack-name'] ?? '')).toBe('gone');
  }
}, 180_000);

async function statusOf(stack: string): Promise<string> {
  try {
    const { Stacks: [found] = [] } = await new CloudFormation(clientSettings(aws)).describeStacks({ StackName: stack });
    return found?.StackStatus ?? 'gone';
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return 'gone';
    throw error;
  }
}
