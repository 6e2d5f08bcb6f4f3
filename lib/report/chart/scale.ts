import { fixedNumber, shortNumber } from './number.ts';

/** How values become places along an axis. */
export interface Scale {
  readonly kind: ScaleKind;
  /** In ascending order; the first and the last one are the ends of the axis. */
  readonly ticks: readonly Tick[];
  /** From 0 at the beginning of the axis to 1 at its end. */
  position(value: number): number;
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

export type ScaleKind = 'linear' | 'log';

/** From this ratio on the smallest bar of a linear axis is thinner than a pixel. */
const LARGE_SPREAD = 1000;
/** Decades on an axis; what is smaller still is drawn at its beginning. */
const MOST_DECADES = 9;
const MOST_STEPS = 6;
const LARGEST = 1e15;
/** What binary fractions may be off by. */
const ROUNDING = 1e-9;
/** What is smaller counts as zero. */
const SMALLEST = 1e-9;

/**
 * The scale for values that are not negative. A linear one begins at zero and has up to six round steps (1, 2 or 5 times
 * a power of ten). A logarithmic one goes from one power of ten to another; it has no place for zero, which it
 * puts at its beginning.
 *
 * @param kind `auto` is logarithmic when the largest value is a thousand times the smallest above zero
 * @throws RangeError for a value that is negative, not finite, or beyond 1e15
 */
export function scaleOf(values: readonly number[], kind: ScaleKind | 'auto' = 'linear'): Scale {
  for (const value of values) {
    if (!(value >= 0 && value <= LARGEST)) throw new RangeError(`a chart cannot show the value ${value}`);
  }
  const positive = values.filter((value) => value >= SMALLEST);
  const largest = positive.reduce((a, b) => Math.max(a, b), 0);
  const smallest = positive.reduce((a, b) => Math.min(a, b), largest);
  const isLog = kind === 'log' || (kind === 'auto' && largest / smallest >= LARGE_SPREAD);
  return isLog && largest > 0 ? logScale(smallest, largest) : linearScale(largest);
}

function linearScale(largest: number): Scale {
  const top = largest < SMALLEST ? 1 : largest;
  const { step, decimals } = roundStep(top / MOST_STEPS);
  const count = Math.max(1, Math.ceil(top / step - ROUNDING));
  const ticks = Array.from({ length: count + 1 }, (_, index) => {
    const value = Number((index * step).toPrecision(12));
    return { value, label: tickLabel(value, decimals) };
  });
  const end = ticks.at(-1)?.value ?? step;
  return { kind: 'linear', ticks, position: (value) => Math.min(1, Math.max(0, value / end)) };
}

/** The smallest of 1, 2, 5 and 10 times a power of ten that is at least as large. */
function roundStep(least: number): { step: number; decimals: number } {
  const exponent = Math.floor(Math.log10(least));
  const power = 10 ** exponent;
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - ROUNDING)) ?? 10;
  return {
    step: Number((factor * power).toPrecision(12)),
    decimals: Math.max(0, factor === 10 ? -exponent - 1 : -exponent),
  };
}

function tickLabel(value: number, decimals: number): string {
  const isLong = decimals > 6 || value >= 1e7;
  return isLong && value !== 0 ? value.toExponential() : fixedNumber(value, Math.min(decimals, 6));
}

function logScale(smallest: number, largest: number): Scale {
  const last = Math.ceil(Math.log10(largest) - ROUNDING);
  const first = Math.max(last - MOST_DECADES, Math.min(last - 1, Math.floor(Math.log10(smallest) + ROUNDING)));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => {
    const value = Number(`1e${first + index}`);
    return { value, label: Math.abs(first + index) > 6 ? value.toExponential(0) : shortPower(value) };
  });
  return {
    kind: 'log',
    ticks,
    position: (value) => (value <= 0 ? 0 : Math.min(1, Math.max(0, (Math.log10(value) - first) / (last - first)))),
  };
}

/** `0.01`, `1`, `1,000`: a power of ten without the digits that only say how exact it is. */
function shortPower(value: number): string {
  return value >= 1 ? fixedNumber(value, 0) : shortNumber(value).replace(/0+$/, '');
}
