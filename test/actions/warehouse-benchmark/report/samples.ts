import {
  type BenchmarkReport,
  type Execution,
  LABEL,
  REPORT_FORMAT,
  REPORT_VERSION,
  type Setting,
} from '../../../../actions/warehouse-benchmark/report/report.ts';

export const ALL_QUERIES = Array.from({ length: 99 }, (_, index) => index + 1);

/** An execution of the single user that took as long here as in the engine. */
export function executionOf(given: Partial<Execution> & Pick<Execution, 'query' | 'durationMs'>): Execution {
  return {
    part: 'single',
    session: 1,
    iteration: 1,
    position: given.query,
    status: 'passed',
    startMs: 0,
    wallMs: given.durationMs,
    statements: 1,
    rows: 100,
    answer: 'right',
    ...given,
  };
}

export function reportOf(
  setting: Partial<Omit<Setting, 'queries'>> & { readonly numbers: readonly number[]; readonly source?: string },
  executions: readonly Execution[],
  more: Partial<BenchmarkReport> = {},
): BenchmarkReport {
  const { numbers, source = 'DuckDB tpcds 1.5.5', ...others } = setting;
  return {
    format: REPORT_FORMAT,
    formatVersion: REPORT_VERSION,
    label: LABEL,
    run: 'sample-run',
    startedAt: '2026-01-31T12:00:00.000Z',
    endedAt: '2026-01-31T12:30:00.000Z',
    resumed: false,
    setting: {
      engine: { engine: 'redshift', version: '1.0.1', rpus: 128, region: 'us-east-1', workgroup: 'bench' },
      scaleFactor: 3000,
      queries: { source, digest: 'a'.repeat(64), numbers, hasStreams: false },
      mode: 'measure',
      sessions: 0,
      iterations: 1,
      warmUps: 0,
      ...others,
    },
    executions,
    ...more,
  };
}

/**
 * The article's run ("Run a popular benchmark on Amazon Redshift Serverless easily with AWS Data Exchange"): 3 TB, 128
 * RPUs, 99 queries in 15m11s of which query 67 took 101 s, then five sessions in 28m35s.
 */
export function articleReport(price?: number): BenchmarkReport {
  const rest = spread(911_000 - 101_000, 98);
  const single = ALL_QUERIES.map((query, index) =>
    executionOf({ query, durationMs: query === 67 ? 101_000 : rest[index - (query > 67 ? 1 : 0)]!, answer: 'unknown' }),
  );
  const concurrent = [1, 2, 3, 4, 5].flatMap((session) => {
    // Only the last session lasts to the end.
    const times = spread(1_715_000 - (5 - session) * 1000, 99);
    let startMs = 0;
    return ALL_QUERIES.map((query, index) => {
      const durationMs = times[index]!;
      const execution = executionOf({ part: 'concurrent', session, query, durationMs, startMs, answer: 'unknown' });
      startMs += durationMs;
      return execution;
    });
  });
  return reportOf(
    { numbers: ALL_QUERIES, sessions: 5, ...(price === undefined ? {} : { pricePerRpuHour: price }) },
    [...single, ...concurrent],
    { concurrentWallMs: 1_715_000 },
  );
}

/** Whole milliseconds that add up to the total. */
function spread(total: number, count: number): number[] {
  const least = Math.floor(total / count);
  return Array.from({ length: count }, (_, index) => least + (index < total - least * count ? 1 : 0));
}

/** One of everything that a report may hold. */
export function richReport(): BenchmarkReport {
  const hostile = '=cmd|"/c calc"!A1 <script>alert(1)</script> @mona #12\r\n| `x` \u0000\u001b[31m ]]>';
  const numbers = [1, 14, 67];
  return reportOf(
    {
      numbers,
      source: 'folder | with <b>signs</b>',
      sessions: 2,
      iterations: 2,
      warmUps: 1,
      timeoutMs: 300_000,
      pricePerRpuHour: 0.375,
    },
    [
      ...numbers.map((query, index) => executionOf({ part: 'warm-up', query, position: index + 1, durationMs: 9000 })),
      executionOf({
        query: 1,
        position: 1,
        durationMs: 1000,
        queueMs: 10,
        compileMs: 90,
        executionMs: 900,
        fingerprints: [
          {
            rows: 100,
            columns: [
              { kind: 'numbers', nulls: 1, sum: -5.5, squares: 30.25, min: -5.5, max: 0, weighted: 0.25, decimals: 1 },
              { kind: 'texts', nulls: 0, hash: '00ff00ff00ff00ff' },
              { kind: 'empty', nulls: 100 },
            ],
            rowTexts: 'ff00ff00ff00ff00',
          },
        ],
      }),
      executionOf({ query: 14, position: 2, durationMs: 2000, statements: 2 }),
      executionOf({ query: 67, position: 3, durationMs: 101_000 }),
      executionOf({
        query: 1,
        position: 1,
        iteration: 2,
        durationMs: 1400,
        queueMs: 20,
        compileMs: 0,
        executionMs: 1380,
      }),
      executionOf({
        query: 14,
        position: 2,
        iteration: 2,
        durationMs: 500,
        status: 'failed',
        answer: 'unknown',
        message: hostile,
      }),
      executionOf({ query: 67, position: 3, iteration: 2, durationMs: 103_000, repeats: 1 }),
      ...[1, 2].flatMap((session) => [
        executionOf({ part: 'concurrent', session, query: 67, position: 1, durationMs: 200_000 + session, startMs: 5 }),
        executionOf({ part: 'concurrent', session, query: 1, position: 2, durationMs: 3000, startMs: 200_010 }),
      ]),
      executionOf({
        part: 'concurrent',
        session: 1,
        query: 14,
        position: 3,
        durationMs: 300_000,
        startMs: 203_100,
        status: 'timed-out',
        answer: 'unknown',
        message: 'ended after 5 minutes',
      }),
      executionOf({
        part: 'concurrent',
        session: 2,
        query: 14,
        position: 3,
        durationMs: 4000,
        startMs: 203_100,
        status: 'wrong-answer',
        answer: 'wrong',
        message: '99 rows instead of 100',
      }),
    ],
    { concurrentWallMs: 503_200, resumed: true },
  );
}
