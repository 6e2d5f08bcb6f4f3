import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { tagsOf } from './application.ts';
import type { Result } from './door.ts';
import { begun, endOf, openScene, type Scene } from './fault-scene.ts';

// Two runs of one branch at the same time. Pipelines should forbid it with a concurrency or resource group; where they
// do not, no run harms what the other one made, and each says what happened.

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

const PACE = 0.3;
/** Seconds that no test waits for: a held stack goes on when the pace is set to 0. */
const HELD = 3600;

/** A run that finds its stack still held by another one, which is let go once this one waits for it. */
async function second(command: 'deploy' | 'destroy'): Promise<Result> {
  const waiting = scene.hold('DescribeStackEvents', `branch-stack ${command}`);
  const running = scene[command]();
  await Promise.race([waiting.made, running]);
  waiting.letGo();
  await scene.aws.setPace(0);
  return await running;
}

test('destroyed while it is updated: the update ends first, then the stack goes', async () => {
  const first = await scene.deploy();
  const stack = first.outputs['stack-id'] ?? '';
  await scene.aws.setPace(HELD);
  const executed = scene.called('ExecuteChangeSet');
  const deploying = scene.deploy({ template: 'changed.yaml' });
  await executed;
  const destroyed = await second('destroy');
  expect(endOf(destroyed)).toBe('destroyed');
  expect(destroyed.log).toMatch(/The stack is in UPDATE_IN_PROGRESS; waiting for that to end/);

  const events = await scene.events(stack);
  expect([begun(events, 'UPDATE_IN_PROGRESS'), begun(events, 'UPDATE_COMPLETE')]).toEqual([1, 1]);
  expect(await scene.stack(stack)).toBeUndefined();
  const deployed = await deploying;
  // It may have seen the good end just before the deletion began.
  if (deployed.exitCode === 0) expect(deployed.outputs.status).toBe('updated');
  else expect(deployed.log).toMatch(/it is gone|DELETE_|ended in DELETE/);
}, 60_000);

test('destroyed while it is created: the creation ends, everything goes, and the deploy says so', async () => {
  await scene.aws.setPace(HELD);
  const executed = scene.called('ExecuteChangeSet');
  const deploying = scene.deploy();
  await executed;
  expect(endOf(await second('destroy'))).toBe('destroyed');
  const { Stacks: left = [] } = await scene.cloudFormation.describeStacks({});
  expect(left).toEqual([]);
  const deployed = await deploying;
  if (deployed.exitCode === 0) expect(deployed.outputs.status).toBe('created');
  else expect(deployed.log).toMatch(/it is gone|DELETE_/);
}, 60_000);

test('pushed while it is destroyed: the deletion ends first, then the stack is made anew', async () => {
  const first = await scene.deploy();
  await scene.aws.setPace(HELD);
  const deleted = scene.called('DeleteStack');
  const destroying = scene.destroy();
  await deleted;
  const deployed = await second('deploy');
  expect(endOf(deployed)).toBe('created');
  expect(deployed.log).toContain('The stack is in DELETE_IN_PROGRESS; waiting for that to end');
  expect(deployed.outputs['stack-id']).not.toBe(first.outputs['stack-id']);
  expect((await scene.stack(deployed.outputs['stack-name'] ?? ''))?.StackStatus).toBe('CREATE_COMPLETE');
  const destroyed = await destroying;
  if (destroyed.exitCode === 0) expect(destroyed.outputs.status).toBe('destroyed');
  else expect(destroyed.log).toMatch(/was destroyed, but there is one again/);
}, 60_000);

test('a destroy beside a destroy: one deletion, and both end well', async () => {
  const first = await scene.deploy();
  await scene.aws.setPace(PACE);
  const ends = await Promise.all([scene.destroy(), scene.destroy()]);
  for (const end of ends) expect(['destroyed', 'missing']).toContain(endOf(end));
  expect(begun(await scene.events(first.outputs['stack-id'] ?? ''), 'DELETE_IN_PROGRESS')).toBe(1);
}, 60_000);

test.each(['created', 'updated'] as const)(
  'two deploys at once of a stack that is to be %s: one stack with the tags of the commit, and both end well',
  async (kind) => {
    if (kind === 'updated') await scene.deploy();
    await scene.aws.setPace(PACE);
    const template = kind === 'updated' ? 'changed.yaml' : 'small.yaml';
    const ends = await Promise.all([scene.deploy({ template }), scene.deploy({ template })]);
    expect(ends.map(endOf).sort()).toEqual([kind, 'unchanged'].sort());
    const [stack, ...more] = (await scene.cloudFormation.describeStacks({})).Stacks ?? [];
    expect(more).toEqual([]);
    expect(new Set(ends.map(({ outputs }) => outputs['stack-id']))).toEqual(new Set([stack?.StackId]));
    expect(await tagsOf(scene.aws, stack?.StackName ?? '')).toMatchObject({
      'headgate:commit': await scene.repository.git('rev-parse', 'HEAD'),
    });
    const { Summaries: left = [] } = await scene.cloudFormation.listChangeSets({ StackName: stack?.StackId });
    expect(left.filter(({ ExecutionStatus }) => ExecutionStatus === 'AVAILABLE')).toEqual([]);
  },
  60_000,
);

test.each(['CreateChangeSet', 'ExecuteChangeSet'])(
  'two deploys, one overtaken by the other before its %s: both end well, the stack is made once',
  async (moment) => {
    const held = scene.hold(moment);
    const running = [scene.deploy(), scene.deploy()];
    await Promise.race(running);
    held.letGo();
    const ends = await Promise.all(running);
    expect(ends.map(endOf).sort()).toEqual(['created', 'unchanged']);
    const { Stacks: stacks = [] } = await scene.cloudFormation.describeStacks({});
    expect(stacks.map(({ StackStatus }) => StackStatus)).toEqual(['CREATE_COMPLETE']);
    expect(begun(await scene.events(stacks[0]?.StackId ?? ''), 'CREATE_IN_PROGRESS')).toBe(1);
  },
  60_000,
);

test.each(['CreateChangeSet', 'ExecuteChangeSet'])(
  'a deploy of a stack that is destroyed before its %s makes it anew',
  async (moment) => {
    const first = await scene.deploy();
    const held = scene.hold(moment);
    const deploying = scene.deploy({ template: 'changed.yaml' });
    await held.made;
    expect(endOf(await scene.destroy())).toBe('destroyed');
    held.letGo();
    const deployed = await deploying;
    expect(endOf(deployed)).toBe('created');
    expect(deployed.outputs['stack-id']).not.toBe(first.outputs['stack-id']);
    expect((await scene.stack(deployed.outputs['stack-name'] ?? ''))?.StackStatus).toBe('CREATE_COMPLETE');
  },
  60_000,
);

test('a destroy that an update overtakes before its DeleteStack waits for the update', async () => {
  const first = await scene.deploy();
  await scene.aws.setPace(HELD);
  const deletion = scene.hold('DeleteStack');
  const destroying = scene.destroy();
  await deletion.made;
  const executed = scene.called('ExecuteChangeSet');
  const deploying = scene.deploy({ template: 'changed.yaml' });
  await executed;
  const waiting = scene.hold('DescribeStackEvents', 'branch-stack destroy');
  deletion.letGo();
  await Promise.race([waiting.made, destroying]);
  waiting.letGo();
  await scene.aws.setPace(0);
  expect(endOf(await destroying)).toBe('destroyed');
  await deploying;
  const events = await scene.events(first.outputs['stack-id'] ?? '');
  expect([begun(events, 'UPDATE_IN_PROGRESS'), begun(events, 'UPDATE_COMPLETE')]).toEqual([1, 1]);
  expect(await scene.stack(first.outputs['stack-name'] ?? '')).toBeUndefined();
}, 60_000);
