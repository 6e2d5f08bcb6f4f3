import type { Tag } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { endOf, openScene, type Scene, TEMPLATES } from './fault-scene.ts';

// A stack that has the name of the branch's stack but is not the branch's: nobody may write to it.

let scene: Scene;
let name: string;
let tags: readonly Tag[];

beforeAll(async () => {
  scene = await openScene();
  const { outputs } = await scene.deploy();
  name = outputs['stack-name'] ?? '';
  tags = (await scene.stack(name))?.Tags ?? [];
}, 180_000);
beforeEach(async () => {
  await scene.aws.reset();
});
afterAll(async () => {
  await scene?.stop();
});

/** Calls that change nothing: whatever else is among the recorded calls is a write. */
const READS = /^(Describe|Get|List|Head)/;

/** The tags of the branch's own stack, with some of them changed; undefined leaves one out. */
function changed(changes: Readonly<Record<string, string | undefined>>): Tag[] {
  const all = { ...Object.fromEntries(tags.map(({ Key = '', Value }) => [Key, Value])), ...changes };
  return Object.entries(all).flatMap(([Key, Value]) => (Value === undefined ? [] : [{ Key, Value }]));
}

const FOREIGN: readonly (readonly [what: string, tags: () => Tag[], says: string])[] = [
  ['without tags', () => [], 'has no tags of Headgate, so somebody else made it'],
  ['with tags of its own', () => [{ Key: 'team', Value: 'data' }], 'has no tags of Headgate'],
  [
    'of another repository',
    () => changed({ 'headgate:repository': 'github.com/octo-org/other' }),
    "belongs to branch 'topic' of github.com/octo-org/other",
  ],
  ['of another branch', () => changed({ 'headgate:ref': 'refs/heads/other' }), "belongs to branch 'other'"],
  ['of a component', () => changed({ 'headgate:component': 'api' }), "belongs to branch 'topic'"],
  [
    'with half of the tags',
    () => changed({ 'headgate:created': undefined }),
    'has tags of Headgate that are not whole',
  ],
  ['with a broken ref', () => changed({ 'headgate:ref': 'topic' }), 'has tags of Headgate that are not whole'],
  ['with a broken time', () => changed({ 'headgate:created': 'yesterday' }), 'has tags of Headgate that are not whole'],
];

test.each(FOREIGN)('a stack %s is refused by deploy and destroy, and nothing is written', async (_, foreign, says) => {
  const Tags = foreign();
  await scene.cloudFormation.createStack({ StackName: name, TemplateBody: TEMPLATES['small.yaml'], Tags });
  const before = await scene.stack(name);
  const events = await scene.events(name);
  const from = scene.lastCall();
  for (const run of [() => scene.deploy({ template: 'changed.yaml', bootstrap: 'true' }), () => scene.destroy()]) {
    const refused = await run();
    expect(refused.exitCode).toBe(1);
    expect(refused.log).toContain(says);
    expect(refused.log).toContain('it is not touched');
  }
  const operations = scene.operations(from);
  expect(operations.length).toBeGreaterThan(1);
  expect(operations.filter((operation) => !READS.test(operation))).toEqual([]);
  expect(await scene.stack(name)).toEqual(before);
  expect(await scene.events(name)).toEqual(events);
});

test('a stack that is protected from termination is not destroyed, and its buckets keep what they hold', async () => {
  expect(endOf(await scene.deploy())).toBe('created');
  await scene.cloudFormation.updateTerminationProtection({ StackName: name, EnableTerminationProtection: true });
  const from = scene.lastCall();
  const refused = await scene.destroy();
  expect(refused.exitCode).toBe(1);
  expect(refused.log).toContain('is protected from termination');
  expect(scene.operations(from).filter((operation) => !READS.test(operation))).toEqual([]);
  expect((await scene.stack(name))?.StackStatus).toBe('CREATE_COMPLETE');
});
