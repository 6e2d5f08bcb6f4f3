import { identifier, literal } from '../engine/redshift/sql-text.ts';
import { type BenchmarkReport, type Execution, LABEL } from '../report/report.ts';
import { durationText } from './duration-text.ts';
import type { SchemaState } from './schema-state.ts';
import { CONCURRENT, RUNS, SINGLE, TABLES, type Table } from './table.ts';

/** Bytes of a statement with rows: below the 100 KB of the Data API, whatever the last row adds. */
const LONGEST_INSERT = 90 * 1024;
/** Longest name that Redshift takes, in bytes. */
const LONGEST_NAME = 127;

/** Makes what is missing. Tables of somebody else that have names of ours get others; nothing is dropped. */
export function makeStatements(schema: string, state: SchemaState, run: string): readonly string[] {
  const taken = state.kind === 'theirs' ? state.taken : [];
  return [
    ...(state.kind === 'missing' ? [`create schema ${identifier(schema)}`] : []),
    ...taken.map((table) => `alter table ${qualified(schema, table)} rename to ${identifier(nameBefore(table, run))}`),
    ...TABLES.map(({ name, columns }) => {
      const defined = columns.map(([column, type]) => `${identifier(column)} ${type}`);
      return `create table if not exists ${qualified(schema, name)} (${defined.join(', ')})`;
    }),
  ];
}

/** Removes what was written of a run before. */
export function clearStatements(schema: string, run: string): readonly string[] {
  return TABLES.map(
    ({ name }) => `delete from ${qualified(schema, name)} where ${identifier('run')} = ${literal(run)}`,
  );
}

/** Writes the rows of a report: many with one statement, each below 100 KB. */
export function rowStatements(schema: string, report: BenchmarkReport): readonly string[] {
  const { run, startedAt, setting, executions } = report;
  const { engine } = setting;
  const source = 'schema' in engine && engine.schema !== undefined ? engine.schema : 'tpcds';
  const row = (execution: Execution) => executionRow(run, source, execution);
  const of = (part: Execution['part']) => executions.filter((execution) => execution.part === part).map(row);
  const started = `cast(${literal(startedAt.replace('T', ' ').replace('Z', ''))} as timestamp)`;
  const runRow = [literal(run), started, setting.scaleFactor, engine.rpus ?? 'null', literal(LABEL)].join(', ');
  return [
    ...inserts(schema, RUNS, [runRow]),
    ...inserts(schema, SINGLE, of('single')),
    ...inserts(schema, CONCURRENT, of('concurrent')),
  ];
}

function executionRow(run: string, source: string, execution: Execution): string {
  const { position, query, session, iteration, rows, durationMs, status } = execution;
  const description = `${source}.${String(query).padStart(2, '0')}`;
  return [
    literal(run),
    100 + position,
    literal(description),
    session,
    iteration,
    rows < 0 ? 'null' : rows,
    Math.round(durationMs),
    literal(durationText(durationMs)),
    literal(status),
  ].join(', ');
}

function inserts(schema: string, { name, columns }: Table, rows: readonly string[]): readonly string[] {
  const head = `insert into ${qualified(schema, name)} (${columns.map(([column]) => identifier(column)).join(', ')}) values `;
  const statements: string[] = [];
  let values: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    const value = `(${row})`;
    if (values.length > 0 && bytes + Buffer.byteLength(value) + 2 > LONGEST_INSERT) {
      statements.push(head + values.join(', '));
      values = [];
      bytes = 0;
    }
    values.push(value);
    bytes += Buffer.byteLength(value) + 2;
  }
  if (values.length > 0) statements.push(head + values.join(', '));
  return statements;
}

function qualified(schema: string, table: string): string {
  return `${identifier(schema)}.${identifier(table)}`;
}

/** `sql_before_20261201_094947_1f2e`: the name that somebody else's table gets. */
export function nameBefore(table: string, run: string): string {
  return `${table}_before_${run.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, LONGEST_NAME);
}
