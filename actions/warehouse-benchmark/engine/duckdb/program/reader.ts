import { Fingerprinter } from '../../../answers/fingerprint.ts';
import type { Fingerprint } from '../../../answers/fingerprint-types.ts';
import type { Row } from '../../engine.ts';
import type { Reading } from '../messages.ts';
import { ChunkBlock } from './chunk-block.ts';
import { type ColumnReader, columnReaders } from './column-readers.ts';
import type { Chunk, Driver, Result } from './driver.ts';
import { batches, rowsOf } from './rows.ts';

/** What reading a result came to. */
export interface Read {
  readonly rows: number;
  readonly last?: readonly Row[];
  readonly fingerprint?: Fingerprint;
}

/** Reads the chunks of one result, as far as it was asked for. */
export class ResultReader {
  readonly #result: Result;
  readonly #driver: Driver;
  readonly #send: (rows: readonly Row[]) => Promise<void>;
  readonly #isPlan: boolean;
  readonly #sendsRows: boolean;
  readonly #fingerprinter: Fingerprinter | undefined;
  #columns: readonly ColumnReader[] | undefined;
  #rows = 0;
  #last: readonly Row[] | undefined;

  /** @param send a batch of rows; resolves when the next one may be sent */
  constructor(result: Result, driver: Driver, reading: Reading, send: (rows: readonly Row[]) => Promise<void>) {
    this.#result = result;
    this.#driver = driver;
    this.#send = send;
    this.#isPlan = result.statementType === driver.StatementType.EXPLAIN;
    this.#sendsRows = reading === 'rows';
    this.#fingerprinter = reading === 'fingerprint' ? new Fingerprinter() : undefined;
  }

  async read(chunk: Chunk): Promise<void> {
    if (this.#isPlan || this.#sendsRows) return await this.#readRows(rowsOf(chunk, this.#isPlan, this.#driver));
    this.#rows += chunk.rowCount;
    if (this.#fingerprinter === undefined) return;
    this.#columns ??= columnReaders(this.#result, this.#driver);
    this.#fingerprinter.addBlock(new ChunkBlock(chunk, this.#columns, this.#driver));
  }

  end(): Read {
    return {
      rows: this.#rows,
      ...(this.#last && { last: this.#last }),
      ...(this.#fingerprinter && { fingerprint: this.#fingerprinter.result() }),
    };
  }

  async #readRows(rows: readonly Row[]): Promise<void> {
    this.#rows += rows.length;
    this.#fingerprinter?.add(rows);
    if (!this.#sendsRows) return;
    for (const batch of batches(rows)) {
      if (this.#last !== undefined) await this.#send(this.#last);
      this.#last = batch;
    }
  }
}
