import { lineAt, type SqlPiece, SqlTextError, sqlPieces } from './sql-pieces.ts';

export interface SqlStatement {
  /** Without its semicolon, comments, and blanks around it. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** Commands that change only what psql shows. */
const DROPPED_COMMANDS = /^\\(?:timing|set|unset|pset|o|out|echo|qecho|a|t|x)$/;
/** The article's files begin each statement with `:EXPLAIN`, which its scripts set to nothing or to `EXPLAIN`. */
const VARIABLE_FIRST = /^\s*:([A-Za-z_]\w*)/;
const EXPLAIN_VARIABLE = /^explain(?:_|$)/i;

/**
 * Splits a text into its statements. Comments and empty statements are left out. Of psql, commands that only change what it
 * shows are left out, as is a variable `:EXPLAIN` or `:EXPLAIN_ANALYZE` before a statement.
 *
 * @throws SqlTextError for other psql commands and variables before a statement, and as `sqlPieces`
 */
export function splitStatements(text: string): readonly SqlStatement[] {
  const statements: SqlStatement[] = [];
  const lines = new LineCounter(text);
  let statement = new StatementText();
  for (const piece of sqlPieces(text)) {
    if (piece.kind === 'semicolon') {
      if (!statement.isBlank) statements.push(statement.finish(lines));
      statement = new StatementText();
    } else if (piece.kind === 'psql-command') checkCommand(text, piece);
    else if (piece.kind === 'comment') statement.add(' ', piece.start);
    else
      statement.add(statement.isBlank ? withoutVariable(text, piece) : text.slice(piece.start, piece.end), piece.end);
  }
  if (!statement.isBlank) statements.push(statement.finish(lines));
  return statements;
}

/** A statement with one blank for all that are not in quotes: equal for texts that differ in layout only. */
export function withoutLayout(statement: string): string {
  return [...sqlPieces(statement)]
    .map(({ kind, start, end }) => {
      const piece = statement.slice(start, end);
      return kind === 'code' ? piece.replaceAll(/\s+/g, ' ') : piece;
    })
    .join('');
}

class StatementText {
  readonly #parts: string[] = [];
  /** Where the piece ends in which the first character that is not blank was found, and how far before. */
  #firstEnd = 0;
  #firstLength = 0;

  get isBlank(): boolean {
    return this.#firstLength === 0;
  }

  add(part: string, end: number): void {
    if (this.isBlank) {
      this.#firstEnd = end;
      this.#firstLength = part.trimStart().length;
    }
    this.#parts.push(part);
  }

  finish(lines: LineCounter): SqlStatement {
    return { text: this.#parts.join('').trim(), line: lines.at(this.#firstEnd - this.#firstLength) };
  }
}

/** Lines of offsets that only grow, in one pass over the text. */
class LineCounter {
  readonly #text: string;
  #line = 1;
  #next: number;

  constructor(text: string) {
    this.#text = text;
    this.#next = text.indexOf('\n');
  }

  at(offset: number): number {
    while (this.#next !== -1 && this.#next < offset) {
      this.#line += 1;
      this.#next = this.#text.indexOf('\n', this.#next + 1);
    }
    return this.#line;
  }
}

function checkCommand(text: string, { start, end }: SqlPiece): void {
  const [command = '\\'] = text.slice(start, end).trim().split(/\s/, 1);
  if (DROPPED_COMMANDS.test(command)) return;
  throw new SqlTextError(
    lineAt(text, start),
    `the psql command ${command.slice(0, 40)} is not carried out here; leave it out`,
  );
}

function withoutVariable(text: string, { kind, start, end }: SqlPiece): string {
  const piece = text.slice(start, end);
  const match = kind === 'code' ? VARIABLE_FIRST.exec(piece) : null;
  if (match === null) return piece;
  const [whole, name = ''] = match;
  if (!EXPLAIN_VARIABLE.test(name)) {
    throw new SqlTextError(
      lineAt(text, start + whole.length),
      `the psql variable :${name.slice(0, 40)} has no value here; write what it stands for`,
    );
  }
  return piece.slice(whole.length);
}
