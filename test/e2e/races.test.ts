import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { tagsOf } from './application.ts';
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

test('destroyed while it is updated: the update ends first, then the stack goes', async () => {
  const first = await scene.deploy();
  const stack = first.outputs['stack-id'] ?? '';
  await scene.aws.setPace(PACE);
  const executed = scene.called('ExecuteChangeSet');
  const deploying = scene.deploy({ template: 'changed.yaml' });
  await executed;
  const destroyed = await scene.destroy();
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
  await scene.aws.setPace(PACE);
  const executed = scene.called('ExecuteChangeSet');
  const deploying = scene.deploy();
  await executed;
  expect(endOf(await scene.destroy())).toBe('destroyed');
  const { Stacks: left = [] } = await scene.cloudFormation.describeStacks({});
  expect(left).toEqual([]);
  const deployed = await deploying;
  if (deployed.exitCode === 0) expect(deployed.outputs.status).toBe('created');
  else expect(deployed.log).toMatch(/it is gone|DELETE_/);
}, 60_000);

test('pushed while it is destroyed: the deletion ends first, then the stack is made anew', async () => {
  const first = await scene.deploy();
  await scene.aws.setPace(PACE);
  const deleted = scene.called('DeleteStack');
  const destroying = scene.destroy();
  await deleted;
  const deployed = await scene.deploy();
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

/** Holds the next call of an operation back for so long that another run comes to its end, or nearly, in the meantime. */
const HELD_BACK = 1_000;
function holdBack(operation: string): void {
  scene.aws.setFaults({ rules: [{ fault: 'latency', milliseconds: HELD_BACK, operation, times: 1 }] });
}

test.each(['CreateChangeSet', 'ExecuteChangeSet'])(
  'two deploys, one overtaken by the other before its %s: both end well, the stack is made once',
  async (moment) => {
    holdBack(moment);
    const ends = await Promise.all([scene.deploy(), scene.deploy()]);
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
    holdBack(moment);
    const described = scene.called('DescribeStacks');
    const deploying = scene.deploy({ template: 'changed.yaml' });
    await described;
    expect(endOf(await scene.destroy())).toBe('destroyed');
    const deployed = await deploying;
    expect(endOf(deployed)).toBe('created');
    expect(deployed.outputs['stack-id']).not.toBe(first.outputs['stack-id']);
    expect((await scene.stack(deployed.outputs['stack-name'] ?? ''))?.StackStatus).toBe('CREATE_COMPLETE');
  },
  60_000,
);

test('a destroy that an update overtakes before its DeleteStack waits for the update', async () => {
  const first = await scene.deploy();
  await scene.aws.setPace(2 * PACE);
  holdBack('DeleteStack');
  const ready = scene.called('ListStackResources');
  const destroying = scene.destroy();
  await ready;
  await scene.deploy({ template: 'changed.yaml' });
  expect(endOf(await destroying)).toBe('destroyed');
  const events = await scene.events(first.outputs['stack-id'] ?? '');
  expect([begun(events, 'UPDATE_IN_PROGRESS'), begun(events, 'UPDATE_COMPLETE')]).toEqual([1, 1]);
  expect(await scene.stack(first.outputs['stack-name'] ?? '')).toBeUndefined();
}, 60_000);
