import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { begun, endOf, openScene, type Scene } from './fault-scene.ts';

// Calls that are refused, lost, or carried out with the answer lost: each run ends well and does nothing twice.

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

const MINUTES = 60_000;

describe('throttling', () => {
  test(
    'of half of all CloudFormation calls: deploy and destroy end well',
    async () => {
      // With this seed no call is refused more than three times in a row: each refusal doubles the pause.
      scene.aws.setFaults({ seed: 147, rules: [{ fault: 'throttle', service: 'cloudformation', probability: 0.5 }] });
      expect(endOf(await scene.deploy())).toBe('created');
      expect(endOf(await scene.destroy())).toBe('destroyed');
      const calls = scene.aws.calls().filter(({ service }) => service === 'cloudformation');
      const refused = calls.filter(({ fault }) => fault === 'throttle');
      expect(refused.length / calls.length).toBeGreaterThan(0.4);
    },
    3 * MINUTES,
  );

  test(
    'of every fifth S3 call (SlowDown): the code is uploaded, the buckets are emptied',
    async () => {
      scene.aws.setFaults({ seed: 19, rules: [{ fault: 'throttle', service: 's3', probability: 0.2 }] });
      const inputs = { template: 'template.yaml', bootstrap: 'true' };
      expect(endOf(await scene.deploy(inputs))).toBe('created');
      expect(endOf(await scene.destroy())).toBe('destroyed');
      expect(scene.aws.calls().some(({ service, fault }) => service === 's3' && fault === 'throttle')).toBe(true);
    },
    // A refused upload once left a request open, which held the process for 75 seconds.
    MINUTES / 2,
  );
});

describe('connections that are reset', () => {
  test.each(['reset', 'reset-after'] as const)(
    'while waiting (%s): the run ends well',
    async (fault) => {
      await scene.aws.setPace(0.1);
      const operation = 'DescribeStackEvents';
      scene.aws.setFaults({ seed: 3, rules: [{ fault, operation, probability: 0.5 }] });
      const deployed = await scene.deploy();
      expect(endOf(deployed)).toBe('created');
      expect(endOf(await scene.destroy())).toBe('destroyed');
      expect(scene.aws.calls().filter((call) => call.fault === fault).length).toBeGreaterThan(1);
    },
    MINUTES,
  );

  test(
    'after CreateChangeSet was carried out: one change set is made, and executed',
    async () => {
      scene.aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'CreateChangeSet', times: 1 }] });
      const deployed = await scene.deploy();
      expect(endOf(deployed)).toBe('created');
      const stack = deployed.outputs['stack-id'] ?? '';
      const { Summaries: left = [] } = await scene.cloudFormation.listChangeSets({ StackName: stack });
      expect(left.filter(({ ExecutionStatus }) => ExecutionStatus === 'AVAILABLE')).toEqual([]);
      expect(begun(await scene.events(stack), 'CREATE_IN_PROGRESS')).toBe(1);

      scene.aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'CreateChangeSet', times: 1 }] });
      expect(endOf(await scene.deploy({ template: 'changed.yaml' }))).toBe('updated');
      expect(begun(await scene.events(stack), 'UPDATE_IN_PROGRESS')).toBe(1);
    },
    MINUTES,
  );

  test.each([0, 0.1])(
    'after ExecuteChangeSet was carried out (%d s a resource): one operation runs',
    async (pace) => {
      await scene.aws.setPace(pace);
      const faults = { rules: [{ fault: 'reset-after', operation: 'ExecuteChangeSet', times: 1 }] } as const;
      scene.aws.setFaults(faults);
      const deployed = await scene.deploy();
      expect(endOf(deployed)).toBe('created');
      const stack = deployed.outputs['stack-id'] ?? '';
      scene.aws.setFaults(faults);
      expect(endOf(await scene.deploy({ template: 'changed.yaml' }))).toBe('updated');
      const events = await scene.events(stack);
      expect([begun(events, 'CREATE_IN_PROGRESS'), begun(events, 'UPDATE_IN_PROGRESS')]).toEqual([1, 1]);
    },
    MINUTES,
  );

  test.each([0, 0.1])(
    'after DeleteStack was carried out (%d s a resource): one deletion runs',
    async (pace) => {
      const deployed = await scene.deploy();
      await scene.aws.setPace(pace);
      scene.aws.setFaults({ rules: [{ fault: 'reset-after', operation: 'DeleteStack', times: 1 }] });
      expect(endOf(await scene.destroy())).toBe('destroyed');
      const stack = deployed.outputs['stack-id'] ?? '';
      expect(await scene.stack(stack)).toBeUndefined();
      expect(begun(await scene.events(stack), 'DELETE_IN_PROGRESS')).toBe(1);
    },
    MINUTES,
  );
});

test(
  'a Region that is down for the whole run: a clear message, exit code 1, and the next run is as if nothing was',
  async () => {
    scene.aws.setFaults({ rules: [{ fault: 'unreachable', region: 'us-east-1' }] });
    const down = await scene.deploy();
    expect(down.exitCode).toBe(1);
    expect(down.log).toContain('could not be reached from this machine');
    expect(down.log).toContain('Check the Region, the network');
    scene.aws.clearFaults();
    expect(endOf(await scene.deploy())).toBe('created');
  },
  3 * MINUTES,
);
