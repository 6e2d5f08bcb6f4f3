import { createHash } from 'node:crypto';
import { type BenchmarkReport, type Execution, LABEL, REPORT_FORMAT, REPORT_VERSION } from '../report/report.ts';
import type { Measurement } from './measurements.ts';

/** What the files do not tell. */
export interface Given {
  readonly scaleFactor: number;
  readonly rpus: number | undefined;
  readonly pricePerRpuHour: number | undefined;
}

/** Stands for the digest of texts that are not known; the digest of none. */
export const UNKNOWN_DIGEST = '0'.repeat(64);
/** Stands for an instant that is not known. */
export const UNKNOWN_INSTANT = '1970-01-01T00:00:00.000Z';

const SCRIPTS = 'aws-samples/redshift-benchmarks, adx-tpc-ds';

/**
 * A report of old measurements, the same for the same ones. When anything began, what the answers were and what the texts
 * of the queries were is not known. Pure.
 */
export function reportOf(measurements: readonly Measurement[], given: Given): BenchmarkReport {
  const sessions = Math.max(...measurements.map(({ session }) => session));
  const hasSingle = measurements.some(({ session }) => session === 0);
  const numbers = [...new Set(measurements.map(({ query }) => query))].sort((a, b) => a - b);
  const { rpus, pricePerRpuHour } = given;
  return {
    format: REPORT_FORMAT,
    formatVersion: REPORT_VERSION,
    label: LABEL,
    run: `imported-${digestOf(measurements, given)}`,
    startedAt: UNKNOWN_INSTANT,
    endedAt: UNKNOWN_INSTANT,
    resumed: false,
    setting: {
      engine: { engine: 'imported', version: SCRIPTS, ...(rpus === undefined ? {} : { rpus }) },
      scaleFactor: given.scaleFactor,
      queries: { source: `${SCRIPTS} (texts not known)`, digest: UNKNOWN_DIGEST, numbers, hasStreams: sessions > 0 },
      mode: 'measure',
      sessions,
      iterations: hasSingle ? 1 : 0,
      warmUps: 0,
      ...(pricePerRpuHour === undefined ? {} : { pricePerRpuHour }),
    },
    executions: [...Map.groupBy(measurements, ({ session }) => session).values()].flatMap((each) =>
      each.map(executionOf),
    ),
  };
}

function executionOf({ session, query, tuples, durationMs }: Measurement, index: number): Execution {
  return {
    part: session === 0 ? 'single' : 'concurrent',
    session: Math.max(1, session),
    iteration: 1,
    position: index + 1,
    query,
    status: 'passed',
    durationMs,
    startMs: 0,
    wallMs: durationMs,
    statements: TWO_STATEMENTS.has(query) ? 2 : 1,
    rows: tuples,
    answer: 'unknown',
  };
}

/** Queries of the standard that have two statements; the scripts run all of a file together. */
const TWO_STATEMENTS: ReadonlySet<number> = new Set([14, 23, 24, 39]);

function digestOf(measurements: readonly Measurement[], given: Given): string {
  const facts = measurements.map(({ session, query, tuples, durationMs }) => [session, query, tuples, durationMs]);
  const text = JSON.stringify([given.scaleFactor, given.rpus ?? null, given.pricePerRpuHour ?? null, facts]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
