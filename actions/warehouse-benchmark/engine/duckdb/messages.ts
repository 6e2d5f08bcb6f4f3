import type { Fingerprint } from '../../answers/fingerprint-types.ts';
import type { Row } from '../engine.ts';

/** What process.ts sends to program.ts: a call, or that it has read the rows that came for one. */
export type Request =
  | { readonly id: number; readonly command: string; readonly args: readonly unknown[] }
  | { readonly acknowledged: number };

/** What program.ts sends to process.ts: rows of a call, or its end. */
export interface Response {
  readonly id: number;
  readonly rows?: readonly Row[];
  readonly value?: unknown;
  readonly error?: string;
}

/** How a statement is run. */
export interface RunOptions {
  /** Milliseconds after which it is ended; without it, never. */
  readonly timeoutMs?: number | undefined;
  readonly reading: Reading;
}

/** What becomes of rows: they are only fetched, or the program takes their fingerprint, or they are sent. */
export type Reading = 'none' | 'fingerprint' | 'rows';

/** What a statement came to. */
export type RunOutcome =
  | {
      readonly rows: number;
      readonly durationMs: number;
      /** The last rows of those that are sent: they travel with the end, which for most results saves a round trip. */
      readonly last?: readonly Row[];
      readonly fingerprint?: Fingerprint;
    }
  | { readonly failed: string; readonly timedOut: boolean; readonly durationMs: number };
