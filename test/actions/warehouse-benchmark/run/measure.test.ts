import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SessionLost, StatementFailed } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import type { BenchmarkReport, Setting } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { type MeasureRequest, measure, settingOf } from '../../../../actions/warehouse-benchmark/run/measure.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { jumpingClock } from '../../../support/test-clock.ts';
import { querySet, ScriptedEngine } from './scripted-engine.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'measure-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

type Asked = Omit<Setting, 'engine' | 'queries'>;
const ONCE: Asked = { scaleFactor: 0.1, mode: 'measure', sessions: 0, iterations: 1, warmUps: 0 };

interface Options extends Partial<MeasureRequest> {
  readonly asked?: Partial<Asked>;
}

async function run(engine: ScriptedEngine, { asked, ...more }: Options = {}): Promise<BenchmarkReport> {
  const queries = more.queries ?? querySet([1, 2, 3]);
  return await measure({
    run: 'r',
    directory,
    engine,
    queries,
    setting: settingOf(engine, queries, { ...ONCE, ...asked }),
    checksAnswers: true,
    clock: jumpingClock(),
    log: memoryHost().log,
    signal: new AbortController().signal,
    write: async () => {},
    ...more,
  });
}

/** `part/session/iteration query status` of each execution. */
const told = ({ executions }: BenchmarkReport) =>
  executions.map(({ part, session, iteration, query, status }) => `${part}/${session}/${iteration} ${query} ${status}`);

test('warm-ups, then the passes of the single user, then all sessions in their own orders', async () => {
  const engine = new ScriptedEngine();
  const report = await run(engine, { asked: { sessions: 2, iterations: 2, warmUps: 1 } });
  const passes = ['warm-up/1/1', 'single/1/1', 'single/1/2'];
  expect(told(report).slice(0, 9)).toEqual(passes.flatMap((pass) => [1, 2, 3].map((n) => `${pass} ${n} passed`)));
  const concurrent = report.executions.filter(({ part }) => part === 'concurrent');
  const order = (session: number) => concurrent.filter((each) => each.session === session).map(({ query }) => query);
  expect([order(1), order(2)]).toEqual([
    [2, 3, 1],
    [3, 1, 2],
  ]);
  expect(report.concurrentWallMs).toBeGreaterThan(0);
  expect(engine.opened).toEqual(['single', 'session-1', 'session-2']);
  expect([...engine.closed].sort()).toEqual(['session-1', 'session-2', 'single']);
});

test('a query that fails or takes too long is a result, and the others run', async () => {
  const engine = new ScriptedEngine(({ sql }) =>
    sql === 'q1'
      ? new StatementFailed('failed', 'table missing')
      : sql === 'q2'
        ? new StatementFailed('timed-out', 'longer than 1 s', 1000)
        : [['1']],
  );
  const report = await run(engine, { asked: { sessions: 1 } });
  expect(told(report).slice(0, 3)).toEqual(['single/1/1 1 failed', 'single/1/1 2 timed-out', 'single/1/1 3 passed']);
  expect(report.executions[0]).toMatchObject({ message: 'table missing', durationMs: 0, rows: 0 });
  expect(report.executions[1]).toMatchObject({ message: 'longer than 1 s', durationMs: 1000 });
  expect(report.executions).toHaveLength(6);
});

test('the statements of a query are measured together, each with its fingerprint', async () => {
  const engine = new ScriptedEngine(({ sql }) => (sql === 'a' ? [['1'], ['2']] : [['x']]));
  const report = await run(engine, { queries: querySet([14], () => ['a', 'b']) });
  expect(report.executions[0]).toMatchObject({
    statements: 2,
    durationMs: 20,
    rows: 3,
    fingerprints: [
      { rows: 2, columns: [{ kind: 'numbers', sum: 3 }] },
      { rows: 1, columns: [{ kind: 'texts' }] },
    ],
  });
});

test('without the check of answers no rows are read', async () => {
  const report = await run(new ScriptedEngine(), { checksAnswers: false });
  expect(report.executions.map(({ fingerprints, answer }) => [fingerprints, answer])).toEqual(
    Array(3).fill([undefined, 'unknown']),
  );
});

test('a lost session is opened anew, and its query runs again from its first statement', async () => {
  const engine = new ScriptedEngine(({ number }) => (number === 4 ? new SessionLost('gone') : [['1']]));
  const report = await run(engine, { queries: querySet([1, 2], (n) => [`q${n}a`, `q${n}b`]) });
  expect(engine.ran).toEqual(['q1a', 'q1b', 'q2a', 'q2b', 'q2a', 'q2b'].map((sql) => `single: ${sql}`));
  expect(engine.opened).toEqual(['single', 'single']);
  expect(report.executions[1]).toMatchObject({ query: 2, status: 'passed', repeats: 1, durationMs: 20, rows: 2 });
});

test('a query that loses its session every time fails, and the next one has a session again', async () => {
  const engine = new ScriptedEngine(({ sql }) => (sql === 'q2' ? new SessionLost('gone') : [['1']]));
  const report = await run(engine);
  expect(told(report)).toEqual(['single/1/1 1 passed', 'single/1/1 2 failed', 'single/1/1 3 passed']);
  expect(report.executions[1]).toMatchObject({ message: 'the session was lost 3 times: gone', repeats: 2 });
});

test('too many sessions end the run before a query of theirs runs, and what was measured stays', async () => {
  const engine = new ScriptedEngine();
  engine.onOpen = (label) => {
    if (label === 'session-3') throw new OperationFailed({ what: 'No further session' });
  };
  const asked = { sessions: 3 };
  await expect(run(engine, { asked })).rejects.toThrow('No further session');
  expect(engine.ran).toEqual(['single: q1', 'single: q2', 'single: q3']);
  expect(engine.closed).toEqual(['single', 'session-1', 'session-2']);
  engine.onOpen = () => {};
  const report = await run(engine, { asked });
  expect(report.resumed).toBe(true);
  expect(engine.ran.slice(0, 4)).toEqual(['single: q1', 'single: q2', 'single: q3', 'session-1: q2']);
  expect(told(report)).toHaveLength(12);
});

test('a run that is cancelled in the middle goes on after the last query that had ended', async () => {
  const controller = new AbortController();
  const engine = new ScriptedEngine(({ sql }) => {
    if (sql === 'q2' && !controller.signal.aborted) {
      controller.abort(new Error('cancelled'));
      return new StatementFailed('failed', 'interrupted');
    }
    return [['1']];
  });
  await expect(run(engine, { signal: controller.signal })).rejects.toThrow('cancelled');
  const report = await run(engine);
  expect(engine.ran).toEqual(['q1', 'q2', 'q2', 'q3'].map((sql) => `single: ${sql}`));
  expect(told(report)).toEqual([1, 2, 3].map((n) => `single/1/1 ${n} passed`));
});

test('a run whose report could not be written has not ended: it is gone on with, and runs nothing twice', async () => {
  const engine = new ScriptedEngine();
  const write = async () => {
    throw new Error('no space left on device');
  };
  await expect(run(engine, { write, asked: { sessions: 2 } })).rejects.toThrow('no space left on device');
  const ran = engine.ran.length;
  const reports: BenchmarkReport[] = [];
  await run(engine, { asked: { sessions: 2 }, write: async (report) => void reports.push(report) });
  expect(engine.ran).toHaveLength(ran);
  expect(reports.map((report) => report.executions.length)).toEqual([9]);
});

test('a run with the same name in another process is refused', async () => {
  const engine = new ScriptedEngine();
  const inside = new Promise<void>((resolve, reject) => {
    engine.onOpen = () => {
      const owner = readFileSync(path.join(directory, 'running'), 'utf8');
      if (owner === String(process.pid)) resolve();
      else reject(new Error(`the lock says ${owner}`));
    };
  });
  await run(engine);
  await inside;
  expect(existsSync(path.join(directory, 'running'))).toBe(false);
});

test('an answer that came from the result cache is told as such', async () => {
  const engine = new ScriptedEngine();
  engine.knownDetails.set('statement-1', { fromCache: false, queueMs: 1, compileMs: 2, executionMs: 3 });
  engine.knownDetails.set('statement-2', { fromCache: true });
  const report = await run(engine);
  expect(told(report)).toEqual(['single/1/1 1 passed', 'single/1/1 2 from-cache', 'single/1/1 3 passed']);
  expect(report.executions[0]).toMatchObject({ queueMs: 1, compileMs: 2, executionMs: 3 });
});

test('known answers are compared: at scale factor 0.01 a made-up row is wrong', async () => {
  const report = await run(new ScriptedEngine(), { asked: { scaleFactor: 0.01 } });
  expect(report.executions[0]).toMatchObject({ status: 'wrong-answer', answer: 'wrong' });
  const unchecked = querySet([1]);
  const other = await run(new ScriptedEngine(), {
    asked: { scaleFactor: 0.01 },
    directory: path.join(directory, 'other'),
    queries: { ...unchecked, forQualification: false },
  });
  expect(other.executions[0]).toMatchObject({ status: 'passed', answer: 'unknown' });
});

test('plans are stored and nothing is run', async () => {
  const engine = new ScriptedEngine(() => [['XN Limit'], ['  ->  XN Seq Scan']]);
  const queries = querySet([3, 14], (n) => (n === 14 ? ['a', 'b'] : ['c']));
  await run(engine, { asked: { mode: 'explain' }, queries });
  expect(engine.ran).toEqual(['single: EXPLAIN c', 'single: EXPLAIN a', 'single: EXPLAIN b']);
  const plan = (name: string) => readFileSync(path.join(directory, 'plans', name), 'utf8');
  expect(plan('query-03.txt')).toBe('XN Limit\n  ->  XN Seq Scan\n');
  expect(plan('query-14.txt')).toBe('XN Limit\n  ->  XN Seq Scan\n\n-- statement 2\nXN Limit\n  ->  XN Seq Scan\n');
});
