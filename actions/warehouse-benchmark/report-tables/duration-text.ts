/** A duration as `HH:MM:SS.mmm`. Hours go on beyond 24, and the last part is milliseconds, always three digits. */
export function durationText(milliseconds: number): string {
  const all = Math.round(milliseconds);
  const part = (unit: number, of: number, digits: number) => String(Math.floor(all / unit) % of).padStart(digits, '0');
  const hours = part(3_600_000, Number.POSITIVE_INFINITY, 2);
  return `${hours}:${part(60_000, 60, 2)}:${part(1000, 60, 2)}.${part(1, 1000, 3)}`;
}
