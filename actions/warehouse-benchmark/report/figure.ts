/** One total, with how it came about and over how many of what it should have been. */
export interface Figure {
  readonly unit: 'ms' | 'queries/h' | 'USD' | 'ratio';
  /** Absent when there is nothing to compute it from; `formula` then says why. */
  readonly value?: number;
  /** How many entered it, of how many. */
  readonly counted: number;
  readonly of: number;
  /** What is counted. */
  readonly what: 'queries' | 'executions';
  /** For people, with the figures in it. */
  readonly formula: string;
}

export type Counted = Pick<Figure, 'counted' | 'of' | 'what'>;

export function figure(unit: Figure['unit'], value: number, { counted, of, what }: Counted, formula: string): Figure {
  return { unit, value, counted, of, what, formula };
}

export function noFigure(unit: Figure['unit'], { counted, of, what }: Counted, reason: string): Figure {
  return { unit, counted, of, what, formula: reason };
}

/** Why a figure has no value when nothing passed. */
export const NOTHING = 'no query passed';
