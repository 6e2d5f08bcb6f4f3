import { quote } from '../../../lib/operation/inputs.ts';
import { parseWrittenTime, type WrittenTime } from './written-time.ts';

/** One query as a file has it. */
export interface LogRow {
  readonly line: number;
  /** From 1: when in its session's order it ran. */
  readonly position: number;
  /** 0 for the single user, 1 to 20 for the sessions. */
  readonly session: number;
  readonly query: number;
  /** Lines that psql printed, which are the rows of all statements. */
  readonly tuples: number;
  readonly written: WrittenTime;
}

export interface ParsedFile {
  readonly rows: readonly LogRow[];
  /** What is wrong, by line. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

const COLUMNS = ['id', 'description', 'tuples', 'duration'] as const;
type Column = (typeof COLUMNS)[number];
type Places = Readonly<Record<Column, number>>;

const IN_ORDER: Places = { id: 0, description: 1, tuples: 2, duration: 3 };
/** What psql prints around the rows: the line below the names, and how many rows there are. */
const DECORATION = /^(?:[-+]+|\(\d+ rows?\))$/;
/** The scripts number their files from 101. */
const FIRST_ID = 101;
const QUERIES = 99;
const SESSIONS = 20;

/**
 * Reads the rows of a log of the article's scripts, or of their tables `sql` and `multisql` as psql or a CSV export shows
 * them: `id|session.query|tuples|1970-01-01 00:00:05.5326`. The columns may have names above them, and then any order.
 * Pure.
 */
export function parseRows(text: string): ParsedFile {
  const rows: LogRow[] = [];
  const problems: { line: number; message: string }[] = [];
  let places = IN_ORDER;
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const content = raw.trim();
    if (content === '' || DECORATION.test(content)) continue;
    const fields = fieldsOf(content);
    const named = placesIn(fields);
    if (named !== undefined) {
      places = named;
      continue;
    }
    const row = readRow(fields, places, { line: index + 1, position: rows.length + 1 });
    if (typeof row === 'string') problems.push({ line: index + 1, message: row });
    else rows.push(row);
  }
  return { rows, problems };
}

function fieldsOf(content: string): readonly string[] {
  const separator = ['|', '\t', ','].find((sign) => content.includes(sign)) ?? ',';
  return content.split(separator).map((field) =>
    field
      .trim()
      .replace(/^(["'])(.*)\1$/, '$2')
      .trim(),
  );
}

/** Where the columns are, when a line names them. */
function placesIn(fields: readonly string[]): Places | undefined {
  const names = fields.map((field) => field.toLowerCase());
  if (!COLUMNS.every((column) => names.includes(column))) return undefined;
  return {
    id: names.indexOf('id'),
    description: names.indexOf('description'),
    tuples: names.indexOf('tuples'),
    duration: names.indexOf('duration'),
  };
}

function readRow(fields: readonly string[], places: Places, at: { line: number; position: number }): LogRow | string {
  const [id = '', description = '', tuples = '', duration = ''] = COLUMNS.map((column) => fields[places[column]]);
  if (!/^\d{1,9}$/.test(id) || !/^\d{1,15}$/.test(tuples) || duration === '') {
    return `${quote(fields.join('|'))} is no row of the scripts; a row is 'id|session.query|tuples|1970-01-01 00:00:05.5326'`;
  }
  const written = parseWrittenTime(duration);
  if (written === undefined) {
    return `${quote(duration)} is no duration of the scripts; they write for example '1970-01-01 00:00:05.5326'`;
  }
  const number = Number(id);
  const inOrder = number >= FIRST_ID && number < FIRST_ID + QUERIES;
  const subject = subjectOf(description, inOrder ? number - FIRST_ID + 1 : undefined);
  if (typeof subject === 'string') return subject;
  const position = inOrder ? number - FIRST_ID + 1 : at.position;
  return { line: at.line, position, ...subject, tuples: Number(tuples), written };
}

/**
 * The scripts write `session.query`, and for the single user `.query`, with an unset variable before the point. Where the
 * path of the single user's script has a point, it comes out as `.tpcds`; then the id tells the query.
 */
function subjectOf(description: string, ordinal: number | undefined): { session: number; query: number } | string {
  const [, before = '', after = ''] = /^([^.]*)\.(.*)$/.exec(description) ?? [];
  const isSession = /^\d+$/.test(before);
  const query = /^\d+$/.test(after) ? Number(after) : isSession ? undefined : ordinal;
  if (query === undefined || query < 1 || query > QUERIES || !description.includes('.')) {
    return `${quote(description)} names no query from 1 to ${QUERIES}; the scripts write for example '.67' or '5.67'`;
  }
  const session = isSession ? Number(before) : 0;
  if (isSession && (session < 1 || session > SESSIONS)) {
    return `${quote(description)} is of session ${before}; the scripts have 1 to ${SESSIONS}`;
  }
  return { session, query };
}
