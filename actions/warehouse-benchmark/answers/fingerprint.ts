import type { Row } from '../engine/engine.ts';
import { ColumnTally } from './column-tally.ts';
import type { Fingerprint } from './fingerprint-types.ts';
import { NumberReader } from './number-text.ts';
import { sameText } from './same-text.ts';
import { HashSum, TextHash } from './text-hash.ts';

/** Takes the fingerprint of one result while its rows pass. What it keeps grows with the columns, not with the rows. */
export class Fingerprinter {
  #rows = 0;
  #columns: readonly ColumnTally[] = [];
  /** Of the row at hand, by column; NaN where there is none. */
  #values = new Float64Array(0);
  readonly #rowTexts = new HashSum();
  readonly #number = new NumberReader();
  readonly #hash = new TextHash();
  readonly #rowHash = new TextHash();

  /**
   * @param rows the next ones, in any order; all rows of a result have the same number of values
   * @throws RangeError when a row has another number of values than the first one
   */
  add(rows: readonly Row[]): void {
    for (const row of rows) this.#addRow(row);
  }

  result(): Fingerprint {
    return {
      rows: this.#rows,
      columns: this.#columns.map((column) => column.result()),
      rowTexts: this.#rowTexts.toString(),
    };
  }

  #addRow(row: Row): void {
    if (this.#rows === 0) {
      this.#columns = row.map(() => new ColumnTally());
      this.#values = new Float64Array(row.length);
    } else if (row.length !== this.#columns.length) {
      throw new RangeError(`A row has ${row.length} values where the first one has ${this.#columns.length}.`);
    }
    this.#rows += 1;
    this.#rowHash.reset();
    for (let index = 0; index < row.length; index += 1) this.#addValue(sameText(row[index] ?? null), index);
    this.#rowTexts.add(this.#rowHash);
    const weight = this.#rowHash.weight;
    for (let index = 0; index < row.length; index += 1) {
      const value = this.#values[index];
      if (value !== undefined && !Number.isNaN(value)) this.#columns[index]?.addWeighted(value * weight);
    }
  }

  #addValue(text: string | null, index: number): void {
    const column = this.#columns[index];
    this.#values[index] = Number.NaN;
    if (text === null) {
      column?.addNull();
      return;
    }
    this.#hash.of(text);
    if (this.#number.read(text)) {
      this.#values[index] = this.#number.value;
      column?.addNumber(this.#number.value, this.#number.decimals, this.#hash);
    } else {
      column?.addText(this.#hash);
      this.#rowHash.take(this.#hash, index + 1);
    }
  }
}
