import { CompensatedSum } from './compensated-sum.ts';
import type { ColumnPrint } from './fingerprint-types.ts';
import { NumberReader } from './number-text.ts';
import type { ValueSink } from './result-block.ts';
import type { RowTexts } from './row-texts.ts';
import { sameText } from './same-text.ts';
import { HashSum, TextHash } from './text-hash.ts';

/** Exact in a double. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * What is kept of one column while its values pass, a block of rows at a time. Whether texts are all numbers is known only
 * at the end, so they are counted as texts, too.
 */
export class ColumnTally implements ValueSink {
  readonly #index: number;
  readonly #rowTexts: RowTexts;
  #nulls = 0;
  #texts = 0;
  readonly #hashes = new HashSum();
  #numbers = 0;
  readonly #sum = new CompensatedSum();
  readonly #squares = new CompensatedSum();
  readonly #weighted = new CompensatedSum();
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #decimals = 0;
  /** Of the block, by row; NaN where there is no number. */
  #values = new Float64Array(0);
  #row = 0;
  readonly #hash = new TextHash();
  readonly #reader = new NumberReader();

  /** @param index of the column, from 0 */
  constructor(index: number, rowTexts: RowTexts) {
    this.#index = index;
    this.#rowTexts = rowTexts;
  }

  /** Begins a block; its rows follow in their order. */
  begin(rows: number): void {
    if (rows > this.#values.length) this.#values = new Float64Array(rows);
    this.#row = 0;
  }

  text(value: string | null): void {
    const text = sameText(value);
    if (text === null) {
      this.#nulls += 1;
      this.#values[this.#row] = Number.NaN;
    } else {
      this.#hash.of(text);
      this.#hashes.add(this.#hash);
      if (this.#reader.read(text)) {
        this.#add(this.#reader.value);
        if (this.#reader.decimals > this.#decimals) this.#decimals = this.#reader.decimals;
      } else {
        this.#texts += 1;
        this.#values[this.#row] = Number.NaN;
        this.#rowTexts.take(this.#row, this.#hash, this.#index);
      }
    }
    this.#row += 1;
  }

  number(units: number, scale: number): void {
    // The quotient of two exact doubles is the double nearest to the number, as for one that is read from its text.
    this.#add(scale === 0 ? units : units / (POWERS_OF_TEN[scale] ?? Number.NaN));
    this.#row += 1;
    let [decimals, rest] = [scale, units];
    while (decimals > this.#decimals && rest % 10 === 0) {
      rest /= 10;
      decimals -= 1;
    }
    if (decimals > this.#decimals) this.#decimals = decimals;
  }

  /** @param weights of the block's rows, which are known only after all their texts */
  end(weights: Float64Array | undefined): void {
    if (weights === undefined || this.#texts > 0) return;
    for (let row = 0; row < this.#row; row += 1) {
      const value = this.#values[row] ?? Number.NaN;
      if (!Number.isNaN(value)) this.#weighted.add(value * (weights[row] ?? 0));
    }
  }

  result(): ColumnPrint {
    const nulls = this.#nulls;
    if (this.#texts > 0) return { kind: 'texts', nulls, hash: this.#hashes.toString() };
    if (this.#numbers === 0) return { kind: 'empty', nulls };
    return {
      kind: 'numbers',
      nulls,
      sum: this.#sum.value,
      squares: this.#squares.value,
      min: this.#min,
      max: this.#max,
      weighted: this.#weighted.value,
      decimals: this.#decimals,
    };
  }

  #add(value: number): void {
    this.#numbers += 1;
    this.#values[this.#row] = value;
    this.#sum.add(value);
    this.#squares.add(value * value);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }
}
