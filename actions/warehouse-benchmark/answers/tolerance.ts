import type { ColumnPrint } from './fingerprint-types.ts';

type Numbers = Extract<ColumnPrint, { kind: 'numbers' }>;

/** By how much each part of a column of numbers may differ. */
export interface Tolerance {
  readonly sum: number;
  readonly squares: number;
  readonly min: number;
  readonly max: number;
}

/**
 * For arithmetic in doubles where another engine has decimals: far above the rounding of a double (1e-16) after the few
 * thousand additions behind a value, far below a cent in a million.
 */
const RELATIVE = 1e-9;

/** What is left of a zero after arithmetic in doubles, for each value. */
const NEXT_TO_ZERO = 1e-12;

/** Share of values whose last shown digit may differ, because a tie is rounded up by one engine and down by the other. */
const TIES = 1 / 20;

/**
 * What rounding may do to a column. Three sources, added:
 *
 * - Doubles or decimals: 1e-9 of the values' size. That is the root mean square times the number of values and not the sum,
 *   in which great values of both signs may cancel out while their errors do not. Next to zero, 1e-12 a value.
 * - The same digits after the point in both: values that lie halfway between two such numbers are rounded up or down. One
 *   value in ten has a 5 as its only further digit, and one engine in two takes the other way: at most a twentieth of the
 *   values by one unit of the last place, but one of them in any case. Columns of whole numbers have nothing to round.
 * - Fewer digits than expected: each value may be off by one unit of the last place, whether it was rounded or cut. On
 *   Redshift the average of a DECIMAL keeps the decimals of its argument, and that of an integer is an integer (database
 *   developer guide, "AVG function"). Where all expected values are smaller than 1, whole numbers would say nothing and are
 *   not accepted.
 *
 * @param count values that are not NULL
 */
export function toleranceOf(expected: Numbers, actual: Numbers, count: number): Tolerance {
  const greatest = Math.max(Math.abs(expected.min), Math.abs(expected.max), Math.abs(actual.min), Math.abs(actual.max));
  const size = Math.sqrt(count * Math.max(expected.squares, actual.squares));
  const { unit, values } = roundedValues(expected, actual, count);
  const rounded = unit * values;
  const end = RELATIVE * greatest + unit + NEXT_TO_ZERO;
  return {
    sum: RELATIVE * size + rounded + NEXT_TO_ZERO * count,
    // (x + d)^2 - x^2 = 2xd + d^2, summed; the inner sum is bounded by the greatest value and by Cauchy and Schwarz.
    squares:
      4 * RELATIVE * Math.max(expected.squares, actual.squares) +
      2 * Math.min(greatest * rounded, unit * size) +
      unit * rounded +
      NEXT_TO_ZERO * count,
    min: end,
    max: end,
  };
}

/** How many values may be off, and by how much each. */
function roundedValues(expected: Numbers, actual: Numbers, count: number): { unit: number; values: number } {
  const [wanted, shown] = [expected.decimals ?? 0, actual.decimals ?? 0];
  const isBelowOne = Math.max(Math.abs(expected.min), Math.abs(expected.max)) < 1;
  if (shown < wanted && !(shown === 0 && isBelowOne)) return { unit: 10 ** -shown, values: count };
  return wanted === 0 ? { unit: 0, values: 0 } : { unit: 10 ** -wanted, values: Math.max(1, count * TIES) };
}
