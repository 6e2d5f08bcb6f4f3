import { HashSum, TextHash } from './text-hash.ts';

/** What the texts of each row come to together, while a block of rows passes column by column. */
export class RowTexts {
  readonly #sum = new HashSum();
  readonly #hash = new TextHash();
  /** By row of the block. */
  #high = new Int32Array(0);
  #low = new Int32Array(0);
  #weights = new Float64Array(0);
  #rows = 0;
  #hasTexts = false;

  begin(rows: number): void {
    if (rows > this.#high.length) {
      this.#high = new Int32Array(rows);
      this.#low = new Int32Array(rows);
      this.#weights = new Float64Array(rows);
    } else if (this.#hasTexts) {
      this.#high.fill(0);
      this.#low.fill(0);
    }
    this.#rows = rows;
    this.#hasTexts = false;
  }

  /** Takes a text of a row; the order of a row's texts counts. */
  take(row: number, text: TextHash, column: number): void {
    this.#hasTexts = true;
    const hash = this.#hash;
    hash.high = this.#high[row] ?? 0;
    hash.low = this.#low[row] ?? 0;
    hash.take(text, column + 1);
    this.#high[row] = hash.high;
    this.#low[row] = hash.low;
  }

  /** @returns a weight from 0 to 1 for each row, which its texts give; undefined where no row has a text, so that all are 0 */
  end(): Float64Array | undefined {
    if (!this.#hasTexts) return undefined;
    const hash = this.#hash;
    for (let row = 0; row < this.#rows; row += 1) {
      hash.high = this.#high[row] ?? 0;
      hash.low = this.#low[row] ?? 0;
      this.#sum.add(hash);
      this.#weights[row] = hash.weight;
    }
    return this.#weights;
  }

  /** The sum over all rows, as `Fingerprint.rowTexts`. */
  toString(): string {
    return this.#sum.toString();
  }
}
