import { median } from '../report/statistics.ts';

/** Three standard deviations of a normal distribution, told from the median absolute deviation. */
const THREE_SIGMA_OF_MAD = 3 * 1.4826;

/**
 * How far repeats of one measurement lie apart, as a share of their median: 3 × 1.4826 × the median absolute deviation.
 * One outlier among three or more does not widen it, as it would widen the range. Undefined for less than two repeats.
 */
export function noiseOf(values: readonly number[]): number | undefined {
  const middle = median(values);
  if (middle === undefined || values.length < 2) return undefined;
  const deviation = median(values.map((value) => Math.abs(value - middle))) ?? 0;
  return (THREE_SIGMA_OF_MAD * deviation) / middle;
}

/** Noise of a sum as a share of it, from the noise of its parts: independent errors add up by their squares. */
export function noiseOfSum(parts: readonly { readonly ms: number; readonly noise: number }[]): number {
  const sum = parts.reduce((total, { ms }) => total + ms, 0);
  return sum === 0 ? 0 : Math.hypot(...parts.map(({ ms, noise }) => ms * noise)) / sum;
}

export type Change = 'faster' | 'same' | 'slower';

/** What a difference has to exceed. */
export interface Limits {
  /** As a share: 0.1 is a tenth. */
  readonly band: number;
  readonly minimumMs: number;
}

/**
 * Slower when it takes more than `1 + band` times the baseline, faster when the baseline takes more than `1 + band` times
 * as long, so that exchanging the two turns the answer round. A difference below the minimum is none.
 */
export function judge(currentMs: number, baselineMs: number, { band, minimumMs }: Limits): Change {
  if (Math.abs(currentMs - baselineMs) < minimumMs) return 'same';
  if (currentMs > baselineMs * (1 + band)) return 'slower';
  if (baselineMs > currentMs * (1 + band)) return 'faster';
  return 'same';
}
