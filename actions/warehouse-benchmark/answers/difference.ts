import type { ColumnPrint, Fingerprint } from './fingerprint-types.ts';
import { type Tolerance, toleranceOf } from './tolerance.ts';

type Numbers = Extract<ColumnPrint, { kind: 'numbers' }>;

/**
 * How an answer differs from the expected one, as part of a sentence, or undefined when they agree. Numbers may differ by
 * rounding, as `toleranceOf` says; texts may not. Columns are counted from 1.
 */
export function difference(expected: Fingerprint, actual: Fingerprint): string | undefined {
  if (actual.rows !== expected.rows) return `${count(actual.rows, 'row')}, expected ${expected.rows}`;
  // Without a row nobody knows the columns.
  if (actual.rows === 0) return undefined;
  if (actual.columns.length !== expected.columns.length) {
    return `${count(actual.columns.length, 'column')}, expected ${expected.columns.length}`;
  }
  const pairs = expected.columns.map((column, index) => [column, actual.columns[index] ?? column] as const);
  for (const [index, pair] of pairs.entries()) {
    const found = columnDifference(...pair, expected.rows);
    if (found !== undefined) return `column ${index + 1}: ${found}`;
  }
  if (given(expected.rowTexts, actual.rowTexts) && expected.rowTexts !== actual.rowTexts) {
    return 'the right texts in each column, but not in the right rows';
  }
  for (const [index, pair] of pairs.entries()) {
    if (!inRightRows(...pair, expected.rows))
      return `column ${index + 1}: the right numbers, but not in the right rows`;
  }
  return undefined;
}

function columnDifference(expected: ColumnPrint, actual: ColumnPrint, rows: number): string | undefined {
  if (actual.nulls !== expected.nulls) return `${count(actual.nulls, 'NULL')}, expected ${expected.nulls}`;
  if (expected.kind === 'texts' && actual.kind === 'texts') {
    return expected.hash === actual.hash ? undefined : 'other texts than expected';
  }
  if (expected.kind === 'numbers' && actual.kind === 'numbers') return numbersDifference(expected, actual, rows);
  return actual.kind === expected.kind ? undefined : `${actual.kind}, expected ${expected.kind}`;
}

function numbersDifference(expected: Numbers, actual: Numbers, rows: number): string | undefined {
  const tolerance = toleranceOf(expected, actual, rows - expected.nulls);
  for (const [field, name] of FIELDS) {
    if (isOff(expected[field], actual[field], tolerance[field])) {
      return `the ${name} is ${readable(actual[field])}, expected ${readable(expected[field])}`;
    }
  }
  return undefined;
}

const FIELDS = [
  ['sum', 'sum'],
  ['min', 'least value'],
  ['max', 'greatest value'],
  ['squares', 'sum of squares'],
] as const satisfies readonly (readonly [keyof Tolerance, string])[];

function inRightRows(expected: ColumnPrint, actual: ColumnPrint, rows: number): boolean {
  if (expected.kind !== 'numbers' || actual.kind !== 'numbers') return true;
  if (!given(expected.weighted, actual.weighted)) return true;
  // No weight is greater than 1, so that rounding is not greater here than in the sum.
  const { sum } = toleranceOf(expected, actual, rows - expected.nulls);
  return !isOff(expected.weighted ?? 0, actual.weighted ?? 0, sum);
}

function isOff(expected: number, actual: number, tolerance: number): boolean {
  return !(Math.abs(expected - actual) <= tolerance);
}

/** Reports of earlier releases may lack a part. */
function given(expected: unknown, actual: unknown): boolean {
  return expected !== undefined && actual !== undefined;
}

/** Without the noise of the last digits of a double. */
function readable(value: number): string {
  return String(Number(value.toPrecision(15)));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
