import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Figure } from '../../../../actions/warehouse-benchmark/report/figure.ts';
import type { Execution } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { totalsOf } from '../../../../actions/warehouse-benchmark/report/totals.ts';
import { verdictText } from '../../../../actions/warehouse-benchmark/report/verdict.ts';
import { articleReport, executionOf, reportOf, richReport } from './samples.ts';

describe("the article's figures", () => {
  const totals = totalsOf(articleReport());

  test('911 s over 99 queries is a mean of 9.202 s, the longest is query 67 with 101 s', () => {
    expect(totals.single!.sum).toMatchObject({
      value: 911_000,
      counted: 99,
      of: 99,
      formula: 'sum of 99 queries = 911.000 s',
    });
    expect(totals.single!.mean.value).toBeCloseTo(9202.02, 2);
    expect(totals.single!.mean.formula).toBe('911.000 s / 99 queries = 9.202 s');
    expect(totals.single!.max).toMatchObject({ value: 101_000, query: 67, formula: 'query 67: 101.000 s' });
    expect(totals.single!.queriesPerHour.value).toBeCloseTo(391.2, 1);
  });

  test('five sessions in 1,715 s are 1.8825 times the single user, and 1,039 queries an hour', () => {
    const concurrent = totals.concurrent!;
    expect(concurrent.wallClock.value).toBe(1_715_000);
    expect(concurrent.timesSingle!.value).toBeCloseTo(1.88255, 4);
    expect(concurrent.timesSingle!.formula).toBe('1,715.000 s / 911.000 s of one single-user pass = 1.8825');
    expect(concurrent.queriesPerHour).toMatchObject({
      counted: 495,
      of: 495,
      formula: '495 executions / 1,715.000 s × 3,600 s = 1,039 queries/h',
    });
    expect(concurrent.queriesPerHour.value! / totals.single!.queriesPerHour.value!).toBeCloseTo(2.66, 2);
  });

  test.each([
    [0.36, '$11.66', '$21.95', '$0.36'],
    [0.375, '$12.15', '$22.87', '$0.375'],
    [0.5, '$16.20', '$30.49', '$0.50'],
  ])('at %p a RPU-hour they cost %s and %s', (price, single, concurrent, shown) => {
    const { cost } = totalsOf(articleReport(price));
    expect(cost!.single!.formula).toBe(`128 RPUs × 911.000 s / 3,600 × ${shown} = ${single}`);
    expect(cost!.concurrent!.formula).toBe(`128 RPUs × 1,715.000 s / 3,600 × ${shown} = ${concurrent}`);
    expect(cost!.total.value).toBeCloseTo((128 * (911 + 1715) * price) / 3600, 9);
  });

  test('it passed', () => {
    expect(totals.verdict.outcome).toBe('passed');
    expect(verdictText(totals.verdict)).toBe('594 of 594 executions passed');
  });
});

test("the scripts' README adds the sum and the largest session sum: 5m26.085s + 6m53.054s = 12m19.139s", () => {
  const concurrent = (session: number, durationMs: number) =>
    executionOf({ part: 'concurrent', session, query: 1, position: 1, durationMs });
  const report = reportOf({ numbers: [1], sessions: 3 }, [
    executionOf({ query: 1, position: 1, durationMs: 326_085 }),
    concurrent(1, 400_000),
    concurrent(2, 413_054),
    concurrent(3, 413_053),
  ]);
  const { concurrent: together, sumAndLargestSession } = totalsOf(report);
  expect(together!.largestSessionSum).toMatchObject({ value: 413_054, session: 2, counted: 1, of: 1 });
  expect(sumAndLargestSession!.value).toBe(739_139);
  expect(sumAndLargestSession!.formula).toBe('5m26.085s + 6m53.054s = 12m19.139s (739.139 s)');
  // It is not the wall clock, which this report does not tell.
  expect(together!.wallClock).toMatchObject({ formula: 'the report does not tell the wall clock', counted: 3 });
  expect(together!.wallClock.value).toBeUndefined();
  expect(together!.queriesPerHour.value).toBeUndefined();
});

describe('several passes', () => {
  const totals = totalsOf(richReport());
  const query = (number: number) => totals.single!.queries.find(({ query }) => query === number)!;

  test('each query has its least, median and spread', () => {
    expect(query(67)).toMatchObject({
      minMs: 101_000,
      medianMs: 102_000,
      maxMs: 103_000,
      spreadMs: 2000,
      passed: 2,
      complete: true,
    });
    expect(query(1)).toMatchObject({ medianMs: 1200, queueMs: 15, compileMs: 45, executionMs: 1140 });
  });

  test('a query of which one pass failed enters no mean, and every figure says so', () => {
    const { single } = totals;
    expect(query(14)).toMatchObject({ passed: 1, planned: 2, complete: false, medianMs: 2000 });
    expect(query(14)).not.toHaveProperty('spreadMs');
    const figures: readonly Figure[] = [
      single!.sum,
      single!.mean,
      single!.geometricMean,
      single!.p50,
      single!.p90,
      single!.p95,
      single!.max,
    ];
    expect(figures.map(({ counted, of, what }) => `${counted} of ${of} ${what}`)).toEqual(
      Array(7).fill('2 of 3 queries'),
    );
    expect(single!.sum.value).toBe(103_200);
    expect(single!.sum.formula).toBe('sum of 2 queries, each with the median of its 2 passes = 103.200 s');
    expect(single!.geometricMean.value).toBeCloseTo(Math.sqrt(1200 * 102_000), 6);
  });

  test('the wall clock counts what failed too, queries an hour only what passed', () => {
    expect(totals.single!.wallClock).toMatchObject({ value: 208_900, counted: 6, of: 6 });
    expect(totals.single!.queriesPerHour).toMatchObject({ counted: 5, of: 6 });
  });

  test('the parts that the engine tells are added', () => {
    expect(totals.single!.compile).toMatchObject({ value: 45, counted: 1, of: 3 });
  });

  test('sessions count what passed, and their time from start to end', () => {
    expect(
      totals.concurrent!.sessions.map(({ sum, elapsedMs }) => [sum.value, sum.counted, sum.of, elapsedMs]),
    ).toEqual([
      [203_001, 2, 3, 503_095],
      [203_002, 2, 3, 207_095],
    ]);
    expect(totals.concurrent!.timesSingle!.formula).toBe('503.200 s / 104.450 s of one single-user pass = 4.8176');
  });

  test('warm-ups cost, and parts of less than a minute cost a minute', () => {
    expect(totals.cost!.warmUp!.formula).toBe(
      '128 RPUs × 60.000 s (the least that is billed; it took 27.000 s) / 3,600 × $0.375 = $0.80',
    );
    expect(totals.cost!.total.formula).toBe('$0.80 + $2.79 + $6.71 = $10.29');
  });

  test('the verdict counts by status, without warm-ups', () => {
    expect(totals.verdict.outcome).toBe('failed');
    expect(verdictText(totals.verdict)).toBe('9 of 12 executions passed; 1 gave a wrong answer; 1 failed; 1 timed out');
  });
});

test('a duration of zero has no place in a geometric mean, and the count and the formula say so', () => {
  const report = reportOf({ numbers: [1, 2, 3] }, [
    executionOf({ query: 1, durationMs: 0 }),
    executionOf({ query: 2, durationMs: 4 }),
    executionOf({ query: 3, durationMs: 9 }),
  ]);
  const { geometricMean, mean } = totalsOf(report).single!;
  expect(geometricMean).toMatchObject({ counted: 2, of: 3 });
  expect(geometricMean.value).toBeCloseTo(6, 9);
  expect(geometricMean.formula).toBe(
    'exp(sum of ln(ms) 3.5835 / 2) = 6.000 ms; 1 of 0 ms left out, which have no logarithm',
  );
  expect(mean).toMatchObject({ counted: 3, of: 3 });
});

test('nothing that passed gives no value, and says why', () => {
  const report = reportOf({ numbers: [1, 2], pricePerRpuHour: 0.36 }, [
    executionOf({ query: 1, durationMs: 7, status: 'from-cache' }),
  ]);
  const totals = totalsOf(report);
  const { queries, wallClock, ...figures } = totals.single!;
  for (const figure of Object.values(figures)) {
    expect(figure).not.toHaveProperty('value');
    expect(figure).toMatchObject({ counted: 0, formula: expect.stringContaining('no query passed') });
  }
  expect(queries.map(({ faults }) => faults.map(({ status }) => status))).toEqual([['from-cache'], ['not-run']]);
  expect(wallClock).toMatchObject({ value: 7, counted: 1, of: 2 });
  expect(verdictText(totals.verdict)).toBe('0 of 2 executions passed; 1 came from the result cache; 1 did not run');
});

test('parts that were left out are absent, and a report of nothing has not passed', () => {
  const totals = totalsOf(reportOf({ numbers: [1], iterations: 0 }, []));
  expect(Object.keys(totals)).toEqual(['verdict']);
  expect(totals.verdict.outcome).toBe('failed');
});

test('plans have no times', () => {
  const report = reportOf({ numbers: [1], mode: 'explain', pricePerRpuHour: 1 }, [
    executionOf({ query: 1, durationMs: 7 }),
  ]);
  expect(totalsOf(report)).toEqual({ verdict: expect.objectContaining({ outcome: 'passed' }) });
});

test.each([
  ['the price', { pricePerRpuHour: undefined }],
  ['the capacity', { engine: { engine: 'duckdb', version: '1.5.5', threads: 2 }, pricePerRpuHour: 0.36 }],
] as const)('without %s there is no cost', (_, { pricePerRpuHour, ...engine }) => {
  const setting = { numbers: [1], ...engine, ...(pricePerRpuHour === undefined ? {} : { pricePerRpuHour }) };
  expect(totalsOf(reportOf(setting, [executionOf({ query: 1, durationMs: 7 })]))).not.toHaveProperty('cost');
});

test('an imported report does not tell how long a session lasted', () => {
  const engine = { engine: 'imported', version: 'old scripts' } as const;
  const report = reportOf({ numbers: [1], engine, iterations: 0, sessions: 1 }, [
    executionOf({ part: 'concurrent', query: 1, durationMs: 5 }),
  ]);
  expect(totalsOf(report).concurrent!.sessions[0]).not.toHaveProperty('elapsedMs');
});

test('totals lie where they must, whatever the durations and whatever failed', () => {
  const status = fc.constantFrom<Execution['status']>('passed', 'passed', 'passed', 'failed');
  const measured = fc.array(fc.record({ durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }), status }), {
    minLength: 1,
    maxLength: 99,
  });
  fc.assert(
    fc.property(measured, (given) => {
      const executions = given.map((each, index) => executionOf({ query: index + 1, ...each }));
      const { single, verdict } = totalsOf(reportOf({ numbers: executions.map(({ query }) => query) }, executions));
      const passed = executions.filter((each) => each.status === 'passed').map(({ durationMs }) => durationMs);
      const { sum, mean, geometricMean, p50, p90, p95, max } = single!;
      expect([sum.counted, mean.counted, verdict.counts.passed]).toEqual(Array(3).fill(passed.length));
      expect(verdict.outcome).toBe(passed.length === given.length ? 'passed' : 'failed');
      if (passed.length === 0) return;
      const slack = 1 + 1e-9;
      expect(p50.value!).toBeLessThanOrEqual(p90.value! * slack);
      expect(p90.value!).toBeLessThanOrEqual(p95.value! * slack);
      expect(p95.value!).toBeLessThanOrEqual(max.value! * slack);
      expect(mean.value! * passed.length).toBeCloseTo(sum.value!, 2);
      expect(max.value).toBe(Math.max(...passed));
      if (geometricMean.counted === passed.length)
        expect(geometricMean.value!).toBeLessThanOrEqual(mean.value! * slack);
    }),
    { numRuns: 100 },
  );
});
