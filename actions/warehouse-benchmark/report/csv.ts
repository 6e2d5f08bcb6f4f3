import type { BenchmarkReport, Execution } from './report.ts';

type Cell = string | number | undefined;

const COLUMNS: readonly (readonly [header: string, cell: (execution: Execution) => Cell])[] = [
  ['part', ({ part }) => part],
  ['session', ({ session }) => session],
  ['iteration', ({ iteration }) => iteration],
  ['position', ({ position }) => position],
  ['query', ({ query }) => query],
  ['status', ({ status }) => status],
  ['duration_ms', ({ durationMs }) => durationMs],
  ['start_ms', ({ startMs }) => startMs],
  ['wall_ms', ({ wallMs }) => wallMs],
  ['statements', ({ statements }) => statements],
  ['rows', ({ rows }) => rows],
  ['queue_ms', ({ queueMs }) => queueMs],
  ['compile_ms', ({ compileMs }) => compileMs],
  ['execution_ms', ({ executionMs }) => executionMs],
  ['answer', ({ answer }) => answer],
  ['repeats', ({ repeats }) => repeats],
  ['message', ({ message }) => message],
];

/** Every execution as a line of CSV (RFC 4180), with a header; what is not known is empty. */
export function executionsCsv({ executions }: BenchmarkReport): string {
  const lines = [COLUMNS.map(([header]) => header), ...executions.map((each) => COLUMNS.map(([, cell]) => cell(each)))];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"); numbers are
 * never negative here.
 */
function csvCell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^[\s"]*[=+\-@＝＋－＠|]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
