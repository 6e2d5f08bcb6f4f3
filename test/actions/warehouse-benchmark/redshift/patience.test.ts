import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { patiently } from '../../../../actions/warehouse-benchmark/engine/redshift/patience.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { jumpingClock } from '../../../support/test-clock.ts';
import { failureOf, never } from './warehouse.ts';

// Calls that are made again: which, how often, and what is said when that does not help.

afterEach(() => {
  jest.useRealTimers();
});

function patience() {
  const lines: string[] = [];
  const say = (message: string) => void lines.push(message);
  const log = {
    debug: say,
    info: say,
    warning: say,
    error: say,
    group: async <T>(_: string, work: () => Promise<T>) => await work(),
  };
  return { clock: jumpingClock(), log, workgroup: 'bench', lines };
}

const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const named = (name: string) => Object.assign(new Error('no more'), { name });

/** A call that fails with each of the errors, then answers. */
function failing(...errors: Error[]) {
  const made = { calls: 0 };
  return {
    made,
    call: async () => {
      const error = errors[made.calls];
      made.calls += 1;
      if (error !== undefined) throw error;
      return 'answer';
    },
  };
}

test('a lost connection is tried again, with longer and longer pauses', async () => {
  const parts = patience();
  const { call, made } = failing(reset, reset, reset);
  expect(await patiently(call, parts, never)).toBe('answer');
  expect([made.calls, parts.clock.slept]).toEqual([4, [1000, 3000, 10_000]]);
  expect(parts.lines[0]).toBe('The Data API: read ECONNRESET; again in 1 s');
});

test('a lost connection that stays so ends with what to do', async () => {
  const { call, made } = failing(...Array(10).fill(reset));
  const failure = await failureOf(patiently(call, patience(), never));
  expect(failure).toBeInstanceOf(OperationFailed);
  expect(failure.message).toBe(
    'The Redshift Data API did not answer: read ECONNRESET. Likely cause: the network, or a disturbance of the service. ' +
      'Next: Run again; a benchmark goes on where it stopped',
  );
  expect(made.calls).toBe(4);
});

test.each(['ActiveStatementsExceededException', 'ActiveWaitingRequestsExceededException', 'QueryTimeoutException'])(
  '%s is waited for two minutes',
  async (name) => {
    const parts = patience();
    const { call } = failing(...Array(8).fill(named(name)));
    expect(await patiently(call, parts, never)).toBe('answer');
    expect(parts.clock.slept.reduce((sum, each) => sum + each)).toBe(120_000);
  },
);

test('too many statements end with what to do', async () => {
  const { call, made } = failing(...Array(20).fill(named('ActiveStatementsExceededException')));
  const failure = await failureOf(patiently(call, patience(), never));
  expect(failure.message).toBe(
    "The workgroup 'bench' takes no further statement: no more. " +
      'Likely cause: statements of other users (a workgroup takes 500 that run or wait). ' +
      "Next: Look with 'aws redshift-data list-statements --workgroup-name bench --status STARTED', then run again",
  );
  expect(made.calls).toBe(9);
});

describe('is not tried again', () => {
  test.each([named('ValidationException'), named('AccessDeniedException'), new TypeError('a defect')])(
    '%s',
    async (error) => {
      const { call, made } = failing(error);
      expect(await failureOf(patiently(call, patience(), never))).toBe(error);
      expect(made.calls).toBe(1);
    },
  );

  test('what was broken off', async () => {
    const stop = new AbortController();
    const reason = new Error('stop');
    const call = async (signal: AbortSignal) => {
      stop.abort(reason);
      signal.throwIfAborted();
    };
    expect(await failureOf(patiently(call, patience(), stop.signal))).toBe(reason);
  });
});

test('a connection that fell silent is given up after two minutes, and the call made again', async () => {
  jest.useFakeTimers();
  let calls = 0;
  const silentAtFirst = (signal: AbortSignal) => {
    calls += 1;
    if (calls > 1) return Promise.resolve('answer');
    return new Promise<string>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('Request aborted')));
    });
  };
  const answer = patiently(silentAtFirst, patience(), never);
  await jest.advanceTimersByTimeAsync(119_000);
  expect(calls).toBe(1);
  await jest.advanceTimersByTimeAsync(2000);
  expect([await answer, calls]).toEqual(['answer', 2]);
});
