/** A value of the driver's converter as text, for `Row`. */
export function textOf(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'number') return decimal(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A number without an exponent: `1e-7` is `0.0000001`. */
export function decimal(number: number): string {
  const text = String(number);
  if (!text.includes('e')) return text;
  const [, sign, whole = '', fraction = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}
