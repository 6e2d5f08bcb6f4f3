import type { ColumnPrint, Fingerprint } from './fingerprint-types.ts';

/** A column as a list: of numbers with their seven parts, of texts with their hash, or with the NULLs only. */
type ShortColumn =
  | readonly [number, number, number, number, number, number, number]
  | readonly [number, string]
  | readonly [number];

type ShortFingerprint = readonly [rows: number, rowTexts: string, columns: readonly ShortColumn[]];

/** Fingerprints as one short line, for the files of known answers. Sums keep 15 digits. */
export function toShortForm(fingerprints: readonly Fingerprint[]): string {
  return JSON.stringify(
    fingerprints.map(
      ({ rows, rowTexts = '', columns }): ShortFingerprint => [rows, rowTexts, columns.map(shortColumn)],
    ),
  );
}

/** Reads what `toShortForm` has written. */
export function fromShortForm(line: string): readonly Fingerprint[] {
  const fingerprints: readonly ShortFingerprint[] = JSON.parse(line);
  return fingerprints.map(([rows, rowTexts, columns]) => ({ rows, columns: columns.map(longColumn), rowTexts }));
}

function shortColumn(column: ColumnPrint): ShortColumn {
  if (column.kind === 'texts') return [column.nulls, column.hash];
  if (column.kind === 'empty') return [column.nulls];
  const { nulls, decimals = 0, min, max, sum, squares, weighted = 0 } = column;
  return [nulls, decimals, min, max, digits(sum), digits(squares), digits(weighted)];
}

function longColumn(column: ShortColumn): ColumnPrint {
  const [nulls] = column;
  if (column.length === 1) return { kind: 'empty', nulls };
  if (column.length === 2) return { kind: 'texts', nulls, hash: column[1] };
  const [, decimals, min, max, sum, squares, weighted] = column;
  return { kind: 'numbers', nulls, sum, squares, min, max, weighted, decimals };
}

function digits(value: number): number {
  return Number(value.toPrecision(15));
}
