import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StackStatus } from '../../local-aws/stack-status.ts';
import { endOf, openScene, type Scene, TEMPLATES } from './fault-scene.ts';

// A stack in whatever status bad luck has left it: what deploy and destroy do with it, through the program.
// test/lib/aws/cloudformation/status-rows.test.ts plays the rows without it; a lost delete event is in sweep.test.ts.

let scene: Scene;
let name: string;

beforeAll(async () => {
  scene = await openScene();
  name = (await scene.run('branch-stack name')).outputs['stack-name'] ?? '';
}, 180_000);
beforeEach(async () => {
  await scene.aws.reset();
});
afterAll(async () => {
  await scene?.stop();
});

interface Row {
  readonly status: StackStatus;
  readonly deploy: 'created' | 'updated';
  /** How the status is reached when it cannot simply be shown. */
  readonly reach?: () => Promise<void>;
  /** What follows a status that passes. */
  readonly next?: StackStatus;
}

async function shown({ status, next }: Row): Promise<void> {
  expect(endOf(await scene.deploy())).toBe('created');
  const following = next === undefined ? {} : { next: [{ status: next, after: 3 }] };
  await scene.aws.setStackStatus({ region: 'us-east-1', stackName: name, status, ...following });
}

const failed = async (run: Promise<{ exitCode: number }>) => expect((await run).exitCode).toBe(1);
const fail = (logicalId: string, action: 'create' | 'update' | 'delete', more: { skip?: number } = {}) =>
  scene.aws.failResource({ stackName: name, logicalId, action, times: 1, ...more });

/** A change set that nobody executed leaves an empty stack without tags. */
async function review(): Promise<void> {
  const stack = { StackName: name, ChangeSetName: 'left', ChangeSetType: 'CREATE' } as const;
  await scene.cloudFormation.createChangeSet({ ...stack, TemplateBody: TEMPLATES['small.yaml'] });
}

const ROWS: readonly Row[] = [
  { status: 'REVIEW_IN_PROGRESS', deploy: 'created', reach: review },
  {
    status: 'ROLLBACK_COMPLETE',
    deploy: 'created',
    reach: async () => {
      await fail('Second', 'create');
      await failed(scene.deploy());
    },
  },
  {
    status: 'ROLLBACK_FAILED',
    deploy: 'created',
    reach: async () => {
      await fail('Third', 'create');
      await fail('First', 'delete');
      await failed(scene.deploy());
    },
  },
  {
    status: 'UPDATE_ROLLBACK_COMPLETE',
    deploy: 'updated',
    reach: async () => {
      await scene.deploy();
      await fail('Second', 'update');
      await failed(scene.deploy({ template: 'changed.yaml' }));
    },
  },
  {
    status: 'UPDATE_ROLLBACK_FAILED',
    deploy: 'updated',
    reach: async () => {
      await scene.deploy();
      await fail('Third', 'update');
      await fail('First', 'update', { skip: 1 });
      await failed(scene.deploy({ template: 'changed.yaml' }));
    },
  },
  {
    status: 'DELETE_FAILED',
    deploy: 'created',
    reach: async () => {
      await scene.deploy();
      await fail('First', 'delete');
      await failed(scene.destroy());
    },
  },
  { status: 'CREATE_FAILED', deploy: 'created' },
  { status: 'CREATE_COMPLETE', deploy: 'updated' },
  { status: 'UPDATE_COMPLETE', deploy: 'updated' },
  { status: 'UPDATE_FAILED', deploy: 'updated' },
  { status: 'IMPORT_COMPLETE', deploy: 'updated' },
  { status: 'IMPORT_ROLLBACK_COMPLETE', deploy: 'updated' },
  { status: 'CREATE_IN_PROGRESS', deploy: 'updated', next: 'CREATE_COMPLETE' },
  { status: 'ROLLBACK_IN_PROGRESS', deploy: 'created', next: 'ROLLBACK_COMPLETE' },
  { status: 'UPDATE_IN_PROGRESS', deploy: 'updated', next: 'UPDATE_COMPLETE' },
  { status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', deploy: 'updated', next: 'UPDATE_COMPLETE' },
  { status: 'UPDATE_ROLLBACK_IN_PROGRESS', deploy: 'updated', next: 'UPDATE_ROLLBACK_COMPLETE' },
  {
    status: 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    deploy: 'updated',
    next: 'UPDATE_ROLLBACK_COMPLETE',
  },
  { status: 'DELETE_IN_PROGRESS', deploy: 'created', next: 'DELETE_FAILED' },
  { status: 'IMPORT_IN_PROGRESS', deploy: 'updated', next: 'IMPORT_COMPLETE' },
  { status: 'IMPORT_ROLLBACK_IN_PROGRESS', deploy: 'updated', next: 'IMPORT_ROLLBACK_COMPLETE' },
];

describe.each(ROWS)('a stack in $status', (row) => {
  const reach = async () => {
    await (row.reach ?? (() => shown(row)))();
    const { Stacks: [stack] = [] } = await scene.cloudFormation.describeStacks({ StackName: name });
    expect(stack?.StackStatus).toBe(row.status);
    return stack?.StackId ?? '';
  };

  test(`is ${row.deploy} by deploy`, async () => {
    const id = await reach();
    const deployed = await scene.deploy({ template: 'changed.yaml' });
    expect(endOf(deployed)).toBe(row.deploy);
    expect((await scene.stack(name))?.StackStatus).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
    const keepsItsId = row.deploy === 'updated' || row.status === 'REVIEW_IN_PROGRESS';
    expect(deployed.outputs['stack-id'] === id).toBe(keepsItsId);
  });

  test('is removed by destroy', async () => {
    await reach();
    expect(endOf(await scene.destroy())).toBe('destroyed');
    expect(await scene.stack(name)).toBeUndefined();
  });
});

test('a rollback of an import that failed is for a person: deploy says so, destroy removes it', async () => {
  await shown({ status: 'IMPORT_ROLLBACK_FAILED', deploy: 'updated' });
  const explained = await scene.deploy({ template: 'changed.yaml' });
  expect(explained.exitCode).toBe(1);
  expect(explained.log).toContain('An import could not be rolled back. Repair the stack');
  expect((await scene.stack(name))?.StackStatus).toBe('IMPORT_ROLLBACK_FAILED');
  expect(endOf(await scene.destroy())).toBe('destroyed');
});
