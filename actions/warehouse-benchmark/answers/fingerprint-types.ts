/**
 * What a result comes to, without its rows and without their order. Two engines that give the same answer give the same
 * fingerprint, but for rounding; where NULLs or ties are sorted otherwise makes no difference.
 */
export interface Fingerprint {
  readonly rows: number;
  /** None where there is no row. */
  readonly columns: readonly ColumnPrint[];
  /** Sum of a hash of each row's texts modulo 2^64, in hexadecimal, so that texts of a row that do not belong together are seen. */
  readonly rowTexts?: string;
}

/** A column is one of numbers when all its values read as numbers. */
export type ColumnPrint =
  | {
      readonly kind: 'numbers';
      readonly nulls: number;
      readonly sum: number;
      /** Of the squares, so that errors which cancel out in the sum are seen. */
      readonly squares: number;
      readonly min: number;
      readonly max: number;
      /** Sum of the values, each times a weight from 0 to 1 that its row's texts give, so that numbers in the wrong row are seen. */
      readonly weighted?: number;
      /** The most digits after the point that a value has, without the zeros at its end. */
      readonly decimals?: number;
    }
  | {
      readonly kind: 'texts';
      readonly nulls: number;
      /** Sum of the values' hashes modulo 2^64, in hexadecimal: the same in every order. */
      readonly hash: string;
    }
  /** Nothing but NULLs, or no row. */
  | { readonly kind: 'empty'; readonly nulls: number };
