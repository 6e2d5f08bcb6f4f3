/**
 * A number for people, the same in every locale: thousands are divided by commas, the point is a point.
 *
 * @param decimals 0 to 20
 */
export function fixedNumber(value: number, decimals: number): string {
  if (Math.abs(value) >= 1e15) return value.toExponential(2);
  const [whole = '', fraction] = value.toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** About three significant digits, and never less than the whole part: `1,234`, `56.8`, `7.25`, `0.0123`. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-6) return value.toExponential(1);
  const magnitude = Math.floor(Math.log10(size));
  return fixedNumber(value, Math.min(20, Math.max(0, 2 - magnitude)));
}
