/** A table of ours: its name, and its columns with their types, which Redshift and DuckDB have both. */
export interface Table {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: string])[];
}

/**
 * Columns `id`, `description`, `tuples` and `duration` are those of the scripts in aws-samples/redshift-benchmarks, whose
 * `duration` is a time of day with wrong milliseconds.
 */
const COLUMNS: Table['columns'] = [
  ['run', 'varchar(256)'],
  // 100 and the position in the session's order, as the scripts number their files: 101 to 199.
  ['id', 'integer'],
  // Schema and number of the query: `ext_tpcds1000.67`.
  ['description', 'varchar(256)'],
  ['session', 'integer'],
  ['iteration', 'integer'],
  ['tuples', 'bigint'],
  ['duration_ms', 'bigint'],
  // `HH:MM:SS.mmm`, with hours that go on beyond 24.
  ['duration', 'varchar(32)'],
  ['status', 'varchar(32)'],
];

/** The measured passes of the single user. */
export const SINGLE: Table = { name: 'sql', columns: COLUMNS };
/** The sessions of the concurrent part. */
export const CONCURRENT: Table = { name: 'multisql', columns: COLUMNS };
/** One row a run. A schema is ours when it has this table. */
export const RUNS: Table = {
  name: 'headgate_runs',
  columns: [
    ['run', 'varchar(256)'],
    ['started', 'timestamp'],
    ['scale_factor', 'double precision'],
    ['rpus', 'integer'],
    ['label', 'varchar(512)'],
  ],
};

export const TABLES: readonly Table[] = [RUNS, SINGLE, CONCURRENT];
