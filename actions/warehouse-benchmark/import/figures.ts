import type { Measurement } from './measurements.ts';

/** One figure, as the files say it and as it was, in milliseconds. */
export interface Figure {
  readonly writtenMs: number;
  readonly repairedMs: number;
}

/** The old totals beside the repaired ones. */
export interface Figures {
  readonly queries: number;
  readonly single?: { readonly sum: Figure; readonly mean: Figure };
  readonly sessions: number;
  /** The largest of the sessions' sums, which is what the scripts call the concurrent total. */
  readonly longestSession?: Figure;
}

/** Computes the totals of the scripts' `04_totals`, once from what the files say and once from what was measured. */
export function figuresOf(measurements: readonly Measurement[]): Figures {
  const sessions = Map.groupBy(measurements, ({ session }) => session);
  const single = sessions.get(0);
  const sums = [...sessions].filter(([session]) => session > 0).map(([, each]) => sumOf(each));
  return {
    queries: measurements.length,
    ...(single === undefined ? {} : { single: { sum: sumOf(single), mean: divided(sumOf(single), single.length) } }),
    sessions: sums.length,
    ...(sums.length === 0
      ? {}
      : {
          longestSession: {
            writtenMs: Math.max(...sums.map(({ writtenMs }) => writtenMs)),
            repairedMs: Math.max(...sums.map(({ repairedMs }) => repairedMs)),
          },
        }),
  };
}

function sumOf(measurements: readonly Measurement[]): Figure {
  return measurements.reduce(
    (sum, { writtenMs, durationMs }) => ({
      writtenMs: sum.writtenMs + writtenMs,
      repairedMs: sum.repairedMs + durationMs,
    }),
    { writtenMs: 0, repairedMs: 0 },
  );
}

function divided({ writtenMs, repairedMs }: Figure, by: number): Figure {
  return { writtenMs: writtenMs / by, repairedMs: repairedMs / by };
}
