/** What differs between two settings, a phrase each: `sessions 5 and 3`. */
export function differentSettings(before: object, now: object): readonly string[] {
  return compare('', before, now);
}

function compare(name: string, before: unknown, now: unknown): readonly string[] {
  if (isRecord(before) && isRecord(now)) {
    const members = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return members.flatMap((member) =>
      compare(name === '' ? member : `${name}.${member}`, before[member], now[member]),
    );
  }
  const [first, second] = [JSON.stringify(before), JSON.stringify(now)];
  return first === second ? [] : [`${name} ${first ?? 'nothing'} and ${second ?? 'nothing'}`];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
