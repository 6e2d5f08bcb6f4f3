import type { Change } from './noise.ts';

/** What two reports differ in. All times are in milliseconds; ratios are current to baseline. */
export interface Comparison {
  /** `regression` when anything became worse, else `improvement` when anything became better. */
  readonly verdict: 'regression' | 'improvement' | 'same';
  readonly current: Subject;
  readonly baseline: Subject;
  readonly options: CompareOptions;
  /** Every query of the single user; of the concurrent part, those that fail or were not measured in one report or both. */
  readonly queries: readonly QueryComparison[];
  readonly answers: readonly AnswerChange[];
  readonly totals: ComparedTotals;
  /** What a reader should know before trusting the figures. */
  readonly notes: readonly string[];
}

export interface CompareOptions {
  /** A query that takes this much longer is slower, where its repeats do not show more noise than that. */
  readonly thresholdPercent: number;
  /** Differences below it are noise. */
  readonly minimumMs: number;
}

export interface Subject {
  readonly run: string;
  readonly startedAt: string;
  /** `Redshift Serverless with 128 RPUs`. */
  readonly engine: string;
}

export type QueryVerdict = Change | 'newly failing' | 'newly passing' | 'still failing' | 'missing';

export interface QueryComparison {
  readonly part: 'single' | 'concurrent';
  readonly query: number;
  readonly verdict: QueryVerdict;
  readonly current: Side;
  readonly baseline: Side;
  /** Only where both sides were measured, and never in the concurrent part. */
  readonly times?: QueryTimes;
}

export interface QueryTimes {
  readonly ratio: number;
  readonly differenceMs: number;
  /** As a share. The larger of the threshold and what the repeats of both sides show. */
  readonly band: number;
}

/** A query in one report. One failure among its repeats makes it `failing`. */
export type Side =
  | {
      readonly state: 'measured';
      readonly medianMs: number;
      readonly repeats: number;
      /** As a share of the median; null where there is but one repeat. */
      readonly noise: number | null;
    }
  | { readonly state: 'failing'; readonly reason: string }
  | { readonly state: 'missing'; readonly reason: string };

/** The same text on the same data gave another answer. */
export interface AnswerChange {
  readonly query: number;
  readonly part: 'single' | 'concurrent';
  readonly session: number;
  readonly difference: string;
}

export interface ComparedTotals {
  /** Queries that were measured in both reports: only they are in the sum and in the geometric mean. */
  readonly measured: number;
  readonly queries: number;
  /** Of the medians. */
  readonly sum?: ComparedTime;
  readonly geometricMean?: { readonly ratio: number; readonly band: number; readonly verdict: Change };
  readonly concurrent?: ComparedTime & {
    /** `longest session`: the largest of the sessions' sums, where a report does not know the wall clock. */
    readonly of: 'wall clock' | 'longest session';
  };
}

export interface ComparedTime {
  readonly currentMs: number;
  readonly baselineMs: number;
  readonly ratio: number;
  readonly band: number;
  readonly verdict: Change;
}
