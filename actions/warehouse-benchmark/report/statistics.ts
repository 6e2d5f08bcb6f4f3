/** Of values in any order; for an even number of them the middle between the two in the middle. */
export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of the values lies, by linear interpolation at the rank `1 + share × (n − 1)`: type 7 of
 * R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages" (1996), which is also the default of R and NumPy.
 *
 * @param share 0 to 1
 */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)];
  const above = sorted[Math.ceil(rank)];
  if (below === undefined || above === undefined) return undefined;
  return below === above ? below : below + (above - below) * (rank - Math.floor(rank));
}

/** By the logarithms, so that a product of many large values does not overflow. Every value is above zero. */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  if (values.some((value) => !(value > 0))) throw new RangeError('a geometric mean takes values above zero');
  return Math.exp(sum(values.map(Math.log)) / values.length);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
