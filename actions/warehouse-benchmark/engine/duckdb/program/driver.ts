import { createRequire } from 'node:module';

/** What is used of DuckDB's driver, in the release that engines/duckdb/pins.ts names. */
export interface Driver extends DriverApi {
  readonly bindings: Bindings;
}

/** `@duckdb/node-api`. */
interface DriverApi {
  readonly DuckDBInstance: {
    create(file: string, settings: Readonly<Record<string, string>>): Promise<Instance>;
  };
  /** Makes numbers, texts, lists and objects of values. */
  readonly JsonDuckDBValueConverter: ValueConverter;
  readonly ResultReturnType: { readonly INVALID: number };
  readonly StatementType: { readonly EXPLAIN: number };
  readonly DuckDBTypeId: Readonly<Record<TypeName, number>>;
}

type ValueConverter = (value: unknown, type: unknown, converter: ValueConverter) => unknown;

/** Types whose values are read from memory; all others go through the driver's converter. */
export type TypeName =
  | 'TINYINT'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'HUGEINT'
  | 'DECIMAL'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DATE'
  | 'VARCHAR';

/** `@duckdb/node-bindings`: DuckDB's C interface. */
interface Bindings {
  data_chunk_get_vector(chunk: unknown, column: number): unknown;
  vector_get_data(vector: unknown, byteCount: number): Buffer;
  /** A bit a row, set where it has a value; null where all have one. */
  vector_get_validity(vector: unknown, byteCount: number): Buffer | null;
  /** Reads `byteCount` bytes from where the pointer in the buffer leads. */
  get_data_from_pointer(buffer: ArrayBufferLike, pointerOffset: number, byteCount: number): Buffer;
}

export interface Instance {
  connect(): Promise<Connection>;
}

export interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRowsJson(): unknown[][] }>;
  prepare(sql: string): Promise<Prepared>;
  extractStatements(sql: string): Promise<{ readonly count: number }>;
  interrupt(): void;
  closeSync(): void;
}

export interface Prepared {
  stream(): Promise<Result>;
  destroySync(): void;
}

export interface Result {
  readonly returnType: number;
  readonly statementType: number;
  readonly columnCount: number;
  columnTypeId(column: number): number;
  columnType(column: number): object;
  fetchChunk(): Promise<Chunk | null>;
}

export interface Chunk {
  /** For the bindings. */
  readonly chunk: unknown;
  readonly rowCount: number;
  getColumnVector(column: number): { readonly type: unknown; getItem(row: number): unknown };
  convertRows(converter: ValueConverter): unknown[][];
}

/** @param directory that DuckDB is installed in */
export function loadDriver(directory: string): Driver {
  const load = createRequire(`${directory}/`);
  return { ...load('@duckdb/node-api'), bindings: load('@duckdb/node-bindings') };
}
