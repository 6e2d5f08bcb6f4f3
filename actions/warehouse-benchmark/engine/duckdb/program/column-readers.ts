import type { ValueSink } from '../../../answers/result-block.ts';
import type { Column } from './column.ts';
import type { Driver, Result } from './driver.ts';
import { BYTE, HUGE, INTEGER, type Integers, LONG, SHORT } from './integers.ts';
import { TextVector } from './text-vector.ts';
import { decimal } from './value-text.ts';

/** Gives all values of a column to a sink: what `Column.text` gives, or the number that it says. */
export type ColumnReader = (column: Column, sink: ValueSink) => void;

/** How each column of a result is read: by its type where that is a usual one, otherwise through the driver's converter. */
export function columnReaders(result: Result, { DuckDBTypeId: id }: Driver): readonly ColumnReader[] {
  return Array.from({ length: result.columnCount }, (_, index) => {
    switch (result.columnTypeId(index)) {
      case id.TINYINT:
        return wholeNumbers(BYTE);
      case id.SMALLINT:
        return wholeNumbers(SHORT);
      case id.INTEGER:
        return wholeNumbers(INTEGER);
      case id.BIGINT:
        return wholeNumbers(LONG);
      case id.HUGEINT:
        return wholeNumbers(HUGE);
      case id.DECIMAL:
        return decimals(result.columnType(index) as DecimalType);
      case id.DOUBLE:
        return doubles;
      case id.DATE:
        return dates;
      case id.VARCHAR:
        return texts;
      default:
        return converted;
    }
  });
}

interface DecimalType {
  /** Digits. */
  readonly width: number;
  /** Digits after the point. */
  readonly scale: number;
}

/** More digits after the point are read through their text. */
const MOST_DECIMALS = 22;

/** <https://duckdb.org/docs/stable/sql/data_types/numeric>, "Fixed-Point Decimals": how wide they are in memory. */
function decimals({ width, scale }: DecimalType): ColumnReader {
  if (scale > MOST_DECIMALS) return converted;
  if (width <= 4) return wholeNumbers(SHORT, scale);
  if (width <= 9) return wholeNumbers(INTEGER, scale);
  if (width <= 18) return wholeNumbers(LONG, scale);
  return wholeNumbers(HUGE, scale);
}

/** @param scale of them, the last digits are after the point */
function wholeNumbers({ width, open }: Integers, scale = 0): ColumnReader {
  return (column, sink) => {
    const integerOf = open(column.bytes(width));
    for (let row = 0; row < column.rows; row += 1) {
      const units = column.isNull(row) ? Number.NaN : integerOf(row);
      if (Number.isNaN(units)) sink.text(column.text(row));
      else sink.number(units, scale);
    }
  };
}

/** As texts, because NaN and the infinite are no numbers, and their column is one of texts then. */
function doubles(column: Column, sink: ValueSink): void {
  const { buffer, byteOffset } = column.bytes(8);
  const values = new Float64Array(buffer, byteOffset, column.rows);
  for (let row = 0; row < column.rows; row += 1) {
    sink.text(column.isNull(row) ? null : decimal(values[row] ?? Number.NaN));
  }
}

const DAY_MS = 86_400_000;
/** Days since 1970 of 0001-01-01 and 9999-12-31: between them a date is written in ten characters. */
const [FIRST_DAY, LAST_DAY] = [-719_162, 2_932_896];

function dates(column: Column, sink: ValueSink): void {
  const dayOf = INTEGER.open(column.bytes(INTEGER.width));
  for (let row = 0; row < column.rows; row += 1) {
    const day = column.isNull(row) ? Number.NaN : dayOf(row);
    if (day >= FIRST_DAY && day <= LAST_DAY) sink.text(new Date(day * DAY_MS).toISOString().slice(0, 10));
    else sink.text(column.text(row));
  }
}

function texts(column: Column, sink: ValueSink): void {
  const vector = new TextVector(column);
  for (let row = 0; row < column.rows; row += 1) sink.text(column.isNull(row) ? null : vector.text(row));
}

function converted(column: Column, sink: ValueSink): void {
  for (let row = 0; row < column.rows; row += 1) sink.text(column.text(row));
}
