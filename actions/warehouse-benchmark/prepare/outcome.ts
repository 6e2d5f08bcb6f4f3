import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import { tableRows } from '../warehouse/table-rows.ts';
import type { PrepareDetails, Prepared } from './details.ts';
import type { PREPARE_OUTPUTS } from './inputs.ts';

type PrepareOutcome = Outcome<keyof typeof PREPARE_OUTPUTS>;

/** The outcome of a dry run. */
export function describePlan({ summary, actions, notes, details }: Plan<PrepareDetails>): PrepareOutcome {
  const rows = actions.map(({ verb, what, name, detail = '' }) => [`${verb} ${what}`, code(name), detail]);
  const planned = rows.length === 0 ? '' : `${table(['step', 'name', 'what'], rows)}\n`;
  return {
    summary: `Planned, nothing was changed. ${summary}`,
    outputs: { status: 'planned', ...facts(details) },
    report: `### Planned\n\n${text(summary)}\n\n${planned}${notes.map((note) => `- ${text(note)}\n`).join('')}`,
    result: details,
  };
}

/** The outcome of a run whose tables were counted. */
export function outcomeOf(details: PrepareDetails, { done }: Prepared): PrepareOutcome {
  const { scaleFactor } = details;
  const tables = tableRows(scaleFactor)?.size ?? 0;
  const place =
    details.engine === 'duckdb'
      ? 'DuckDB'
      : `the workgroup ${details.workgroup} (${details.rpus} RPUs), schema ${details.database}.${details.schema},`;
  const ready = `${place} has the ${tables} tables of scale factor ${scaleFactor}`;
  const summary = done.length === 0 ? `Nothing to change: ${ready} already.` : `Ready: ${ready}.`;
  const list = done.map((line) => `- ${text(line)}\n`).join('');
  return {
    summary,
    outputs: { status: done.length === 0 ? 'nothing' : 'prepared', ...facts(details) },
    report: `### Warehouse ready\n\n${text(summary)}\n${list === '' ? '' : `\n${list}`}`,
    result: { ...details, done: [...done] },
  };
}

function facts(details: PrepareDetails): PrepareOutcome['outputs'] {
  const common = { engine: details.engine, 'scale-factor': String(details.scaleFactor) };
  if (details.engine === 'duckdb') return common;
  const { workgroup, database, schema, rpus, rpusBefore } = details;
  return {
    ...common,
    workgroup,
    database,
    schema,
    rpus: String(rpus),
    ...(rpusBefore === null ? {} : { 'rpus-before': String(rpusBefore) }),
  };
}
