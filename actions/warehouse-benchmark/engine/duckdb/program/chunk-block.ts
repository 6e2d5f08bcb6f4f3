import type { ResultBlock, ValueSink } from '../../../answers/result-block.ts';
import { Column } from './column.ts';
import type { ColumnReader } from './column-readers.ts';
import type { Chunk, Driver } from './driver.ts';

/**
 * A chunk of a result by column, read from DuckDB's memory: to make rows and objects of all values takes longer than some
 * queries do.
 */
export class ChunkBlock implements ResultBlock {
  readonly rows: number;
  readonly columns: number;
  readonly #chunk: Chunk;
  readonly #readers: readonly ColumnReader[];
  readonly #driver: Driver;

  constructor(chunk: Chunk, readers: readonly ColumnReader[], driver: Driver) {
    this.rows = chunk.rowCount;
    this.columns = readers.length;
    this.#chunk = chunk;
    this.#readers = readers;
    this.#driver = driver;
  }

  giveColumn(index: number, sink: ValueSink): void {
    this.#readers[index]?.(new Column(this.#chunk, index, this.#driver), sink);
  }
}
