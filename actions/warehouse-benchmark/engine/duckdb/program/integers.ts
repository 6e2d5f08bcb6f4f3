/** Reads the whole number of a row from a column's memory; NaN for one that is no safe integer. */
export type IntegerOf = (row: number) => number;

/** Signed whole numbers of a width in bytes, as DuckDB has them in memory on the processors that its driver is made for. */
export interface Integers {
  readonly width: 1 | 2 | 4 | 8 | 16;
  /** @param bytes of all rows */
  open(bytes: Uint8Array): IntegerOf;
}

export const BYTE: Integers = {
  width: 1,
  open({ buffer, byteOffset, length }) {
    const values = new Int8Array(buffer, byteOffset, length);
    return (row) => values[row] ?? Number.NaN;
  },
};

export const SHORT: Integers = {
  width: 2,
  open({ buffer, byteOffset, length }) {
    const values = new Int16Array(buffer, byteOffset, length / 2);
    return (row) => values[row] ?? Number.NaN;
  },
};

export const INTEGER: Integers = {
  width: 4,
  open(bytes) {
    const values = words(bytes);
    return (row) => values[row] ?? Number.NaN;
  },
};

export const LONG: Integers = {
  width: 8,
  open(bytes) {
    const values = words(bytes);
    return (row) => safeInteger(values[row * 2], values[row * 2 + 1]);
  },
};

export const HUGE: Integers = {
  width: 16,
  open(bytes) {
    const values = words(bytes);
    return (row) => {
      const at = row * 4;
      const high = values[at + 1] ?? 0;
      // The upper half of a number that fits into the lower one repeats its sign.
      const sign = high >> 31;
      const fits = values[at + 2] === sign && values[at + 3] === sign;
      return fits ? safeInteger(values[at], high) : Number.NaN;
    };
  },
};

function words({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length / 4);
}

function safeInteger(low = 0, high = 0): number {
  const integer = high * 0x1_0000_0000 + (low >>> 0);
  return Number.isSafeInteger(integer) ? integer : Number.NaN;
}
