import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Call, CallLog } from '../../local-aws/calls.ts';

const call: Omit<Call, 'n'> = {
  time: '2026-11-22T00:00:00.000Z',
  service: 's3',
  operation: 'GetObject',
  iamAction: 's3:GetObject',
  region: 'eu-west-1',
  account: '000000000000',
  accessKeyId: '000000000000',
  userAgent: 'test',
  status: 200,
};

test('the log holds the newest calls up to its capacity, in order and without gaps', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), fc.nat(70), (added, capacity, since) => {
      const log = new CallLog(capacity);
      for (let i = 0; i < added; i += 1) log.add(call);
      const first = Math.max(since, added - capacity) + 1;
      const expected = Array.from({ length: Math.max(0, added - first + 1) }, (_, i) => first + i);
      expect(log.since(since).map(({ n }) => n)).toEqual(expected);
      expect(log.count).toBe(Math.min(added, capacity));
    }),
  );
});

test('a cleared log is empty and goes on counting', () => {
  const log = new CallLog(3);
  log.add(call);
  log.clear();
  expect(log.since()).toEqual([]);
  expect(log.add(call).n).toBe(2);
  expect(log.since().map(({ n }) => n)).toEqual([2]);
});
