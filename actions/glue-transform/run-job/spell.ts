/** `90 s`, `30 minutes`, `2 hours`: the largest unit that leaves no rest. Pure. */
export function spell(seconds: number): string {
  for (const [size, unit] of [
    [3600, 'hour'],
    [60, 'minute'],
  ] as const) {
    const count = seconds / size;
    if (Number.isInteger(count)) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} s`;
}
