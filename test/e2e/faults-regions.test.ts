import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientSettings } from './application.ts';
import { openScene, type Scene } from './fault-scene.ts';

// One Region of three is down for a whole run, and back at the next.

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as const;
const DOWN = 'eu-west-1';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 180_000);
afterAll(async () => {
  await scene?.stop();
});

async function statusIn(region: string): Promise<string | undefined> {
  const client = new CloudFormation({ ...clientSettings(scene.aws), region });
  const { Stacks: stacks = [] } = await client.describeStacks({});
  client.destroy();
  return stacks.find(({ StackName }) => StackName === 'shared')?.StackStatus;
}

const inputs = { template: 'small.yaml', 'stack-name': 'shared', regions: REGIONS.join('\n') };

test('the stack stands in the other two, the one is reported, and the second run completes it', async () => {
  scene.aws.setFaults({ rules: [{ fault: 'unreachable', region: DOWN }] });
  const first = await scene.run('stack deploy', inputs);
  expect(first.exitCode).toBe(1);
  expect(first.log).toContain(DOWN);
  expect(first.log).toContain('could not be reached from this machine');
  scene.aws.clearFaults();
  expect(await Promise.all(REGIONS.map(statusIn))).toEqual(['CREATE_COMPLETE', undefined, 'CREATE_COMPLETE']);

  const second = await scene.run('stack deploy', inputs);
  expect(second).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
  expect(await Promise.all(REGIONS.map(statusIn))).toEqual(REGIONS.map(() => 'CREATE_COMPLETE'));

  const third = await scene.run('stack deploy', inputs);
  expect(third).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
}, 180_000);
