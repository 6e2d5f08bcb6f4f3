import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Execution, Setting } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { Journal, refuseEndedRun } from '../../../../actions/warehouse-benchmark/run/journal.ts';

const SETTING: Setting = {
  engine: { engine: 'duckdb', version: '1.5.5', threads: 2 },
  scaleFactor: 0.01,
  queries: { source: 'a test', digest: 'd'.repeat(64), numbers: [1, 2], hasStreams: false },
  mode: 'measure',
  sessions: 2,
  iterations: 1,
  warmUps: 0,
};
const AT = new Date('2026-12-01T10:00:00Z');
const LATER = new Date('2026-12-01T11:00:00Z');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'journal-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const file = () => path.join(directory, 'journal.jsonl');
const open = (setting: Setting = SETTING, at = AT) => Journal.open(directory, { run: 'r', setting, at });

function execution(query: number, more: Partial<Execution> = {}): Execution {
  return {
    part: 'single',
    session: 1,
    iteration: 1,
    position: query,
    query,
    status: 'passed',
    durationMs: 10,
    startMs: 0,
    wallMs: 11,
    statements: 1,
    rows: 1,
    answer: 'unknown',
    ...more,
  };
}
const recorded = (query: number, more: Partial<Execution> = {}, ids: readonly string[] = [`id-${query}`]) => ({
  execution: execution(query, more),
  statementIds: ids,
});

test('a run that was broken off goes on with what the single user had measured', () => {
  const first = open();
  expect(first.resumed).toBe(false);
  first.add(recorded(1));
  first.close();
  const second = open(SETTING, LATER);
  expect([second.resumed, second.startedAt]).toEqual([true, AT.toISOString()]);
  expect(second.has(execution(1))).toBe(true);
  expect(second.has(execution(2))).toBe(false);
  expect(second.has(execution(1, { iteration: 2 }))).toBe(false);
  second.close();
});

test.each([0, 1, 20, 60])('a last line that was cut by a kill is taken off (%i bytes of it are there)', (kept) => {
  const first = open();
  first.add(recorded(1));
  first.close();
  const whole = readFileSync(file()).length;
  appendFileSync(file(), `${JSON.stringify({ kind: 'execution', ...recorded(2) })}\n`);
  truncateSync(file(), whole + kept);
  const second = open();
  expect(second.executions()).toEqual([execution(1)]);
  second.add(recorded(2));
  second.close();
  const third = open();
  expect(third.executions()).toEqual([execution(1), execution(2)]);
  third.close();
});

test('a concurrent part that was not complete is forgotten, one that was stays', () => {
  const first = open();
  first.add(recorded(1));
  first.beginConcurrent();
  first.add(recorded(1, { part: 'concurrent' }));
  first.close();
  const second = open();
  expect(second.executions()).toEqual([execution(1)]);
  expect(second.concurrentWallMs).toBeUndefined();
  second.beginConcurrent();
  second.add(recorded(2, { part: 'concurrent' }));
  second.endConcurrent(1234.5);
  second.close();
  const third = open();
  expect(third.executions().map(({ part, query }) => [part, query])).toEqual([
    ['single', 1],
    ['concurrent', 2],
  ]);
  expect(third.concurrentWallMs).toBe(1234.5);
  third.close();
});

test('another setting is refused, with what differs', () => {
  open().close();
  expect(() => open({ ...SETTING, sessions: 5, engine: { ...SETTING.engine, version: '1.5.6' } })).toThrow(
    `The run 'r' was begun with another setting: engine.version "1.5.5" and "1.5.6"; sessions 2 and 5`,
  );
  expect(() => open({ ...SETTING, timeoutMs: 1 })).toThrow('timeoutMs nothing and 1');
});

test('a run that has ended is refused, before anything else and when it is opened', () => {
  const journal = open();
  refuseEndedRun(directory, 'r');
  journal.end(LATER);
  journal.close();
  const refusal = `The run 'r' has ended already; its report is in ${directory}`;
  expect(() => refuseEndedRun(directory, 'r')).toThrow(refusal);
  expect(() => open()).toThrow(refusal);
});

test.each(['rubbish\n', '{"kind":"end","at":"2026-12-01"}\n'])('a damaged journal is refused: %j', (content) => {
  writeFileSync(file(), content);
  expect(() => open()).toThrow(`The journal ${file()} is damaged`);
});

test('parts of the durations are added when they are known of all statements', () => {
  const journal = open();
  journal.add(recorded(1, { statements: 2 }, ['a', 'b']));
  journal.add(recorded(2, {}, ['c']));
  expect(journal.statementsWithoutDetails()).toEqual(['a', 'b', 'c']);
  journal.addDetails(new Map([['a', { queueMs: 1, executionMs: 5 }]]));
  expect(journal.executions()).toEqual([execution(1, { statements: 2 }), execution(2)]);
  journal.addDetails(
    new Map([
      ['b', { queueMs: 2, executionMs: 6, compileMs: 1 }],
      ['c', { fromCache: true }],
    ]),
  );
  expect(journal.statementsWithoutDetails()).toEqual([]);
  const expected = [
    execution(1, { statements: 2, queueMs: 3, executionMs: 11 }),
    execution(2, {
      status: 'from-cache',
      message: 'the answer came from the result cache, so that nothing was measured',
    }),
  ];
  expect(journal.executions()).toEqual(expected);
  journal.close();
  const again = open();
  expect(again.executions()).toEqual(expected);
  again.close();
});
