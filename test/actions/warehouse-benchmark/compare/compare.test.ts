import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareReports } from '../../../../actions/warehouse-benchmark/compare/compare.ts';
import type { Comparison } from '../../../../actions/warehouse-benchmark/compare/comparison.ts';
import { findingsOf } from '../../../../actions/warehouse-benchmark/compare/findings.ts';
import { reasonsToFail } from '../../../../actions/warehouse-benchmark/compare/outcome.ts';
import type { BenchmarkReport } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { benchmarkReport, numbers, type Ran } from './reports.ts';

const OPTIONS = { thresholdPercent: 10, minimumMs: 50 };
const EXACT = { thresholdPercent: 10, minimumMs: 0 };

function verdicts({ queries }: Comparison): Readonly<Record<string, string>> {
  return Object.fromEntries(queries.map(({ part, query, verdict }) => [`${part} ${query}`, verdict]));
}

/** Compares two times of one query. */
function one(current: readonly Ran[], baseline: readonly Ran[], options = OPTIONS): string | undefined {
  const compared = compareReports(
    benchmarkReport({ single: { 1: current } }),
    benchmarkReport({ single: { 1: baseline } }),
    options,
  );
  return compared.queries[0]?.verdict;
}

function texts(comparison: Comparison): readonly string[] {
  return findingsOf(comparison).worse.map(({ text }) => text);
}

// A thousandth of a millisecond is the least that engines tell.
const durationMs = fc.integer({ min: 1, max: 10_000_000_000 }).map((micros) => micros / 1000);
const outcome = fc.oneof(
  { weight: 8, arbitrary: durationMs as fc.Arbitrary<Ran> },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Ran>({ status: 'failed' }, { status: 'timed-out' }, { status: 'from-cache' }),
  },
);

/** Two reports of the same setting. */
const pair: fc.Arbitrary<readonly [BenchmarkReport, BenchmarkReport]> = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 0, max: 3 }),
  )
  .chain(([queries, iterations, sessions]) => {
    const report = fc
      .tuple(
        fc.tuple(...queries.map(() => fc.array(outcome, { minLength: iterations, maxLength: iterations }))),
        fc.array(fc.tuple(...queries.map(() => outcome)), { minLength: sessions, maxLength: sessions }),
        fc.option(durationMs, { nil: undefined }),
      )
      .map(([single, concurrent, wall]) =>
        benchmarkReport({
          single: Object.fromEntries(queries.map((query, index) => [query, single[index] ?? []])),
          sessions: concurrent.map((session) =>
            Object.fromEntries(queries.map((query, index) => [query, session[index] ?? 1])),
          ),
          ...(wall === undefined || sessions === 0 ? {} : { concurrentWallMs: wall }),
        }),
      );
    return fc.tuple(report, report);
  });
const options = fc.record({
  thresholdPercent: fc.integer({ min: 0, max: 100 }),
  minimumMs: fc.integer({ min: 0, max: 1000 }),
});

const OPPOSITE: Readonly<Record<string, string>> = {
  faster: 'slower',
  slower: 'faster',
  'newly failing': 'newly passing',
  'newly passing': 'newly failing',
};

describe('for all reports', () => {
  test('one against itself is the same, with a ratio of one', () => {
    fc.assert(
      fc.property(pair, options, ([report], given) => {
        const { verdict, queries, answers, totals } = compareReports(report, report, given);
        expect(verdict).toBe('same');
        expect(answers).toEqual([]);
        expect(queries.filter((each) => !['same', 'still failing', 'missing'].includes(each.verdict))).toEqual([]);
        for (const { times } of queries) expect(times?.ratio ?? 1).toBe(1);
        for (const total of [totals.sum, totals.geometricMean, totals.concurrent]) {
          expect([total?.ratio ?? 1, total?.verdict ?? 'same']).toEqual([1, 'same']);
        }
      }),
    );
  });

  test('exchanging the two turns every verdict round', () => {
    fc.assert(
      fc.property(pair, options, ([current, baseline], given) => {
        const there = compareReports(current, baseline, given);
        const back = compareReports(baseline, current, given);
        const both = (state: string) => (compared: Comparison) =>
          compared.queries.filter(({ current: now, baseline: was }) => now.state !== state && was.state !== state);
        // What was measured in one report and is missing in the other has no opposite.
        const turned = both('missing')(there).map(({ query, part, verdict }) => [
          part,
          query,
          OPPOSITE[verdict] ?? verdict,
        ]);
        expect(both('missing')(back).map(({ query, part, verdict }) => [part, query, verdict])).toEqual(turned);
        for (const total of ['sum', 'geometricMean', 'concurrent'] as const) {
          const [first, second] = [there.totals[total], back.totals[total]];
          expect(second?.verdict).toBe(first === undefined ? undefined : (OPPOSITE[first.verdict] ?? first.verdict));
          expect((first?.ratio ?? 1) * (second?.ratio ?? 1)).toBeCloseTo(1, 9);
        }
      }),
    );
  });

  test('a k times slower run has the ratio k everywhere', () => {
    fc.assert(
      fc.property(pair, fc.constantFrom(2, 4, 0.5, 1024), ([report], k) => {
        const scaled: BenchmarkReport = {
          ...report,
          executions: report.executions.map((each) => ({ ...each, durationMs: each.durationMs * k })),
          ...(report.concurrentWallMs === undefined ? {} : { concurrentWallMs: report.concurrentWallMs * k }),
        };
        const { queries, totals } = compareReports(scaled, report, EXACT);
        for (const { times } of queries) if (times !== undefined) expect(times.ratio).toBeCloseTo(k, 9);
        for (const total of [totals.sum, totals.geometricMean, totals.concurrent]) {
          if (total !== undefined) expect(total.ratio / k).toBeCloseTo(1, 9);
        }
      }),
    );
  });

  test('noise inside the band never regresses', () => {
    const noisy = fc.tuple(
      durationMs,
      fc.integer({ min: 0, max: 50 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 7 }),
    );
    fc.assert(
      fc.property(
        fc.array(noisy, { minLength: 1, maxLength: 8 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 7 }),
        (queries, repeats) => {
          const threshold = 10;
          // Every repeat of either run lies between a time and that time and a tenth.
          const run = (shares: (own: readonly number[]) => readonly number[]) =>
            benchmarkReport({
              single: Object.fromEntries(
                queries.map(([ms, , own], index) => [index + 1, shares(own).map((share) => ms * (1 + 0.0999 * share))]),
              ),
              setting: { iterations: 7 },
            });
          const { verdict } = compareReports(
            run(() => repeats),
            run((own) => own),
            { thresholdPercent: threshold, minimumMs: 0 },
          );
          expect(verdict).toBe('same');
        },
      ),
    );
  });
});

describe('a query', () => {
  test.each([
    [1099, 1000, 'same'],
    [1101, 1000, 'slower'],
    [909.2, 1000, 'same'],
    [909, 1000, 'faster'],
    [149, 100, 'same'],
    [150, 100, 'slower'],
    [50, 100, 'faster'],
    [51, 100, 'same'],
  ])('that took %d ms, %d before, is %s with 10 %% and 50 ms', (now, was, verdict) => {
    expect(one([now], [was])).toBe(verdict);
  });

  test('has a band as wide as its repeats are apart', () => {
    // Deviations of 100: three standard deviations are 444.78 of 1000.
    const noisy = [900, 1000, 1100];
    expect(one([1440, 1440, 1440], noisy)).toBe('same');
    expect(one([1450, 1450, 1450], noisy)).toBe('slower');
    expect(one(noisy, [1440, 1440, 1440])).toBe('same');
    expect(one([1450, 1450, 1450], [1000, 1000, 1000])).toBe('slower');
  });

  test('that is three times slower is not hidden by one repeat that was quick', () => {
    expect(one([1000, 3000, 3100], [1000, 1000, 1000])).toBe('slower');
    expect(one([1000, 1000, 3000], [1000, 1000, 1000])).toBe('same');
  });

  test.each<[string, readonly Ran[], readonly Ran[]]>([
    ['newly failing', [{ status: 'failed', message: 'out of memory' }], [1000]],
    ['newly failing', [1000, { status: 'timed-out' }], [1000, 1000]],
    ['newly failing', [{ status: 'wrong-answer' }], [1000]],
    ['newly passing', [1000], [{ status: 'failed' }]],
    ['still failing', [{ status: 'failed' }], [{ status: 'wrong-answer' }]],
    ['missing', [{ status: 'from-cache', durationMs: 1 }], [1000]],
    ['missing', [1000], [{ status: 'from-cache', durationMs: 1 }]],
    ['missing', [{ durationMs: 0 }], [1000]],
  ])('is %s', (verdict, current, baseline) => {
    expect(one(current, baseline)).toBe(verdict);
  });

  test('that failed in one report enters no ratio and no sum', () => {
    const compared = compareReports(
      benchmarkReport({ single: { 1: [{ status: 'timed-out', durationMs: 1 }], 2: [1000], 3: [500] } }),
      benchmarkReport({ single: { 1: [90_000], 2: [1000], 3: [{ status: 'failed', durationMs: 70_000 }] } }),
      OPTIONS,
    );
    expect(compared.totals).toMatchObject({
      measured: 1,
      queries: 3,
      sum: { currentMs: 1000, baselineMs: 1000, ratio: 1 },
      geometricMean: { ratio: 1, verdict: 'same' },
    });
    expect(compared.queries.map(({ times }) => times?.ratio)).toEqual([undefined, 1, undefined]);
    expect(compared.verdict).toBe('regression');
  });

  test('that answered from the result cache is not taken for a quick one', () => {
    const compared = compareReports(
      benchmarkReport({ single: { 1: [{ status: 'from-cache', durationMs: 3 }] } }),
      benchmarkReport({ single: { 1: [9000] } }),
      OPTIONS,
    );
    expect(texts(compared)).toEqual(['q01: not measured any more: answered from the result cache']);
  });
});

describe('totals', () => {
  test('many small losses are one in the sum, though no query is slower', () => {
    const run = (ms: number) =>
      benchmarkReport({ single: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [index + 1, [ms]])) });
    const compared = compareReports(run(140), run(100), OPTIONS);
    expect(new Set(compared.queries.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
    expect(texts(compared)).toEqual(['sum of 20 queries: slower: 2.800 s, 2.000 s in the baseline (+40.0 %)']);
  });

  test('queries of a few milliseconds do not make the geometric mean a finding', () => {
    const compared = compareReports(
      benchmarkReport({ single: { 1: [3], 2: [9], 3: [5000] } }),
      benchmarkReport({ single: { 1: [2], 2: [5], 3: [5000] } }),
      OPTIONS,
    );
    expect(compared.totals.geometricMean?.ratio).toBeCloseTo((1.5 * 1.8) ** (1 / 3), 12);
    expect(compared.verdict).toBe('same');
  });

  test('the concurrent part counts by its wall clock', () => {
    const run = (wall: number) => benchmarkReport({ sessions: [{ 1: 1000 }, { 1: 1000 }], concurrentWallMs: wall });
    const compared = compareReports(run(3000), run(2000), OPTIONS);
    expect(compared.totals.concurrent).toEqual({
      of: 'wall clock',
      currentMs: 3000,
      baselineMs: 2000,
      ratio: 1.5,
      band: 0.1,
      verdict: 'slower',
    });
    expect(texts(compared)).toEqual([
      'concurrent part (wall clock): slower: 3.000 s, 2.000 s in the baseline (+50.0 %)',
    ]);
  });

  test('and by its longest session where a report does not know that', () => {
    const current = benchmarkReport({
      sessions: [
        { 1: 1000, 2: 500 },
        { 1: 2000, 2: 400 },
      ],
      concurrentWallMs: 9000,
    });
    const compared = compareReports(
      current,
      benchmarkReport({
        sessions: [
          { 1: 900, 2: 500 },
          { 1: 700, 2: 500 },
        ],
      }),
      OPTIONS,
    );
    expect(compared.totals.concurrent).toMatchObject({ of: 'longest session', currentMs: 2400, baselineMs: 1400 });
  });

  test('and not at all when a query of a session failed, which ends it sooner or later', () => {
    const compared = compareReports(
      benchmarkReport({
        sessions: [{ 1: 1000 }, { 1: { status: 'failed', message: 'gone' } }],
        concurrentWallMs: 1000,
      }),
      benchmarkReport({ sessions: [{ 1: 1000 }, { 1: 1000 }], concurrentWallMs: 2000 }),
      OPTIONS,
    );
    expect(compared.totals.concurrent).toBeUndefined();
    expect(compared.notes.join('\n')).toContain('not every query of every session was measured in this report');
    expect(verdicts(compared)).toEqual({ 'concurrent 1': 'newly failing' });
    expect(texts(compared)).toEqual(['q01 in the concurrent part: newly failing: failed: gone']);
  });
});

describe('answers', () => {
  test('an answer that changed is a finding, also where the time is the same', () => {
    const compared = compareReports(
      benchmarkReport({
        single: { 14: [{ fingerprints: [numbers(1), numbers(5)] }], 15: [{ fingerprints: [numbers(2)] }] },
      }),
      benchmarkReport({
        single: { 14: [{ fingerprints: [numbers(1), numbers(4)] }], 15: [{ fingerprints: [numbers(2)] }] },
      }),
      OPTIONS,
    );
    expect(compared).toMatchObject({ verdict: 'regression', answers: [{ query: 14, part: 'single', session: 1 }] });
    expect(texts(compared)).toEqual(['q14: the answer changed: statement 2: column 1: the sum is 5, expected 4']);
  });

  test('rounding is no change', () => {
    const run = (sum: number) => benchmarkReport({ single: { 1: [{ fingerprints: [numbers(sum)] }] } });
    expect(compareReports(run(1234.5), run(1234.5 * (1 + 1e-13)), OPTIONS).answers).toEqual([]);
  });

  test('without fingerprints the number of rows is compared, session by session', () => {
    const run = (rows: number) => benchmarkReport({ sessions: [{ 7: { rows: 10 } }, { 7: { rows } }] });
    expect(texts(compareReports(run(3), run(10), OPTIONS))).toEqual([
      'q07 in session 2: the answer changed: 3 rows, 10 in the baseline',
    ]);
  });

  test('a query that failed has none', () => {
    const failed = benchmarkReport({ single: { 1: [{ status: 'failed', rows: 0 }] } });
    expect(compareReports(failed, benchmarkReport({ single: { 1: [1000] } }), OPTIONS).answers).toEqual([]);
  });
});

describe('what fails a step', () => {
  const slowQuery = compareReports(
    benchmarkReport({ single: { 1: [400], 2: [100_000] } }),
    benchmarkReport({ single: { 1: [340], 2: [100_000] } }),
    OPTIONS,
  );
  const slowTotal = compareReports(
    benchmarkReport({ single: { 1: [2000] } }),
    benchmarkReport({ single: { 1: [1000] } }),
    OPTIONS,
  );
  const broken = compareReports(
    benchmarkReport({ single: { 1: [{ status: 'failed' }] } }),
    benchmarkReport({ single: { 1: [1000] } }),
    OPTIONS,
  );

  test.each([
    ['a slower query', slowQuery, { regression: ['query'], total: [], never: [] }],
    ['a slower total', slowTotal, { regression: ['total', 'total', 'query'], total: ['total', 'total'], never: [] }],
    ['a query that fails', broken, { regression: ['result'], total: ['result'], never: [] }],
  ])('%s', (_, comparison, expected) => {
    const failing = (failOn: 'regression' | 'total' | 'never') =>
      reasonsToFail(findingsOf(comparison), failOn).map(({ kind }) => kind);
    expect({ regression: failing('regression'), total: failing('total'), never: failing('never') }).toEqual(expected);
  });
});
