import { describe, expect, test } from '@jest/globals';
import { connectAws } from '../../../lib/aws/clients.ts';
import { connectTargets, contextOf, onTargets, type Target } from '../../../lib/aws/targets.ts';
import { BadInput, Cancelled } from '../../../lib/errors.ts';

const aws = connectAws({
  region: 'eu-central-1',
  roleToAssume: undefined,
  allowedAccountIds: [],
  identityToken: async () => undefined,
  userAgent: { version: '1.2.3', operation: 'stack deploy' },
});
const withoutRegion = connectAws({
  region: undefined,
  roleToAssume: undefined,
  allowedAccountIds: [],
  identityToken: async () => undefined,
  userAgent: { version: '1.2.3', operation: 'stack deploy' },
  environment: {},
});
const role = (account: string) => `arn:aws:iam::${account}:role/deploy`;
const targets = (regions: readonly string[] = [], roles: readonly string[] = []) =>
  connectTargets(aws, { regions, roles });

describe('the targets', () => {
  test('are the one Region of the job when nothing is given', () => {
    expect(targets()).toEqual([{ label: 'eu-central-1', region: 'eu-central-1', role: undefined, aws }]);
  });

  test('are every role in every Region, in the given order', () => {
    const found = targets(['eu-west-1', 'us-east-1'], [role('222222222222'), role('111111111111')]);
    expect(found.map(({ label }) => label)).toEqual([
      '222222222222/eu-west-1',
      '222222222222/us-east-1',
      '111111111111/eu-west-1',
      '111111111111/us-east-1',
    ]);
    expect(found.map(({ aws: { region } }) => region)).toEqual(['eu-west-1', 'us-east-1', 'eu-west-1', 'us-east-1']);
  });

  test('have the partition of their Region', () => {
    expect(targets(['cn-north-1'])[0]?.aws.partition.id).toBe('aws-cn');
  });

  test('need no Region of the job where Regions are given, with roles or without', () => {
    for (const roles of [[], [role('111111111111')]]) {
      const found = connectTargets(withoutRegion, { regions: ['eu-west-1', 'us-east-1'], roles });
      expect(found.map(({ aws: { region } }) => region)).toEqual(['eu-west-1', 'us-east-1']);
    }
    expect(() => connectTargets(withoutRegion, { regions: [], roles: [] })).toThrow("input 'region': is required");
    expect(() => connectTargets(withoutRegion, { regions: [], roles: [role('111111111111')] })).toThrow(
      "input 'region': is required",
    );
  });

  test('are refused with every problem at once', () => {
    const wrong = () => targets(['x', 'eu-west-1', 'eu-west-1'], ['role', role('111111111111'), role('111111111111')]);
    expect(wrong).toThrow(BadInput);
    expect(wrong).toThrow(
      /'x' is not a Region[\s\S]*named twice[\s\S]*'role' is not a role ARN[\s\S]*second role of account 111111111111/,
    );
  });
});

describe('work on all targets', () => {
  const all = targets(['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1']);
  const never = new AbortController().signal;

  test('goes on when one fails, and keeps the order', async () => {
    const results = await onTargets(all, { parallel: 2, signal: never }, async ({ region }) => {
      if (region === 'eu-west-2') throw new Error('no');
      return region;
    });
    expect(results.map(({ kind }) => kind)).toEqual(['done', 'failed', 'done', 'done']);
    expect(results[3]).toMatchObject({ value: 'eu-north-1' });
  });

  test('is done on no more at once than allowed', async () => {
    let now = 0;
    let most = 0;
    await onTargets(all, { parallel: 3, signal: never }, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    });
    expect(most).toBe(3);
  });

  test('begins with no further one after a cancellation', async () => {
    const controller = new AbortController();
    const results = await onTargets(all, { parallel: 1, signal: controller.signal }, async ({ region }) => {
      if (region !== 'eu-west-2') return;
      controller.abort();
      controller.signal.throwIfAborted();
    });
    expect(results.map(({ kind }) => kind)).toEqual(['done', 'failed', 'not-tried', 'not-tried']);
    expect(results[1]).toMatchObject({ error: expect.any(Cancelled) });
  });
});

test('among several, the lines of a target begin with it', async () => {
  const lines: string[] = [];
  const say = (message: string) => void lines.push(message);
  const log = {
    debug: say,
    info: say,
    warning: say,
    error: say,
    group: async <T>(_: string, work: () => Promise<T>) => await work(),
  };
  const [target] = targets(['eu-west-1']) as [Target];
  contextOf({ aws, log }, target, 2).log.info('created');
  contextOf({ aws, log }, target, 1).log.info('created');
  expect(lines).toEqual(['[eu-west-1] created', 'created']);
});
