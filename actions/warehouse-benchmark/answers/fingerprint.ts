import { ColumnTally } from './column-tally.ts';
import type { Fingerprint } from './fingerprint-types.ts';
import type { ResultBlock } from './result-block.ts';
import { RowTexts } from './row-texts.ts';

/** Takes the fingerprint of one result while its rows pass. What it keeps grows with the columns, not with the rows. */
export class Fingerprinter {
  #rows = 0;
  #columns: readonly ColumnTally[] = [];
  readonly #rowTexts = new RowTexts();

  /**
   * @param rows the next ones, in any order; all rows of a result have the same number of values
   * @throws RangeError when a row has another number of values than the first one
   */
  add(rows: readonly (readonly (string | null)[])[]): void {
    const [first] = rows;
    if (first === undefined) return;
    const columns = this.#rows === 0 ? first.length : this.#columns.length;
    for (const { length } of rows) {
      if (length === columns) continue;
      throw new RangeError(`A row has ${length} values where the first one has ${columns}.`);
    }
    this.addBlock({
      rows: rows.length,
      columns,
      giveColumn: (column, sink) => {
        for (const row of rows) sink.text(row[column] ?? null);
      },
    });
  }

  /** @param block the next rows, in any order */
  addBlock(block: ResultBlock): void {
    if (block.rows === 0) return;
    if (this.#rows === 0) {
      this.#columns = Array.from({ length: block.columns }, (_, index) => new ColumnTally(index, this.#rowTexts));
    }
    this.#rows += block.rows;
    this.#rowTexts.begin(block.rows);
    for (const [index, column] of this.#columns.entries()) {
      column.begin(block.rows);
      block.giveColumn(index, column);
    }
    const weights = this.#rowTexts.end();
    for (const column of this.#columns) column.end(weights);
  }

  result(): Fingerprint {
    return {
      rows: this.#rows,
      columns: this.#columns.map((column) => column.result()),
      rowTexts: this.#rowTexts.toString(),
    };
  }
}
