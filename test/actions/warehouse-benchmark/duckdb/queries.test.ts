import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectDuckdb } from '../../../../actions/warehouse-benchmark/engine/duckdb/connect.ts';
import type { Engine, Row, Session } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import { standardTexts } from '../../../../actions/warehouse-benchmark/queries/standard-texts.ts';
import { dataPlace } from '../../../../engines/duckdb/place.ts';
import { type Driver, keptLog, openDriver } from './support.ts';

// The 99 queries, derived from TPC-DS, at scale factor 0.01. Not comparable with published TPC-DS results.

const { signal } = new AbortController();
let engine: Engine;
let direct: Driver;
let texts: ReadonlyMap<number, string>;
/** The rows of each query, by the driver alone. */
const expected = new Map<number, Row[]>();

beforeAll(async () => {
  engine = await connectDuckdb({ scaleFactor: 0.01, sessions: 5, log: keptLog(), signal });
  ({ texts } = await standardTexts({ log: keptLog(), signal }));
  direct = await openDriver(dataPlace(0.01).file, { access_mode: 'READ_ONLY' });
  for (const [number, sql] of texts) {
    const rows = (await direct.runAndReadAll(sql)).getRows();
    expected.set(
      number,
      rows.map((row) => row.map((value) => (value === null ? null : String(value)))),
    );
  }
}, 120_000);
afterAll(async () => {
  direct?.closeSync();
  await engine?.close();
});

/** Runs all queries and compares each with what the driver gives; resolves to how many rows they have. */
async function runAll(session: Session): Promise<number> {
  let sum = 0;
  for (const [number, sql] of texts) {
    const rows: Row[] = [];
    const result = await session.run(sql, { signal, onRows: (batch) => rows.push(...batch) });
    expect({ number, rows: result.rows, values: inOrder(rows) }).toEqual({
      number,
      rows: rows.length,
      values: inOrder(expected.get(number)!),
    });
    expect(result.durationMs).toBeGreaterThan(0);
    sum += rows.length;
  }
  return sum;
}

/** Rows that the query leaves in any order are sorted, and the last digits of floating-point sums depend on threads. */
function inOrder(rows: readonly Row[]): string[] {
  const rounded = (value: string | null) =>
    value !== null && /^-?\d+\.\d{6,}$/.test(value) ? Number(value).toPrecision(9) : value;
  return rows.map((row) => JSON.stringify(row.map(rounded))).sort();
}

test('the texts are those of the extension, 1 to 99', async () => {
  const { source } = await standardTexts({ log: keptLog(), signal });
  expect(source).toBe('DuckDB tpcds 1.5.5');
  expect([...texts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
  for (const text of texts.values()) expect(text).toMatch(/select/i);
});

test('all 99 give the rows of the driver, in one session', async () => {
  const session = await engine.openSession('single user');
  const rows = await runAll(session);
  expect(rows).toBe([...expected.values()].reduce((sum, each) => sum + each.length, 0));
  await session.close();
}, 60_000);

test('and in five sessions at once', async () => {
  const sessions = await Promise.all([1, 2, 3, 4, 5].map((each) => engine.openSession(`user ${each}`)));
  const rows = await Promise.all(sessions.map(runAll));
  expect(new Set(rows).size).toBe(1);
}, 120_000);

test('the facts tell what it ran on, and there are no details', async () => {
  expect(engine.facts).toEqual({ engine: 'duckdb', version: '1.5.5', threads: expect.any(Number) });
  expect(engine.facts.threads).toBeGreaterThan(0);
  expect((await engine.details(['1'])).size).toBe(0);
});
