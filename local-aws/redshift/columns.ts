import type { EngineColumn } from './engine.ts';

/** A column as the Data API describes it. */
export interface ColumnMetadata {
  readonly name: string;
  readonly label: string;
  readonly typeName: string;
  readonly precision: number;
  readonly scale: number;
  readonly length: number;
  readonly nullable: number;
  readonly isSigned: boolean;
  readonly isCaseSensitive: boolean;
  readonly isCurrency: boolean;
  readonly schemaName: string;
  readonly tableName: string;
}

interface RedshiftType {
  readonly name: string;
  readonly precision: number;
}

const UNKNOWN: RedshiftType = { name: 'varchar', precision: 65_535 };

/** Types of Redshift by those of DuckDB. What Redshift has no type for is a text. */
const TYPES: Readonly<Record<string, RedshiftType>> = {
  BOOLEAN: { name: 'bool', precision: 1 },
  TINYINT: { name: 'int2', precision: 5 },
  UTINYINT: { name: 'int2', precision: 5 },
  SMALLINT: { name: 'int2', precision: 5 },
  USMALLINT: { name: 'int4', precision: 10 },
  INTEGER: { name: 'int4', precision: 10 },
  UINTEGER: { name: 'int8', precision: 19 },
  BIGINT: { name: 'int8', precision: 19 },
  UBIGINT: { name: 'numeric', precision: 20 },
  HUGEINT: { name: 'numeric', precision: 38 },
  DECIMAL: { name: 'numeric', precision: 18 },
  FLOAT: { name: 'float4', precision: 8 },
  DOUBLE: { name: 'float8', precision: 17 },
  DATE: { name: 'date', precision: 13 },
  TIME: { name: 'time', precision: 15 },
  TIMESTAMP: { name: 'timestamp', precision: 29 },
  TIMESTAMP_TZ: { name: 'timestamptz', precision: 35 },
};

const SIGNED = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']);

export function describeColumn(
  { name, type, precision, scale }: EngineColumn,
  origin: { schema: string; table: string; nullable: boolean } = { schema: '', table: '', nullable: true },
): ColumnMetadata {
  const known = TYPES[type] ?? UNKNOWN;
  return {
    name,
    label: name,
    typeName: known.name,
    precision: precision ?? known.precision,
    scale: scale ?? 0,
    length: 0,
    nullable: origin.nullable ? 1 : 0,
    isSigned: SIGNED.has(known.name),
    isCaseSensitive: known.name === 'varchar',
    isCurrency: false,
    schemaName: origin.schema,
    tableName: origin.table,
  };
}
