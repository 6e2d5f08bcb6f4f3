/** A part of an SQL text. Everything that is not of another kind is `code`, blanks too. */
export interface SqlPiece {
  readonly kind: 'code' | 'quoted' | 'comment' | 'semicolon' | 'psql-command';
  /** Offsets in the text; `end` is the first one behind the piece. */
  readonly start: number;
  readonly end: number;
}

/** An SQL text that cannot be split without a guess. */
export class SqlTextError extends Error {
  /** From 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = new.target.name;
    this.line = line;
  }
}

const SPECIAL = /['"$\\;]|--|\/\*/g;
const COMMENT_MARK = /\/\*|\*\//g;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const IDENTIFIER_PART = /[\w$\u0080-\uffff]/;

/**
 * Takes an SQL text apart by the lexical rules of PostgreSQL and psql, which Redshift and DuckDB share: strings (`''`, and
 * backslashes in `E''`), quoted identifiers, dollar quotes, line comments, and block comments that nest. A psql command reaches
 * from its backslash to the end of the line. The pieces cover the text without gaps, in time linear in its length.
 *
 * @throws SqlTextError for something that does not end, and for a string whose end the engines see in different places
 */
export function* sqlPieces(text: string): Generator<SqlPiece> {
  let start = 0;
  let from = 0;
  for (;;) {
    const at = nextSpecial(text, from);
    const kind = at === text.length ? undefined : kindAt(text, at, start);
    if (kind === 'code') {
      from = at + 1;
      continue;
    }
    if (at > start) yield { kind: 'code', start, end: at };
    if (kind === undefined) return;
    const end = endOf(kind, text, at, start);
    yield { kind, start: at, end };
    start = end;
    from = end;
  }
}

/** The line, from 1, at an offset of a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function nextSpecial(text: string, from: number): number {
  SPECIAL.lastIndex = from;
  return SPECIAL.exec(text)?.index ?? text.length;
}

function kindAt(text: string, at: number, codeStart: number): SqlPiece['kind'] {
  switch (text[at]) {
    case "'":
    case '"':
      return 'quoted';
    case ';':
      return 'semicolon';
    case '\\':
      return 'psql-command';
    case '$':
      return dollarQuote(text, at, codeStart) === undefined ? 'code' : 'quoted';
    default:
      return 'comment';
  }
}

function endOf(kind: SqlPiece['kind'], text: string, at: number, codeStart: number): number {
  if (kind === 'semicolon') return at + 1;
  if (kind === 'psql-command') return endOfLine(text, at);
  if (kind === 'comment') return text[at] === '-' ? endOfLine(text, at) : endOfBlockComment(text, at);
  if (text[at] === '$') return endOfDollarQuote(text, at, dollarQuote(text, at, codeStart) ?? '$$');
  if (text[at] === '"') return endOfIdentifier(text, at);
  return hasEscapes(text, at, codeStart) ? endOfEscapeString(text, at) : endOfString(text, at);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function endOfBlockComment(text: string, at: number): number {
  COMMENT_MARK.lastIndex = at;
  let depth = 0;
  for (let mark = COMMENT_MARK.exec(text); mark !== null; mark = COMMENT_MARK.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.index + 2;
  }
  throw unended(text, at, 'a comment');
}

/** The opening mark of a dollar quote at an offset, `$$` or `$tag$`; undefined for a dollar sign of another sense. */
function dollarQuote(text: string, at: number, codeStart: number): string | undefined {
  if (at > codeStart && IDENTIFIER_PART.test(text.charAt(at - 1))) return undefined;
  DOLLAR_QUOTE.lastIndex = at;
  return DOLLAR_QUOTE.exec(text)?.[0];
}

function endOfDollarQuote(text: string, at: number, mark: string): number {
  const end = text.indexOf(mark, at + mark.length);
  if (end === -1) throw unended(text, at, `a dollar quote (${mark.slice(0, 40)})`);
  return end + mark.length;
}

function endOfIdentifier(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end === -1) throw unended(text, at, 'a quoted identifier');
  return end + 1;
}

function endOfString(text: string, at: number): number {
  for (let end = text.indexOf("'", at + 1); end !== -1; end = text.indexOf("'", end + 2)) {
    if (hasOddBackslashes(text, at + 1, end)) {
      throw new SqlTextError(
        lineAt(text, end),
        "a backslash stands before a quote in a string, which Redshift and other engines read differently; write '' for a quote in a string",
      );
    }
    if (text[end + 1] !== "'") return end + 1;
  }
  throw unended(text, at, 'a string');
}

function hasOddBackslashes(text: string, first: number, end: number): boolean {
  let from = end;
  while (from > first && text[from - 1] === '\\') from -= 1;
  return (end - from) % 2 === 1;
}

/** Whether the string at an offset is written `E''`. */
function hasEscapes(text: string, at: number, codeStart: number): boolean {
  const before = text.slice(Math.max(codeStart, at - 2), at);
  return /e$/i.test(before) && !(before.length === 2 && IDENTIFIER_PART.test(before.charAt(0)));
}

function endOfEscapeString(text: string, at: number): number {
  for (let n = at + 1; n < text.length; n++) {
    if (text[n] === '\\') n += 1;
    else if (text[n] === "'") {
      if (text[n + 1] !== "'") return n + 1;
      n += 1;
    }
  }
  throw unended(text, at, 'a string');
}

function unended(text: string, at: number, what: string): SqlTextError {
  return new SqlTextError(lineAt(text, at), `${what} that begins here does not end; close it`);
}
