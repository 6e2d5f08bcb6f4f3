import { CompensatedSum } from './compensated-sum.ts';
import type { ColumnPrint } from './fingerprint-types.ts';
import { HashSum, type TextHash } from './text-hash.ts';

/**
 * What is kept of one column while its rows pass. Whether it is one of numbers is known only at the end, so all values are
 * counted as texts too.
 */
export class ColumnTally {
  #nulls = 0;
  #texts = 0;
  readonly #hash = new HashSum();
  #numbers = 0;
  readonly #sum = new CompensatedSum();
  readonly #squares = new CompensatedSum();
  readonly #weighted = new CompensatedSum();
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #decimals = 0;

  addNull(): void {
    this.#nulls += 1;
  }

  addText(hash: TextHash): void {
    this.#texts += 1;
    this.#hash.add(hash);
  }

  addNumber(value: number, decimals: number, hash: TextHash): void {
    this.#numbers += 1;
    this.#hash.add(hash);
    if (this.#texts > 0) return;
    this.#sum.add(value);
    this.#squares.add(value * value);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (decimals > this.#decimals) this.#decimals = decimals;
  }

  /** @param value the last number, times the weight of its row, which is known only after all its texts */
  addWeighted(value: number): void {
    this.#weighted.add(value);
  }

  result(): ColumnPrint {
    const nulls = this.#nulls;
    if (this.#texts > 0) return { kind: 'texts', nulls, hash: this.#hash.toString() };
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
}
