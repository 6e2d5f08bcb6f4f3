import { fixedNumber } from '../../../lib/report/chart/number.ts';

/**
 * A length of time for people, exact to the millisecond from a second on: `5.326 ms`, `43.2 ms`, `9.202 s`,
 * `12m19.139s`, `1h02m03.000s`.
 */
export function durationText(ms: number): string {
  const decimals = ms < 10 ? 3 : ms < 100 ? 2 : 1;
  if (Number(ms.toFixed(decimals)) < 1000) return `${fixedNumber(ms, decimals)} ms`;
  const whole = Math.round(ms);
  if (whole < 60_000) return secondsText(whole);
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = ((whole % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return hours === 0
    ? `${minutes}m${seconds.replace(/^0(?=\d)/, '')}s`
    : `${fixedNumber(hours, 0)}h${String(minutes).padStart(2, '0')}m${seconds}s`;
}

/** `1,715.000 s`: the form of formulas, in which one divides and adds. */
export function secondsText(ms: number): string {
  return `${fixedNumber(ms / 1000, 3)} s`;
}

/** The form of a formula for durations of this size. */
export function formulaTime(ms: number): string {
  return ms < 1000 ? durationText(ms) : secondsText(ms);
}

/** Cents, and more digits where an amount is smaller. */
export function dollarsText(dollars: number): string {
  const decimals = dollars === 0 || dollars >= 0.01 ? 2 : 6;
  return `$${fixedNumber(dollars, decimals)}`;
}

/** Prices have more digits than amounts: `$0.375`, `$0.36`, `$0.50`. */
export function priceText(dollars: number): string {
  const [whole = '', fraction = ''] = fixedNumber(dollars, 6).split('.');
  return `$${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** `1 query`, `99 queries`. */
export function countText(count: number, what: 'query' | 'execution' | 'median' | 'session'): string {
  if (count === 1) return `1 ${what}`;
  return `${count} ${what === 'query' ? 'queries' : `${what}s`}`;
}
