import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { streamOrder } from '../../../../actions/warehouse-benchmark/queries/stream-order.ts';

const SESSIONS = Array.from({ length: 20 }, (_, at) => at + 1);
const ASCENDING = Array.from({ length: 99 }, (_, at) => at + 1);

describe('the orders of the streams', () => {
  test('are permutations of 1 to 99, each another one', () => {
    const orders = [0, ...SESSIONS].map(streamOrder);
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(ASCENDING);
    expect(new Set(orders.map(String)).size).toBe(21);
  });

  test("are the article's: the single user in ascending order, the sessions in the order of its 1,980 files", () => {
    expect(streamOrder(0)).toEqual(ASCENDING);
    // Of the numbers in the files' names, folder for folder, as JSON without blanks.
    const digest = createHash('sha256')
      .update(JSON.stringify(SESSIONS.map(streamOrder)))
      .digest('hex');
    expect(digest).toBe('79b8fcec220fb23ed65292af8515c15a48f0aeef73cd86483ea9916cb1fa4f42');
  });

  test.each([
    [1, [96, 7, 75, 44, 39], 76],
    [2, [83, 32, 30, 92, 66], undefined],
    [5, [79, 39, 93, 41, 29], undefined],
    [11, [43, 50, 41, 48, 54], undefined],
    [20, [90, 47, 25, 58, 55], undefined],
  ])('session %d begins with %j', (stream, first, last) => {
    const order = streamOrder(stream);
    expect(order.slice(0, 5)).toEqual(first);
    if (last !== undefined) expect(order.at(-1)).toBe(last);
  });

  test.each([-1, 21, 1.5, Number.NaN])('there is no stream %d', (stream) => {
    expect(() => streamOrder(stream)).toThrow(`there is no stream ${stream}`);
  });
});
