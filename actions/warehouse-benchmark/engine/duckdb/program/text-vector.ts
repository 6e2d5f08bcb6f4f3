import type { Column } from './column.ts';

/** A text is its length and up to twelve bytes, or its length, four bytes and a pointer to all of it. */
const [WIDTH, INLINE, BYTES_AT, POINTER_AT] = [16, 12, 4, 8];

/**
 * The texts of a column. Those that lie one behind the other in memory are read at once, because each reading through a
 * pointer makes an object that lives outside JavaScript's memory and takes longer than all else that is done with a text.
 */
export class TextVector {
  readonly #column: Column;
  readonly #entries: Buffer;
  readonly #words: Uint32Array;
  /** What was read through a pointer last, and where it begins and ends in memory. */
  #read: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(column: Column) {
    this.#column = column;
    this.#entries = column.bytes(WIDTH);
    const { buffer, byteOffset, length } = this.#entries;
    this.#words = new Uint32Array(buffer, byteOffset, length / 4);
  }

  text(row: number): string {
    const length = this.#length(row);
    if (length <= INLINE) {
      const at = row * WIDTH + BYTES_AT;
      return this.#entries.toString('utf8', at, at + length);
    }
    const pointer = this.#pointer(row);
    if (pointer < this.#start || pointer + length > this.#end) this.#readFrom(row);
    const at = pointer - this.#start;
    return this.#read.toString('utf8', at, at + length);
  }

  #readFrom(row: number): void {
    this.#start = this.#pointer(row);
    this.#end = this.#start + this.#length(row);
    for (let next = row + 1; next < this.#column.rows; next += 1) {
      if (this.#column.isNull(next) || this.#length(next) <= INLINE) continue;
      if (this.#pointer(next) !== this.#end) break;
      this.#end += this.#length(next);
    }
    this.#read = this.#column.bytesAt(this.#entries, row * WIDTH + POINTER_AT, this.#end - this.#start);
  }

  #length(row: number): number {
    return this.#words[row * 4] ?? 0;
  }

  /** Addresses have 48 bits or a little more, which a double holds. */
  #pointer(row: number): number {
    return (this.#words[row * 4 + 3] ?? 0) * 0x1_0000_0000 + (this.#words[row * 4 + 2] ?? 0);
  }
}
