import type { Row } from '../../engine.ts';
import type { Chunk, Driver } from './driver.ts';
import { textOf } from './value-text.ts';

/** A batch of rows ends after this many rows or characters. */
const BATCH_ROWS = 1000;
const BATCH_LENGTH = 1024 * 1024;

/** The rows of a chunk as texts. A plan has one column, and a line a row. */
export function rowsOf(chunk: Chunk, isPlan: boolean, { JsonDuckDBValueConverter }: Driver): Row[] {
  const rows = chunk.convertRows(JsonDuckDBValueConverter).map((row) => row.map(textOf));
  return isPlan ? rows.flatMap(planLines) : rows;
}

function planLines([, text]: Row): Row[] {
  const lines = (text ?? '').trimEnd().split('\n');
  return lines.map((line) => [line]);
}

/** Rows in portions that make a message each. */
export function* batches(rows: readonly Row[]): Generator<readonly Row[]> {
  let batch: Row[] = [];
  let length = 0;
  for (const row of rows) {
    batch.push(row);
    for (const value of row) length += value?.length ?? 0;
    if (batch.length < BATCH_ROWS && length < BATCH_LENGTH) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}
