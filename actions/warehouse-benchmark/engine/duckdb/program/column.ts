import type { Chunk, Driver } from './driver.ts';
import { textOf } from './value-text.ts';

/** A column of a chunk, in DuckDB's memory: <https://duckdb.org/docs/stable/clients/c/vector>. */
export class Column {
  readonly rows: number;
  readonly #chunk: Chunk;
  readonly #index: number;
  readonly #driver: Driver;
  readonly #vector: unknown;
  readonly #validity: Buffer | null;

  constructor(chunk: Chunk, index: number, driver: Driver) {
    const { bindings } = driver;
    this.rows = chunk.rowCount;
    this.#chunk = chunk;
    this.#index = index;
    this.#driver = driver;
    this.#vector = bindings.data_chunk_get_vector(chunk.chunk, index);
    this.#validity = bindings.vector_get_validity(this.#vector, Math.ceil(this.rows / 64) * 8);
  }

  /** @param width of a value in bytes */
  bytes(width: number): Buffer {
    return this.#driver.bindings.vector_get_data(this.#vector, this.rows * width);
  }

  /** Bytes that lie where a pointer among the column's own bytes leads. */
  bytesAt(own: Buffer, pointerOffset: number, length: number): Buffer {
    return this.#driver.bindings.get_data_from_pointer(own.buffer, own.byteOffset + pointerOffset, length);
  }

  isNull(row: number): boolean {
    return this.#validity !== null && ((this.#validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0;
  }

  /** A value as text by the driver's converter, as where rows are sent. */
  text(row: number): string | null {
    const { JsonDuckDBValueConverter: convert } = this.#driver;
    const vector = this.#chunk.getColumnVector(this.#index);
    return textOf(convert(vector.getItem(row), vector.type, convert));
  }
}
