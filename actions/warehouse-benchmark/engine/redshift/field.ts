import type { Field } from '@aws-sdk/client-redshift-data';

/**
 * The value of a field as text, as a `Row` has it: numbers in decimal notation, NULL as null. The SDK reads whole numbers as
 * JavaScript's, so that those beyond 2^53 lose digits; the benchmark has none.
 */
export function fieldText(field: Field): string | null {
  if (field.isNull) return null;
  if (field.stringValue !== undefined) return field.stringValue;
  if (field.longValue !== undefined) return plainDecimal(field.longValue);
  if (field.doubleValue !== undefined) return plainDecimal(field.doubleValue);
  if (field.booleanValue !== undefined) return String(field.booleanValue);
  if (field.blobValue !== undefined) return Buffer.from(field.blobValue).toString('hex');
  throw new Error(`The Data API answered with a field of an unknown kind: ${Object.keys(field).join(', ')}`);
}

/** A number with the fewest digits that tell it apart, and never with an exponent: `1e-7` is `0.0000001`. */
export function plainDecimal(value: number): string {
  const text = String(value);
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign = '', first = '', rest = '', exponent] = found;
  const digits = first + rest;
  const whole = Number(exponent) + 1;
  // JavaScript writes an exponent from 1e21 on, where no digit is left for a fraction.
  return whole > 0 ? sign + digits.padEnd(whole, '0') : `${sign}0.${'0'.repeat(-whole)}${digits}`;
}
