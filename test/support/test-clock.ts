import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../lib/operation/define.ts';

/** A clock that stands still until something sleeps on it, and then moves at once. */
export function jumpingClock(start = '2026-11-22T19:49:00.000Z'): Clock & { readonly slept: number[] } {
  let now = Date.parse(start);
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}

/** Real time, with short pauses between two looks at a local server. */
export const quickClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await pause(Math.min(milliseconds, 20), undefined, signal === undefined ? {} : { signal });
  },
};
