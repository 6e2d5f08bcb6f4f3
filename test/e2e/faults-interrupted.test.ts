import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { Result } from './door.ts';
import { BRANCH, begun, endOf, openScene, type Scene } from './fault-scene.ts';
import { releaseTree } from './release-tree.ts';
import { cleanEnvironment } from './terminal-door.ts';

// A run that is told to stop, or whose time is over. One that is killed without a word is in killed.test.ts.

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 180_000);
afterEach(async () => {
  await scene.aws.reset();
});
afterAll(async () => {
  await scene?.stop();
});

/** Starts an operation and sends it a signal when one of its calls has its answer. */
async function stopped(operation: string, signal: NodeJS.Signals, after: string, inputs: readonly string[] = []) {
  const program = path.join(await releaseTree(), 'dist', 'headgate.js');
  const called = scene.called(after);
  const flags = [...operation.split(' '), `--branch=${BRANCH}`, ...inputs];
  const running = execa(process.execPath, [program, ...flags], {
    cwd: scene.repository.directory,
    env: { ...cleanEnvironment(), ...scene.aws.environment },
    extendEnv: false,
    reject: false,
  });
  await Promise.race([called, running]);
  running.kill(signal);
  return await running;
}

const WAITING = 'DescribeStackEvents';
const TEMPLATE = ['--template=small.yaml'];

test.each([
  ['SIGTERM', 'CreateChangeSet'],
  ['SIGTERM', 'ExecuteChangeSet'],
  ['SIGTERM', WAITING],
  ['SIGINT', WAITING],
] as const)(
  'a deploy that gets %s after %s ends with 130 and says what to do; the next run completes it',
  async (signal, after) => {
    await scene.aws.setPace(0.3);
    const cancelled = await stopped('branch-stack deploy', signal, after, TEMPLATE);
    expect({ code: cancelled.exitCode, signal: cancelled.signal }).toEqual({ code: 130, signal: undefined });
    expect(cancelled.stderr).toContain("'branch-stack deploy' was cancelled");
    expect(cancelled.stderr).toContain(
      'Run it again: it goes on from what it finds. What AWS had begun goes on by itself',
    );

    const next = await scene.deploy();
    expect(['created', 'updated', 'unchanged']).toContain(endOf(next));
    const stack = next.outputs['stack-id'] ?? '';
    expect((await scene.stack(stack))?.StackStatus).toBe('CREATE_COMPLETE');
    expect(begun(await scene.events(stack), 'CREATE_IN_PROGRESS')).toBe(1);
  },
  60_000,
);

/** Seconds that no test waits for: a held stack goes on when the pace is set to 0. */
const HELD = 3600;

/** A run that finds its stack still held, which is let go once it waits. */
async function resumed(run: () => Promise<Result>): Promise<Result> {
  const waiting = scene.called(WAITING);
  const running = run();
  await waiting;
  await scene.aws.setPace(0);
  return await running;
}

test('a destroy that gets SIGTERM in the middle ends with 130; the next run completes it', async () => {
  const deployed = await scene.deploy();
  await scene.aws.setPace(HELD);
  const cancelled = await stopped('branch-stack destroy', 'SIGTERM', 'DeleteStack');
  expect(cancelled.exitCode).toBe(130);
  expect(cancelled.stderr).toContain("'branch-stack destroy' was cancelled");
  expect(endOf(await resumed(() => scene.destroy()))).toBe('destroyed');
  const stack = deployed.outputs['stack-id'] ?? '';
  expect(await scene.stack(stack)).toBeUndefined();
  expect(begun(await scene.events(stack), 'DELETE_IN_PROGRESS')).toBe(1);
}, 60_000);

test('a timeout is a failure that names what still ran; the next run goes on from there', async () => {
  await scene.aws.setPace(HELD);
  const late = await scene.deploy({ timeout: '1s' });
  expect(late.exitCode).toBe(1);
  expect(late.log).toMatch(
    /was still in CREATE_IN_PROGRESS after 1 second; what still ran: \w+ \(CREATE_IN_PROGRESS\)/,
  );
  expect(late.log).toContain("raise 'timeout', or run again: it goes on from where the stack stands");

  const next = await resumed(() => scene.deploy());
  expect(endOf(next)).toBe('unchanged');
  expect(begun(await scene.events(next.outputs['stack-id'] ?? ''), 'CREATE_IN_PROGRESS')).toBe(1);

  await scene.aws.setPace(HELD);
  const lateDestroy = await scene.destroy({ timeout: '1s' });
  expect(lateDestroy.exitCode).toBe(1);
  expect(lateDestroy.log).toMatch(
    /was still in DELETE_IN_PROGRESS after 1 second; what still ran: \w+ \(DELETE_IN_PROGRESS\)/,
  );
  expect(endOf(await resumed(() => scene.destroy()))).toBe('destroyed');
}, 60_000);
